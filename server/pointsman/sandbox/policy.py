"""What a process may see and touch, as data: one table that every back end carries out.

A ``Policy`` says it all: whatever it does not name is absent, not merely forbidden. Where entries
nest, **the deepest one decides** for what lies beneath it; at one and the same path the stricter
one does (hidden, then read, then write). So the state folder can be hidden as a whole, and a
unit's own workspace inside it still be shown.

Besides what a policy names, every sandbox has a new ``/proc`` and ``/dev`` of its own, an empty
private ``/tmp`` and ``/dev/shm``, and no ``/run``, ``/var`` or ``/sys``.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Literal

Network = Literal["none", "host"]

SYSTEM = tuple(
    Path(name)
    for name in ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/nix")
)
"""Where a distribution keeps its programs: read."""

ETC = tuple(
    Path("/etc", name)
    for name in (
        # who and where
        *("passwd", "group", "hosts", "nsswitch.conf", "resolv.conf", "services"),
        # the loader, and the links that programs on PATH go through
        *("ld.so.cache", "ld.so.conf", "ld.so.conf.d", "alternatives"),
        # time and system
        *("localtime", "timezone", "os-release"),
        # certificates of authorities; never the folders of private keys beside them
        *("ssl/certs", "ssl/cert.pem", "ssl/openssl.cnf", "ca-certificates", "crypto-policies"),
        *("pki/ca-trust", "pki/tls/certs", "pki/tls/cert.pem", "pki/tls/openssl.cnf"),
        # settings without which Java does not start
        *("java", "java-8-openjdk", "java-11-openjdk", "java-17-openjdk"),
        *("java-21-openjdk", "java-25-openjdk"),
    )
)
"""The whole of ``/etc`` that is read. Literal: ``/etc`` is also where hosts keep their secrets."""

PROC_READ_ONLY = tuple(
    Path("/proc", name) for name in ("acpi", "bus", "fs", "irq", "scsi", "sys", "sysrq-trigger")
)
"""Kernel switches: read-only when Pointsman runs as root.

Writing them takes no capability, only the owner's uid, which in the sandbox is still the host's
root: a root agent would set ``kernel.core_pattern`` and so run what it likes outside. (The list is
what container runtimes cover.) An ordinary user can't write there anyway, and must keep an
uncovered ``/proc``: the kernel would refuse to mount it anew in a sandbox nested in this one.
"""

PRIVATE = (Path("/tmp"), Path("/dev/shm"))  # noqa: S108 - it is the sandbox's own that is meant
"""Writable, empty at the start, gone at the end, seen by nobody else."""

STANDARD_PATH = ("/usr/local/bin", "/usr/bin", "/bin")


@dataclass(frozen=True)
class Policy:
    """One process's view of the machine. All paths are absolute, and the same inside as outside."""

    read: tuple[Path, ...]
    """Folders and files to read. What does not exist is left out."""
    write: tuple[Path, ...]
    """Folders to read and write. They must exist."""
    home: Path | None
    """The process's own HOME, writable."""
    cwd: Path
    env: Mapping[str, str]
    """The whole environment (``PWD`` is added); nothing is inherited."""
    network: Network = "none"
    """``host``: everything that the host reaches, loopback and abstract sockets included."""
    masked: tuple[Path, ...] = ()
    """Shown empty and read-only, where something that contains them is shown."""
    sockets: tuple[Path, ...] = ()
    """Single files (unix sockets) to read and write, even beneath what is masked."""

    def allows(self, path: str, *, writing: bool) -> bool:
        """Whether the process gets at a path, as far as its name tells: links are not followed.

        ``path`` is absolute, or relative to the working folder.
        """
        whole = Path(os.path.normpath(self.cwd / path))
        writable = (*self.write, *PRIVATE, *([self.home] if self.home else []))
        around = [
            (len(folder.parts), kind)
            for kind, folders in (("hidden", self.masked), ("read", self.read), ("write", writable))
            for folder in folders
            if whole.is_relative_to(folder)
        ]
        # Of two for one folder the stricter ("h" < "r" < "w").
        kind = min(around, key=lambda entry: (-entry[0], entry[1]), default=(0, "hidden"))[1]
        return kind == "write" or (kind == "read" and not writing)


@dataclass(frozen=True)
class Toolchains:
    """The programs that are installed outside of the system folders (`find_toolchains`)."""

    roots: tuple[Path, ...] = ()
    """Folders and files to read."""
    path: tuple[Path, ...] = ()
    """PATH, as far as it can be shown, in the operator's order."""
    env: Mapping[str, str] = field(default_factory=dict)
    """What programs need to find their parts when HOME is another one."""


@cache
def system_paths() -> tuple[Path, ...]:
    """What every policy may read of the system: those rows of the table that exist here."""
    rows = [*SYSTEM, *ETC, *(PROC_READ_ONLY if os.geteuid() == 0 else ())]
    return tuple(path for path in rows if os.path.lexists(path))


def agent_policy(
    *,
    workspace: Path,
    home: Path,
    objects: Iterable[Path],
    tools: Toolchains,
    env: Mapping[str, str] | None = None,
    network: Network = "none",
    read_paths: Iterable[Path] = (),
    masked: Iterable[Path] = (),
    sockets: Iterable[Path] = (),
) -> Policy:
    """For an agent: its workspace and HOME to write, the repository's ``objects`` to read.

    ``objects`` are the object folders with every chained alternate (`object_folders`), ``env``
    what the agent's entry names, ``read_paths`` what the operator adds, ``masked`` Pointsman's
    state, runtime and ledger folders. Nothing beneath a masked folder becomes readable by way of
    ``tools`` or ``read_paths``: a PATH may lead into another unit's workspace.
    """
    hidden = tuple(masked)
    return Policy(
        read=(*system_paths(), *_outside(hidden, (*tools.roots, *read_paths)), *objects),
        write=(workspace,),
        home=home,
        cwd=workspace,
        env=_environment(tools, home, env),
        network=network,
        masked=hidden,
        sockets=tuple(sockets),
    )


def check_policy(
    *,
    workspace: Path,
    objects: Iterable[Path],
    tools: Toolchains,
    home: Path | None = None,
    env: Mapping[str, str] | None = None,
    read_paths: Iterable[Path] = (),
    masked: Iterable[Path] = (),
) -> Policy:
    """For the repository's checks and setup commands: as an agent, but never with a network.

    Without ``home`` they get a HOME of nothing in the private ``/tmp``.
    """
    hidden = tuple(masked)
    return Policy(
        read=(*system_paths(), *_outside(hidden, (*tools.roots, *read_paths)), *objects),
        write=(workspace,),
        home=home,
        cwd=workspace,
        env=_environment(tools, home or PRIVATE[0], env),
        masked=hidden,
    )


def git_policy(
    *,
    workspace: Path,
    store: Path,
    objects: Iterable[Path],
    env: Mapping[str, str],
    workspace_writable: bool = False,
    tools: Toolchains | None = None,
) -> Policy:
    """For Pointsman's own hardened git on a tree that an agent wrote.

    Only the snapshot ``store`` can be written, and the workspace where a tree is materialised in
    it (``workspace_writable``). No HOME, no network. ``env`` is the whole environment; ``tools``
    where git lives, if not in a system folder.
    """
    seen = () if workspace_writable else (workspace,)
    roots = tools.roots if tools else ()
    return Policy(
        read=(*system_paths(), *roots, *objects, *seen),
        write=(store, workspace) if workspace_writable else (store,),
        home=None,
        cwd=workspace,
        env={"PATH": os.pathsep.join(STANDARD_PATH), "LANG": "C.UTF-8", **env},
    )


def _environment(tools: Toolchains, home: Path, entry: Mapping[str, str] | None) -> dict[str, str]:
    found = [str(folder) for folder in tools.path]
    path = [*found, *(folder for folder in STANDARD_PATH if folder not in found)]
    return {
        "PATH": os.pathsep.join(path),
        "LANG": "C.UTF-8",
        "TERM": "dumb",
        **tools.env,
        **(entry or {}),
        "HOME": str(home),
    }


def _outside(hidden: tuple[Path, ...], paths: Iterable[Path]) -> list[Path]:
    """Those of ``paths`` that, links followed, do not lie in a hidden folder."""
    folders = [folder.resolve() for folder in hidden]
    return [
        path
        for path in paths
        if not any(path.resolve().is_relative_to(folder) for folder in folders)
    ]
