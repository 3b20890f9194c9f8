"""The main job: chunks go in, agents work, ask, are answered, and the work is on base."""

import pytest

pytestmark = pytest.mark.e2e


def test_a_chunk_is_injected_and_its_work_lands(rig):
    rig.make_repository()
    rig.chunk("hello", {"replace": {"path": "src/greet.py", "old": '"hi "', "new": '"hello "'}})
    rig.start()
    (unit,) = rig.inject("hello")
    assert unit["id"] == "hello.1"
    done = rig.reach("hello", "COMPLETED")
    assert '"hello " + name' in rig.on_base("src/greet.py")
    assert "status: ACTIVE" in rig.on_base("docs/chunks/hello/GOAL.md").replace('"', "")
    assert '"hello "' in (rig.root / "src/greet.py").read_text()  # base is checked out here
    assert rig.git("status", "--porcelain") == ""
    assert rig.git("log", "-1", "--format=%s|%an|%cn") == "feat: chunk hello|demo|Olga Operator"
    assert "workspace" not in rig.eventually(
        lambda: u if "workspace" not in (u := rig.unit("hello")) else None
    )
    assert done["landedCommit"] == rig.git("rev-parse", "main")
