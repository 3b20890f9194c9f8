"""Workspaces: made ready again after a failure, and gone with all that belongs to them."""

from pathlib import Path

import pytest
from rig import GATE, Rig

pytestmark = pytest.mark.e2e


def home(rig: Rig, unit: str) -> Path:
    """The HOME of the unit's agent."""
    (units,) = (rig.home / "state/pointsman").glob("*/units")
    return units / unit / "home"


def test_a_workspace_that_could_not_be_set_up_is_cut_anew_from_base_as_it_is_then(rig: Rig) -> None:
    rig.make_repository()
    rig.chunk("older", status="IMPLEMENTING")
    rig.chunk("eager", {"write": {"path": "eager.txt", "text": "1\n"}}, GATE)
    rig.configure("setup = ['test -e needed.txt && touch .git/set-up']\n")
    rig.start()
    rig.inject("eager")
    item = rig.item("eager", "AGENT_FAILED")
    assert "test -e needed.txt" in item["text"]
    rig.write("needed.txt", "here\n")
    tip = rig.commit("what the setup needs")
    rig.call("answer", item=item["id"], option="retry")
    unit = rig.at_gate("eager")
    assert unit["base"]["commit"] == tip
    assert unit["displacedChunk"] == "older"
    workspace = Path(unit["workspace"])
    assert (workspace / "needed.txt").exists()
    assert (workspace / ".git/set-up").exists()
    assert "IMPLEMENTING" in (workspace / "docs/chunks/eager/GOAL.md").read_text()
    files = {f["path"] for f in rig.call("diff", unit="eager")["files"]}
    assert "needed.txt" not in files
    rig.open("eager")
    rig.reach("eager", "COMPLETED")
    assert "FUTURE" not in (rig.on_base("docs/chunks/older/GOAL.md") or "")


def test_what_is_in_a_workspace_at_the_end_is_kept_before_it_goes(world: Rig) -> None:
    world.chunk("broken", {"fail": "it broke"})
    world.inject("broken")
    world.call("answer", item=world.item("broken", "AGENT_FAILED")["id"], option="give-up")
    workspace = Path(world.reach("broken", "FAILED")["workspace"])
    (workspace / "by-hand.txt").write_text("by hand\n")
    world.call("cancel", unit="broken")
    world.eventually(lambda: "workspace" not in world.unit("broken"))
    assert not workspace.exists()
    assert world.git("show", "refs/pointsman/snapshots/broken.1:by-hand.txt") == "by hand"


def test_an_agents_home_goes_with_its_workspace(world: Rig) -> None:
    forbidding = "mkdir -p ~/cache/deep && touch ~/cache/deep/x && chmod -R a-w ~/cache"
    world.chunk(
        "homely", {"run": forbidding}, {"write": {"path": "homely.txt", "text": "1\n"}}, GATE
    )
    world.inject("homely")
    unit = world.at_gate("homely")
    assert home(world, unit["id"]).is_dir()
    world.open("homely")
    world.reach("homely", "COMPLETED")
    world.eventually(lambda: "workspace" not in world.unit("homely"))
    assert not home(world, unit["id"]).exists()
    assert not Path(unit["workspace"]).exists()
