"""Agents without a sandbox, where the operator's own settings say so."""

import json

import pytest
from rig import GATE

pytestmark = pytest.mark.e2e


def test_no_agent_without_a_sandbox_goes_on_beside_the_next_daemons(rig):
    rig.make_repository()
    rig.configure(
        'sandbox = "none"\n[agents.deaf]\ndriver = "command"\n'
        f"command = {json.dumps(['sh', '-c', GATE['run'] + '; echo 1 > loose.txt'])}\n"
    )
    rig.chunk("loose", agent="deaf")
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
