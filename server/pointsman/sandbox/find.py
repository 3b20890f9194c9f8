"""Which sandbox this machine has: proved by a real trial, refused with the exact remedy."""

import os
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Literal

from pointsman.model.errors import PointsmanError
from pointsman.sandbox.backend import Sandbox, Unsandboxed
from pointsman.sandbox.bubblewrap import Bubblewrap
from pointsman.sandbox.policy import Policy, system_paths

TRIAL_SECONDS = 10.0

INSTALL = {
    "apt-get": "apt-get install -y bubblewrap",
    "dnf": "dnf install -y bubblewrap",
    "pacman": "pacman -S --noconfirm bubblewrap",
    "zypper": "zypper --non-interactive install bubblewrap",
    "apk": "apk add bubblewrap",
}
"""How each package manager installs it, by the program it is known from."""

SWITCHES = {
    "/proc/sys/kernel/unprivileged_userns_clone": ("0", "kernel.unprivileged_userns_clone=1"),
    "/proc/sys/user/max_user_namespaces": ("0", "user.max_user_namespaces=10000"),
    "/proc/sys/kernel/apparmor_restrict_unprivileged_userns": (
        "1",
        "kernel.apparmor_restrict_unprivileged_userns=0",
    ),
}
"""Kernel switches that forbid user namespaces: the value that does, the setting that allows."""


def find_sandbox(configured: Literal["bubblewrap", "none"]) -> Sandbox:
    """The configured sandbox, once it has been seen to work here. Blocks for some 10 ms, once.

    Looks for ``bwrap`` on PATH. Raises `PointsmanError` ``sandbox-missing`` if there is none, or
    if a trial fails; the remedy is the command to run.
    """
    if configured == "none":
        return Unsandboxed()
    program = shutil.which("bwrap")
    if program is None:
        raise PointsmanError(
            "sandbox-missing",
            "Agents run in a sandbox made by bubblewrap, which is not installed.",
            _install_remedy(),
        )
    return _tried(Path(program).absolute())


@cache  # a refusal is not kept: it may have been put right by the next call
def _tried(program: Path) -> Bubblewrap:
    sandbox = Bubblewrap(program, cgroups=Path("/proc/self/ns/cgroup").exists())
    cat = Path(shutil.which("cat") or "/bin/cat")
    policy = Policy(read=(*system_paths(), cat.parent), write=(), home=None, cwd=Path("/"), env={})
    try:
        trial = subprocess.run(
            sandbox.command(policy, [str(cat), "/proc/self/status"]),
            env=sandbox.environment(policy),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=TRIAL_SECONDS,
        )
        said = trial.stderr.strip()
        works = trial.returncode == 0 and "CapEff:\t0000000000000000\n" in trial.stdout
    except (OSError, subprocess.TimeoutExpired) as error:
        said, works = str(error), False
    if not works:
        raise PointsmanError(
            "sandbox-missing",
            f"bubblewrap ({program}) can't make a sandbox here: {said or 'it kept capabilities'}",
            _namespace_remedy(),
        )
    return sandbox


def _install_remedy() -> str:
    for manager, command in INSTALL.items():
        if shutil.which(manager):
            return f"Run: {_as_root(command)}"
    return "Install the package bubblewrap (it brings the program bwrap)."


def _namespace_remedy() -> str:
    for switch, (forbids, setting) in SWITCHES.items():
        try:
            value = Path(switch).read_text().strip()
        except OSError:
            continue
        if value == forbids:
            return f"User namespaces are switched off. Run: {_as_root(f'sysctl -w {setting}')}"
    return (
        "User namespaces must be allowed: in a container, start it with "
        "--security-opt seccomp=unconfined --security-opt systempaths=unconfined."
    )


def _as_root(command: str) -> str:
    return command if os.geteuid() == 0 else f"sudo {command}"
