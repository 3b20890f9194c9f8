"""What keeps a finished tree from landing."""

import pytest
from tests.landing.conftest import Yard

from pointsman.landing import verify

OWN = "docs/chunks/a"
CONFLICT = "before\n<<<<<<< ours\n1\n=======\n2\n>>>>>>> theirs\nafter\n"


async def test_work_outside_the_chunks_own_documents_is_fit(yard: Yard) -> None:
    work = yard.work({"a.txt": "2\n", f"{OWN}/GOAL.md": "status: ACTIVE"})
    assert await verify(yard.git, yard.tip, work, leave_out=[OWN]) == []


async def test_the_chunks_own_and_the_displaced_documents_are_no_work(yard: Yard) -> None:
    yard.world.commit({f"{OWN}/GOAL.md": "x", "docs/chunks/b/GOAL.md": "x"})
    work = yard.work({f"{OWN}/GOAL.md": "y", f"{OWN}/new.md": "y", "docs/chunks/b/GOAL.md": "y"})
    out = [OWN, "docs/chunks/b/GOAL.md"]
    assert await verify(yard.git, yard.tip, work, leave_out=out)
    assert await verify(yard.git, yard.tip, work, leave_out=[OWN]) == []


async def test_a_folder_whose_name_only_begins_the_same_is_work(yard: Yard) -> None:
    work = yard.work({f"{OWN}bc/GOAL.md": "x"})
    assert await verify(yard.git, yard.tip, work, leave_out=[OWN]) == []


async def test_moving_a_file_into_the_chunks_folder_is_work(yard: Yard) -> None:
    yard.world.commit({"code.py": "".join(f"line {n}\n" for n in range(20))})
    text = (yard.world.root / "code.py").read_text()
    work = yard.work({f"{OWN}/code.py": text}, gone=("code.py",))
    assert await verify(yard.git, yard.tip, work, leave_out=[OWN]) == []


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
async def test_conflict_markers_are_found_by_file(yard: Yard, ending: str) -> None:
    text = CONFLICT.replace("\n", ending)
    work = yard.work({"ö\n.txt": text, "a.txt": "2\n"})
    (problem,) = await verify(yard.git, yard.tip, work, leave_out=[OWN])
    assert "ö\n.txt" in problem
    assert "a.txt" not in problem


async def test_headings_and_markers_that_base_had_are_none(yard: Yard) -> None:
    yard.world.commit({"about-git.md": CONFLICT})
    work = yard.work({"about-git.md": CONFLICT + "more\n", "h.md": "Heading\n=======\n"})
    assert await verify(yard.git, yard.tip, work, leave_out=[OWN]) == []
