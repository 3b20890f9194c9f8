"""An agent renews the operator's login in its sandbox; the operator goes on with the new one."""

import json

import pytest

pytestmark = pytest.mark.e2e

FILE = ".claude/.credentials.json"
RENEWS = f"sed -i 's/-1/-2/g; s/1000/2000/' $HOME/{FILE}; echo done > renewed.txt"


def login(token: str, expires: int) -> dict[str, object]:
    return {
        "claudeAiOauth": {
            "accessToken": f"access-{token}",
            "refreshToken": f"refresh-{token}",
            "expiresAt": expires,
        }
    }


def test_a_login_that_an_agent_renewed_is_the_operators(rig):
    own = rig.home / FILE
    own.parent.mkdir()
    own.write_text(json.dumps(login("1", 1000)))
    rig.make_repository()
    rig.configure(
        "[agents.renewer]\n"
        'driver = "command"\n'
        f"command = {json.dumps(['sh', '-c', RENEWS])}\n"
        f"auth_files = {json.dumps([FILE])}\n"
    )
    rig.chunk("renew", agent="renewer")
    rig.start()
    rig.inject("renew")
    rig.reach("renew", "COMPLETED")
    assert json.loads(own.read_text()) == login("2", 2000)
    assert rig.on_base("renewed.txt") == "done\n"
