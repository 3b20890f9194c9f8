"""Landing where the operator works: nothing of theirs is stashed, reset or overwritten."""

from datetime import datetime
from pathlib import Path

import pytest
from rig import GATE

pytestmark = pytest.mark.e2e


def hello(path: str) -> dict:
    return {"replace": {"path": path, "old": '"hi "', "new": '"hello "'}}


def test_changes_elsewhere_stay_as_they_are_unstaged_staged_and_untracked(world):
    path, unstaged, staged = (world.source(n) for n in ("elsewhere", "unstaged", "staged"))
    world.chunk("elsewhere", hello(path))
    world.write(unstaged, "# half of a thought\n")
    world.write(staged, "# ready\n")
    world.git("add", staged)
    world.write("note.txt", "mine\n")
    before = world.git("status", "--porcelain")
    world.inject("elsewhere")
    world.reach("elsewhere", "COMPLETED")
    assert '"hello "' in (world.root / path).read_text()
    assert world.git("status", "--porcelain") == before
    assert (world.root / unstaged).read_text() == "# half of a thought\n"
    assert world.git("show", f":{staged}") == "# ready"
    world.git("reset", "-q", "--hard")
    (world.root / "note.txt").unlink()


@pytest.mark.parametrize("staged", [False, True], ids=["unstaged", "staged"])
def test_a_landing_waits_for_a_changed_file_and_goes_on_by_itself(world, staged):
    name = f"mine_{staged}".lower()
    path = world.source(name)
    world.chunk(name, hello(path))
    world.write(path, "# mine\n")
    if staged:
        world.git("add", path)
    tip = world.git("rev-parse", "main")
    world.inject(name)
    item = world.item(name, "BASE_DIRTY")
    assert path in item["text"]
    waiting = world.unit(name)
    assert (waiting["status"], waiting["phase"]) == ("NEEDS_ATTENTION", "LAND")
    assert (world.root / path).read_text() == "# mine\n"
    assert world.git("rev-parse", "main") == tip

    world.git("checkout", "-q", "HEAD", "--", path)
    world.reach(name, "COMPLETED")
    assert '"hello "' in (world.root / path).read_text()
    assert world.items(name) == []


def test_an_untracked_file_is_not_overwritten(world):
    world.chunk("untracked", {"write": {"path": "new.txt", "text": "theirs\n"}})
    mine = world.write("new.txt", "mine\n")
    world.inject("untracked")
    assert "new.txt" in world.item("untracked", "BASE_DIRTY")["text"]
    assert mine.read_text() == "mine\n"
    mine.unlink()
    world.reach("untracked", "COMPLETED")
    assert mine.read_text() == "theirs\n"


def test_an_ignored_env_file_is_never_overwritten(world):
    world.write(".gitignore", ".env\n")
    world.commit("ignore .env")
    world.chunk("secrets", {"run": "echo TOKEN=theirs > .env && git add -f .env"})
    mine = world.write(".env", "TOKEN=mine\n")
    world.inject("secrets")
    asked = world.item("secrets", "PERMISSION")  # programs trust that file
    assert ".env" in asked["text"]
    world.call("answer", item=asked["id"], option="land")
    assert ".env" in world.item("secrets", "BASE_DIRTY")["text"]
    assert mine.read_text() == "TOKEN=mine\n"
    mine.unlink()
    world.reach("secrets", "COMPLETED")
    assert world.on_base(".env") == "TOKEN=theirs\n"


def test_a_landing_waits_for_the_end_of_a_rebase_of_base(world):
    path = world.source("rebased")
    world.chunk("patient", hello(path))
    world.git("branch", "theirs")
    for branch in ("theirs", "main"):
        world.git("checkout", "-q", branch)
        world.write("disputed.txt", f"{branch}\n")
        world.commit(f"what {branch} says")
    tip = world.git("rev-parse", "main")
    stopped = world.try_git("rebase", "theirs")
    assert stopped.returncode != 0
    world.inject("patient")
    assert "rebase" in world.item("patient", "BASE_DIRTY")["text"]
    assert world.git("rev-parse", "main") == tip
    assert (world.root / ".git/rebase-merge").is_dir()
    world.git("rebase", "--abort")
    world.reach("patient", "COMPLETED")
    assert '"hello "' in (world.root / path).read_text()


def test_what_the_operator_commits_meanwhile_is_kept(world):
    path, other = world.source("theirs"), world.source("ours")
    world.chunk("meanwhile", hello(path), GATE)
    world.inject("meanwhile")
    world.at_gate("meanwhile")
    world.write(other, "# ours\n")
    own = world.commit("ours")
    world.open("meanwhile")
    landed = world.reach("meanwhile", "COMPLETED")["landedCommit"]
    assert world.git("rev-parse", f"{landed}^") == own
    assert world.on_base(other) == "# ours\n"


def test_base_checked_out_in_a_linked_work_tree_moves_there_and_nowhere_else(world):
    path = world.source("linked")
    world.chunk("linked", hello(path))
    world.git("checkout", "-q", "--detach")
    tree = Path(world.home, "tree")
    world.git("worktree", "add", "-q", str(tree), "main")
    try:
        world.inject("linked")
        world.reach("linked", "COMPLETED")
        assert '"hello "' in (tree / path).read_text()
        assert '"hi "' in (world.root / path).read_text()
        assert world.git("status", "--porcelain", at=tree) == ""
    finally:
        world.git("worktree", "remove", "--force", str(tree))
        world.git("checkout", "-q", "main")


def test_a_landing_that_git_refuses_for_no_reason_we_can_see_is_tried_ever_more_seldom(world):
    world.chunk("refused", {"write": {"path": "refused.txt", "text": "1\n"}})
    lock = world.root / ".git/index.lock"
    lock.touch()  # as a git that crashed leaves it
    world.inject("refused")
    since = []
    for _ in range(3):
        item = world.item("refused", "BASE_DIRTY")
        assert "index.lock" in item["text"]
        since.append(datetime.fromisoformat(item["since"]))
        world.eventually(lambda known=item: known not in world.items("refused"))
    lock.unlink()
    first, second = since[1] - since[0], since[2] - since[1]
    assert second > 1.5 * first
    world.reach("refused", "COMPLETED")
    assert (world.root / "refused.txt").exists()
