"""Agents without a sandbox, where the operator's own settings say so."""

import pytest
from rig import GATE

pytestmark = pytest.mark.e2e


def test_no_agent_without_a_sandbox_goes_on_beside_the_next_daemons(rig):
    rig.make_repository()
    rig.configure('sandbox = "none"\n')
    rig.chunk("loose", {"write": {"path": "loose.txt", "text": "1\n"}}, GATE)
    rig.start()
    assert rig.call("status")["daemon"]["sandbox"] == "none"
    rig.inject("loose")
    left = set(rig.agents(rig.at_gate("loose")["id"]))
    rig.kill()
    assert left & set(rig.processes()), "the control: nothing but the next start ends them"
    rig.start()
    assert not left & set(rig.processes())
    rig.at_gate("loose")
    rig.open("loose")
    rig.reach("loose", "COMPLETED")
    assert rig.on_base("loose.txt") == "1\n"
