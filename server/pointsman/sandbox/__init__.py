"""What an agent process may see and touch.

`policy` says what, as data; `layout` turns that into mounts; `bubblewrap` carries it out; `run`
starts, limits and stops processes. `find_sandbox` first, then a policy, then `run` or `spawn`.
"""

from pointsman.sandbox.alternates import object_folders
from pointsman.sandbox.backend import Sandbox, Unsandboxed
from pointsman.sandbox.bubblewrap import Bubblewrap
from pointsman.sandbox.explain import Line, explain, lines
from pointsman.sandbox.find import find_sandbox
from pointsman.sandbox.policy import (
    Network,
    Policy,
    Toolchains,
    agent_policy,
    check_policy,
    git_policy,
)
from pointsman.sandbox.run import Finished, run, spawn, stop
from pointsman.sandbox.survivors import kill_survivors
from pointsman.sandbox.toolchains import find_toolchains

__all__ = [
    "Bubblewrap",
    "Finished",
    "Line",
    "Network",
    "Policy",
    "Sandbox",
    "Toolchains",
    "Unsandboxed",
    "agent_policy",
    "check_policy",
    "explain",
    "find_sandbox",
    "find_toolchains",
    "git_policy",
    "kill_survivors",
    "lines",
    "object_folders",
    "run",
    "spawn",
    "stop",
]
