"""Subsystems: declared by their documents on base, named by chunks."""

from hypothesis import given
from hypothesis import strategies as st
from tests.chunks.conftest import World, checked, codes

from pointsman.chunks.front_matter import Parsed, read_as
from pointsman.chunks.subsystems import subsystems
from pointsman.model.subsystem import Subsystem


def overview(front: str = "") -> str:
    return f"---\n{front}\n---\n# What it is\n"


async def declared(world: World) -> dict[str, bool]:
    found = await subsystems((await world.repository()).git, "main")
    return {name: subsystem.exclusive for name, subsystem in found.items()}


async def test_base_declares_subsystems_and_which_are_exclusive(world: World) -> None:
    world.write("docs/subsystems/ledger/OVERVIEW.md", overview("exclusive: true"))
    world.write("docs/subsystems/doors/OVERVIEW.md", overview("status: STABLE\nexclusive: false"))
    world.write("docs/subsystems/doors/more/OVERVIEW.md", overview())
    world.write("docs/subsystems/README.md", "text")
    world.write("docs/subsystems/broken/OVERVIEW.md", "no front matter")
    world.write("docs/subsystems/vague/OVERVIEW.md", overview("exclusive: maybe"))
    world.commit()
    world.write("docs/subsystems/uncommitted/OVERVIEW.md", overview())
    assert await declared(world) == {"ledger": True, "doors": False}


async def test_a_repository_without_any_declares_none(world: World) -> None:
    assert await declared(world) == {}


async def test_a_subsystem_that_base_does_not_have_is_warned_of_at_its_place(world: World) -> None:
    world.write("docs/subsystems/ledger/OVERVIEW.md", overview())
    world.write("docs/subsystems/broken/OVERVIEW.md", "no front matter")
    world.chunk(
        "x",
        more="subsystems:\n"
        + "".join(
            f"  - {{subsystem_id: {name}, relationship: uses}}\n"
            for name in ("ledger", "ledgre", "broken")
        ),
    )
    world.commit()
    found = await checked(world, "x")
    assert codes(found) == []
    places = [w.place.range.start.line for w in found.warnings if w.place and w.place.range]
    told = list(zip((w.code for w in found.warnings), places, strict=True))
    assert told == [("subsystem-unknown", 4), ("subsystem-unknown", 5)]
    assert "docs/subsystems/ledgre/OVERVIEW.md" in found.warnings[0].message


@given(st.text() | st.sampled_from(["true", "false", "'true'", "True", "yes", "1", "[true]", "~"]))
def test_only_true_is_exclusive_and_no_text_raises(value: str) -> None:
    read = read_as(Subsystem, f"---\nexclusive: {value}\n---\n".encode(errors="replace"), "x")
    if isinstance(read, Parsed) and read.front.exclusive:
        word, *_ = value.partition("#")[0].split("\n")
        assert word.strip() in ("true", "'true'", '"true"')
