"""The oracle on real repositories: footprints from git, conflicts between them."""

import os
from pathlib import Path

import pytest
from tests.git.world import World
from tests.oracle.conftest import Agent

from pointsman import landing
from pointsman.git import GitFailed, Repository
from pointsman.model.chunk import ChunkDocument, ChunkStatus, FrontMatter
from pointsman.model.conflict import Conflict, ConflictType, Verdict
from pointsman.model.footprint import OPERATOR, Access, Evidence, Footprint
from pointsman.model.merge_rule import DEFAULT_RULES, MergeRule, RuleFor
from pointsman.oracle.engine import Oracle
from pointsman.oracle.footprint import combine
from pointsman.oracle.index import SymbolIndex
from pointsman.oracle.store import SymbolStore

STORE = """\
class Store:
    def load(self):
        return 1

    def save(self):
        return 2


def connect():
    return Store()
"""
NOTES = "".join(f"line {n}\n" for n in range(20))


@pytest.fixture
def base(world: World) -> str:
    return world.commit({"src/store.py": STORE, "notes.txt": NOTES, "uv.lock": "1\n"})


def chunk(name: str, plan: str = "", goal: str = "", **front: object) -> ChunkDocument:
    matter = FrontMatter.model_validate({"status": ChunkStatus.FUTURE, **front})
    return ChunkDocument(
        name=name, folder=f"docs/chunks/{name}", front=matter, goal=goal, plan=plan
    )


def replacing(old: str, new: str, path: str = "src/store.py") -> str:
    return f'```demo\n- replace: {{path: {path}, old: "{old}", new: "{new}"}}\n```\n'


def summary(footprint: Footprint) -> set[tuple[str, str | None, Access]]:
    return {(t.path, t.symbol, t.access) for t in footprint.touches}


async def observe(oracle: Oracle, world: World, base: str, name: str, files, **options):
    """An agent that changes files; its footprint, held."""
    agent = Agent(world, name)
    commit = agent.snapshot(files)
    found = await oracle.footprint_of_tree(name, base, commit, [agent.objects], **options)
    oracle.hold(found)
    return found


async def only_conflict(oracle: Oracle, participant: str) -> Conflict:
    (conflict,) = await oracle.compare(participant)
    return conflict


# plans


async def test_a_plan_predicts_the_symbols_that_it_names_in_words(oracle: Oracle, base: str):
    found = await oracle.footprint_of_plan(chunk("one", "Make `Store.load` faster."), base)
    assert summary(found) == {("src/store.py", "Store::load", Access.WRITE_BODY)}
    (touch,) = found.touches
    assert (touch.lines, touch.evidence, touch.why) == ((1, 2), Evidence.PREDICTED, "PLAN.md:1")


async def test_front_matter_wins_over_the_plan(oracle: Oracle, base: str):
    refs = [{"ref": "src/store.py#Store::load"}]
    found = await oracle.footprint_of_plan(chunk("one", "`load()`", code_references=refs), base)
    assert [t.evidence for t in found.touches] == [Evidence.DECLARED]


async def test_a_chunks_own_folder_and_what_is_left_out_are_no_touch(oracle: Oracle, base: str):
    plan = "`docs/chunks/one/GOAL.md`, `docs/chunks/two/GOAL.md`, `notes.txt`"
    found = await oracle.footprint_of_plan(
        chunk("one", plan), base, leave_out=["docs/chunks/two/GOAL.md"]
    )
    assert {t.path for t in found.touches} == {"notes.txt"}


async def test_two_plans_that_replace_code_of_one_function_are_asked_about(
    oracle: Oracle, base: str
):
    for name, new in (("one", "return 10"), ("two", "return 11")):
        oracle.hold(await oracle.footprint_of_plan(chunk(name, replacing("return 1", new)), base))
    conflict = await only_conflict(oracle, "one")
    assert conflict.verdict is Verdict.ASK_OPERATOR
    assert [(o.type, o.symbol) for o in conflict.overlaps] == [(ConflictType.SYMBOL, "Store::load")]
    assert (conflict.id, conflict.a, conflict.b) == ("", "one", "two")


async def test_two_plans_that_declare_one_function_are_serialized(oracle: Oracle, base: str):
    refs = [{"ref": "src/store.py#connect"}]
    for name in ("one", "two"):
        oracle.hold(await oracle.footprint_of_plan(chunk(name, code_references=refs), base))
    conflict = await only_conflict(oracle, "two")
    assert conflict.verdict is Verdict.SERIALIZE
    assert "`connect` in src/store.py" in conflict.why


async def test_two_plans_of_different_files_have_no_conflict(oracle: Oracle, base: str):
    oracle.hold(await oracle.footprint_of_plan(chunk("one", "`src/store.py`"), base))
    oracle.hold(await oracle.footprint_of_plan(chunk("two", "`notes.txt`"), base))
    assert await oracle.compare("one") == []


async def test_a_claim_counts_as_declared(oracle: Oracle, base: str):
    claim = await oracle.footprint_of_claim("one", base, ["notes.txt"], ["src/store.py#connect"])
    plan = await oracle.footprint_of_plan(chunk("one", "`connect()`"), base)
    whole = combine(claim, plan)
    assert {(t.symbol, t.evidence) for t in whole.touches} == {
        (None, Evidence.DECLARED),
        ("connect", Evidence.DECLARED),
    }


async def test_a_reference_to_a_missing_symbol_is_told(oracle: Oracle, base: str):
    refs = ["src/store.py#Store.load", "src/store.py#Store::gone", "notes.txt#any", "no.py#x"]
    assert await oracle.missing_symbols(base, refs) == {"src/store.py#Store::gone"}


# trees


async def test_a_call_counts_where_it_stands_next_to_what_was_changed(oracle: Oracle, world: World):
    far = "".join(f"    step({n})\n" for n in range(30))
    user = f"def use():\n    first = helped()\n{far}    last = other()\n    return 1\n"
    base = world.commit(
        {
            "lib.py": "def helped():\n    return 1\n\n\ndef other():\n    return 2\n",
            "user.py": f"from lib import helped, other\n\n\n{user}",
        }
    )
    changed = f"from lib import helped, other\n\n\n{user}".replace("return 1", "return 2")
    found = await observe(oracle, world, base, "one", {"user.py": changed})
    reads = {t.symbol: (t.called, t.near, t.kind) for t in found.touches if t.access is Access.READ}
    assert reads == {"helped": (True, False, "function"), "other": (True, True, "function")}


async def test_a_snapshot_touches_what_it_changes(oracle: Oracle, world: World, base: str):
    files = {
        "src/store.py": STORE.replace("return 2", "return 3"),
        "notes.txt": NOTES.replace("line 7\n", "line seven\n"),
        "src/new.py": "def made(): pass\n",
        "uv.lock": None,
    }
    found = await observe(oracle, world, base, "one", files)
    assert summary(found) == {
        ("src/store.py", "Store::save", Access.WRITE_BODY),
        ("notes.txt", None, Access.WRITE_BODY),
        ("src/new.py", None, Access.CREATE),
        ("src/new.py", "made", Access.CREATE),
        ("uv.lock", None, Access.DELETE),
    }
    lines = {t.path: t.lines for t in found.touches if t.access is Access.WRITE_BODY}
    assert lines == {"src/store.py": (4, 5), "notes.txt": (7, 7)}
    assert found.tree is not None


async def test_a_renamed_file_is_followed(oracle: Oracle, world: World, base: str):
    files = {"src/store.py": None, "src/shop.py": STORE.replace("return 2", "return 3")}
    found = await observe(oracle, world, base, "one", files)
    assert summary(found) == {
        ("src/store.py", None, Access.RENAME),
        ("src/shop.py", None, Access.CREATE),
        ("src/store.py", "Store::save", Access.WRITE_BODY),
    }


async def test_the_units_own_chunk_and_the_displaced_document_are_no_work(
    oracle: Oracle, world: World, base: str
):
    files = {
        "docs/chunks/one/GOAL.md": "ACTIVE",
        "docs/chunks/one/notes/x.md": "x",
        "docs/chunks/two/GOAL.md": "FUTURE",
        "docs/chunks/onest/GOAL.md": "mine",
    }
    left_out = ["docs/chunks/one", "docs/chunks/two/GOAL.md"]
    found = await observe(oracle, world, base, "one", files, leave_out=left_out)
    assert {t.path for t in found.touches} == {"docs/chunks/onest/GOAL.md"}


async def test_links_and_names_that_are_no_text_are_taken(oracle: Oracle, world: World, base: str):
    agent = Agent(world, "one")
    (agent.root / "link.py").symlink_to("notes.txt")
    (agent.root / os.fsdecode(b"n\xff.py")).write_bytes(b"def f(): pass\n")
    found = await oracle.footprint_of_tree("one", base, agent.snapshot({}), [agent.objects])
    assert {t.path for t in found.touches} == {"link.py", r"n\xff.py"}
    assert found.json_text()


async def test_a_snapshot_that_is_nowhere_is_a_failure_of_git(oracle: Oracle, base: str):
    with pytest.raises(GitFailed):
        await oracle.footprint_of_tree("one", base, "1" * 40)


async def test_two_trees_that_change_one_function_are_serialized(
    oracle: Oracle, world: World, base: str
):
    for name, value in (("one", "10"), ("two", "11")):
        files = {"src/store.py": STORE.replace("return 1", f"return {value}")}
        await observe(oracle, world, base, name, files)
    conflict = await only_conflict(oracle, "one")
    assert conflict.verdict is Verdict.SERIALIZE
    assert {o.type for o in conflict.overlaps} == {ConflictType.TEXTUAL, ConflictType.SYMBOL}


async def test_oracle_and_landing_agree_on_what_a_merge_rule_settles(
    oracle: Oracle, world: World, base: str
):
    commits = {}
    for name in ("one", "two"):
        files = {"notes.txt": f"{NOTES}{name}\n", "uv.lock": f"{name}\n"}
        found = await observe(oracle, world, base, name, files)
        commits[name] = found.tree
        world.git("fetch", "--quiet", str(world.root.parent / name), "HEAD")
    for rule in (None, *MergeRule):
        oracle.rules = (*([RuleFor("notes.txt", rule)] if rule else ()), *DEFAULT_RULES)
        conflicts = await oracle.compare("one")
        paths = {o.path for c in conflicts for o in c.overlaps if o.type is ConflictType.TEXTUAL}
        git = (await world.find()).git
        tried = await landing.trial(git, commits["one"], commits["two"], rules=oracle.rules)
        assert paths == {conflict.path for conflict in tried.conflicts}
        assert tried.clean == (rule not in (None, MergeRule.IGNORE)), rule


async def test_two_trees_that_conflict_in_text_only_are_serialized(
    oracle: Oracle, world: World, base: str
):
    for name in ("one", "two"):
        files = {"notes.txt": NOTES.replace("line 7\n", f"line {name}\n")}
        await observe(oracle, world, base, name, files)
    conflict = await only_conflict(oracle, "two")
    assert [(o.type, o.path) for o in conflict.overlaps] == [(ConflictType.TEXTUAL, "notes.txt")]
    assert conflict.verdict is Verdict.SERIALIZE
    assert "git cannot merge" in conflict.why and "contents" in conflict.why


async def test_two_trees_that_change_different_functions_are_independent(
    oracle: Oracle, world: World, base: str
):
    await observe(
        oracle, world, base, "one", {"src/store.py": STORE.replace("return 1", "return 3")}
    )
    await observe(
        oracle, world, base, "two", {"src/store.py": STORE.replace("return Store()", "return None")}
    )
    conflict = await only_conflict(oracle, "one")
    assert (conflict.verdict, conflict.resolved) == (Verdict.INDEPENDENT, True)
    assert [o.type for o in conflict.overlaps] == [ConflictType.FILE]


async def test_an_edit_of_a_file_that_another_renames_meets_it(
    oracle: Oracle, world: World, base: str
):
    edited = STORE.replace("return 2", "return 3")
    await observe(oracle, world, base, "one", {"src/store.py": None, "src/shop.py": edited})
    await observe(oracle, world, base, "two", {"src/store.py": edited.replace("3", "4")})
    conflict = await only_conflict(oracle, "two")
    assert ("src/store.py", "Store::save") in {(o.path, o.symbol) for o in conflict.overlaps}
    assert conflict.verdict is Verdict.SERIALIZE


async def test_what_base_did_in_between_is_no_conflict_of_two(
    oracle: Oracle, world: World, base: str
):
    old = Agent(world, "old")
    mine = old.snapshot({"notes.txt": NOTES.replace("line 7\n", "line mine\n")})
    tip = world.commit({"notes.txt": NOTES.replace("line 7\n", "line landed\n")})
    young = Agent(world, "young")
    theirs = young.snapshot({"src/store.py": STORE.replace("return 1", "return 3")})
    oracle.hold(await oracle.footprint_of_tree("old", base, mine, [old.objects]))
    oracle.hold(await oracle.footprint_of_tree("young", tip, theirs, [young.objects]))
    assert await oracle.compare("young") == []
    # the trees do not merge, but only where one of the two did nothing
    a, b = oracle.footprint("old"), oracle.footprint("young")
    assert a and b and await oracle.compare_two(a, b) is None


async def test_a_lost_object_costs_the_trial_merge_and_nothing_else(
    oracle: Oracle, world: World, base: str, repository: Repository
):
    for name, value in (("one", "10"), ("two", "11")):
        await observe(
            oracle,
            world,
            base,
            name,
            {"src/store.py": STORE.replace("return 1", f"return {value}")},
        )
    (world.root.parent / "one").rename(world.root.parent / "gone")
    conflict = await only_conflict(oracle, "two")
    assert [o.type for o in conflict.overlaps] == [ConflictType.SYMBOL]


async def test_what_git_said_of_two_trees_is_known_without_asking_again(
    oracle: Oracle, world: World, base: str
):
    for name in ("one", "two"):
        files = {"notes.txt": NOTES.replace("line 7\n", f"line {name}\n")}
        await observe(oracle, world, base, name, files)
    unasked = await oracle.meet("one", ask=False)
    assert unasked is not None and (set(unasked.near), unasked.merges) == ({"two"}, {})
    asked = await oracle.meet("one")
    assert asked is not None and set(asked.merges["two"]) == {"notes.txt"}
    assert await oracle.meet("one", ask=False) == asked


# the operator, and who touches what


async def test_the_operators_files_are_a_footprint_like_any_other(
    oracle: Oracle, world: World, base: str
):
    await observe(
        oracle, world, base, "one", {"src/store.py": STORE.replace("return 1", "return 3")}
    )
    buffers = {
        "src/store.py": STORE.replace("return 1", "return 4").encode(),
        "notes.txt": None,
        "mine.py": b"def f(): pass\n",
    }
    found = await oracle.footprint_of_files(base, buffers)
    assert found.participant == OPERATOR
    assert summary(found) == {
        ("src/store.py", "Store::load", Access.WRITE_BODY),
        ("notes.txt", None, Access.DELETE),
        ("mine.py", None, Access.CREATE),
        ("mine.py", "f", Access.CREATE),
    }
    oracle.hold(found)
    conflict = await only_conflict(oracle, OPERATOR)
    assert (conflict.a, conflict.b) == ("one", OPERATOR)
    assert conflict.verdict is Verdict.SERIALIZE


async def test_who_tells_who_touches_a_file_a_symbol_or_lines(
    oracle: Oracle, world: World, base: str
):
    await observe(
        oracle, world, base, "one", {"src/store.py": STORE.replace("return 1", "return 3")}
    )
    oracle.hold(await oracle.footprint_of_plan(chunk("two", "`src/store.py`, `connect()`"), base))

    def who(**options):
        return [(name, t.symbol) for name, t in oracle.who("src/store.py", **options)]

    assert who() == [("one", "Store::load"), ("two", None), ("two", "connect")]
    assert who(symbol="Store") == [("one", "Store::load"), ("two", None)]
    assert who(symbol="connect") == [("two", None), ("two", "connect")]
    assert who(lines=(2, 2)) == [("one", "Store::load"), ("two", None)]
    assert oracle.who("notes.txt") == []


async def test_who_is_forgotten_overlaps_with_nobody(oracle: Oracle, base: str):
    for name in ("one", "two"):
        oracle.hold(await oracle.footprint_of_plan(chunk(name, "`connect()`"), base))
    oracle.forget("two")
    assert await oracle.compare("one") == []
    assert await oracle.compare("two") == []
    assert oracle.footprint("two") is None


async def test_an_unparsable_file_is_told_by_lines(oracle: Oracle, world: World, base: str):
    broken = STORE + "\n\ndef broken(:\n    ]]\n"
    found = await observe(oracle, world, base, "one", {"src/store.py": broken})
    assert any(t.symbol is None and t.lines for t in found.touches)


# references


async def test_who_calls_anew_what_another_removes_waits(oracle: Oracle, world: World):
    base = world.commit(
        {
            "pkg/__init__.py": "from .core import connect\n",
            "pkg/core.py": "def connect(): pass\n\n\ndef other(): pass\n",
            "app.py": "from pkg import connect\n\n\ndef run():\n    return 1\n",
        }
    )
    await observe(
        oracle,
        world,
        base,
        "caller",
        {"app.py": ("from pkg import connect\n\n\ndef run():\n    return connect()\n")},
    )
    await observe(oracle, world, base, "remover", {"pkg/core.py": "def other(): pass\n"})
    conflict = await only_conflict(oracle, "caller")
    assert conflict.verdict is Verdict.SERIALIZE
    assert "removes `connect` in pkg/core.py, which caller newly references" in conflict.why
    assert "app.py#run (exact)" in conflict.why


async def test_a_name_that_is_unique_is_known_once_the_index_is_built(
    repository: Repository, world: World, tmp_path: Path
):
    base = world.commit(
        {
            "core.py": "class Door:\n    def open_slowly(self): pass\n",
            "app.py": "def run(door):\n    return 1\n",
        }
    )
    oracle = Oracle(repository, index=SymbolIndex(store=SymbolStore(tmp_path / "index")))
    changed = {"app.py": "def run(door):\n    return door.open_slowly()\n"}
    before = await observe(oracle, world, base, "early", changed)
    await oracle.build_index(base, ["core.py"])
    after = await observe(oracle, world, base, "late", changed)
    assert oracle.indexing.progress == (2, 2)
    assert not [t for t in before.touches if t.access is Access.READ]
    (read,) = [t for t in after.touches if t.access is Access.READ]
    assert (read.path, read.symbol, read.edge) == ("core.py", "Door::open_slowly", "unique")
    await oracle.close()


async def test_who_changes_what_another_calls_already_asks(oracle: Oracle, world: World):
    base = world.commit(
        {
            "core.py": "def connect(): pass\n",
            "app.py": "import core\n\n\ndef run():\n    return core.connect()\n",
        }
    )
    changed = "import core\n\n\ndef run():\n    return core.connect(), 2\n"
    await observe(oracle, world, base, "caller", {"app.py": changed})
    await observe(oracle, world, base, "writer", {"core.py": "def connect(): return 1\n"})
    conflict = await only_conflict(oracle, "writer")
    assert conflict.verdict is Verdict.ASK_OPERATOR
    assert [o.type for o in conflict.overlaps] == [ConflictType.REFERENCE]
    assert not [t for _, t in oracle.who("core.py") if t.access is Access.READ]
    relying = [(name, t.symbol, t.inside) for name, t in oracle.who("core.py", reads=True)]
    assert ("caller", "connect", "app.py#run") in relying
    oracle.forget("writer")
    assert [t.access for _, t in oracle.who("core.py", reads=True)] == [Access.READ]
