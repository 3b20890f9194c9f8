"""Policies carried out by bubblewrap: a policy in, the arguments of ``bwrap`` out (bwrap(1)).

Also as root everything runs in a user namespace without any capability: with them, a root agent
remounts what is read-only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pointsman.sandbox.layout import Kind, Mount, layout
from pointsman.sandbox.policy import Policy

ALWAYS = (
    *("--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts"),
    *("--cap-drop", "ALL", "--new-session", "--die-with-parent"),
)

OPTIONS: Mapping[Kind, tuple[str, ...]] = {
    "read": ("--ro-bind", "{path}", "{path}"),
    "write": ("--bind", "{path}", "{path}"),
    "hidden": ("--tmpfs", "{path}"),
    "blank": ("--ro-bind", "/dev/null", "{path}"),
    "private": ("--perms", "1777", "--tmpfs", "{path}"),
    "proc": ("--proc", "{path}"),
    "dev": ("--dev", "{path}"),
    "link": ("--symlink", "{target}", "{path}"),
}
"""How each kind of mount is asked for."""

LOADER_VARIABLES = ("LD_", "GLIBC_", "GCONV_", "LOCPATH")
"""Beginnings of names that would change ``bwrap`` itself, outside of the sandbox it makes."""


@dataclass(frozen=True)
class Bubblewrap:
    """The program, and whether the kernel has cgroup namespaces."""

    program: Path
    cgroups: bool = True
    name: str = "bubblewrap"

    def command(self, policy: Policy, argv: Sequence[str]) -> list[str]:
        """The command line. Raises as `layout` does."""
        mounts = layout(policy)
        inside = {name: text for name, text in policy.env.items() if _for_the_loader(name)}
        return [
            str(self.program),
            *ALWAYS,
            "--unshare-cgroup" if self.cgroups else "--unshare-cgroup-try",
            *(() if policy.network == "host" else ("--unshare-net",)),
            *(argument for mount in mounts for argument in _put(mount)),
            *(argument for mount in mounts for argument in _seal(mount)),
            *(("--remount-ro", "/") if all(mount.path != "/" for mount in mounts) else ()),
            *(argument for item in inside.items() for argument in ("--setenv", *item)),
            *("--chdir", str(policy.cwd), "--"),
            *argv,
        ]

    def environment(self, policy: Policy) -> dict[str, str]:
        """All of the policy's but the loader's variables, which `command` sets inside.

        Not by ``--setenv`` altogether: everybody on the machine can read a command line, and a
        variable may be a key.
        """
        return {name: text for name, text in policy.env.items() if not _for_the_loader(name)}


def _for_the_loader(name: str) -> bool:
    return name.startswith(LOADER_VARIABLES)


def _put(mount: Mount) -> list[str]:
    return [part.format(path=mount.path, target=mount.target) for part in OPTIONS[mount.kind]]


def _seal(mount: Mount) -> tuple[str, ...]:
    """Hidden folders become read-only at the end, when what is shown inside them is in place."""
    return ("--remount-ro", mount.path) if mount.kind == "hidden" else ()
