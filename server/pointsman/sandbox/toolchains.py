"""Where the programs on PATH keep themselves: what to show of a home, and what never.

Programs outside of the system folders are spread over the operator's home and checkout, beside
logins and keys. Of each program found only two places are shown: the folder that it is in, and
the folder of its installation, told by what lies there. Links and ``#!`` lines are followed, since
a program is often only the name of another.
"""

import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pointsman
from pointsman.sandbox.policy import SYSTEM, Toolchains

BASE_DIRECTORIES = {
    "XDG_DATA_HOME": ".local/share",
    "XDG_STATE_HOME": ".local/state",
    "XDG_CONFIG_HOME": ".config",
    "XDG_CACHE_HOME": ".cache",
    "XDG_RUNTIME_DIR": None,
}
"""Variables of the XDG Base Directory Specification, and what stands for them in a home."""

PACKAGE_MARKS = ("pyvenv.cfg", "package.json")
"""Files that stand at the top of an installed package."""

VERSION_FOLDERS = ("versions", "installs")
"""What pyenv, asdf and their kin have beside the folder of shims, which run what is in there."""

DATA_OF = {"rustup": ("RUSTUP_HOME", ".rustup")}
"""Programs that look for their toolchains in a folder of HOME: the variable that names it."""

SYSTEM_PREFIXES = tuple(f"{folder}/" for folder in SYSTEM)

LONGEST_SHEBANG = 256
"""Bytes of a ``#!`` line that the kernel reads (execve(2))."""


def find_toolchains(
    programs: Iterable[Path],
    search_path: str,
    *,
    home: Path,
    environ: Mapping[str, str],
    never: Iterable[Path] = (),
) -> Toolchains:
    """The places of ``programs`` (absolute), of everything on ``search_path``, and of Pointsman.

    ``environ`` is the operator's environment (for ``XDG_*`` and the like), ``home`` their HOME,
    ``never`` folders that no rule may show whole: the checkout, the state folder. Blocks for about
    a tenth of a second with some thousand programs on PATH: do it once, in a thread, and keep it.
    """
    search = _Search(home, environ, [*_private(home, environ), *never])
    search.show(Path(pointsman.__file__).parent)
    search.follow(Path(sys.executable))
    for program in programs:
        search.follow(program)
    path = [folder for folder in _folders(search_path) if search.show(folder)]
    for folder in path:
        for program in _programs(folder):
            search.follow(program)
    return Toolchains(_outermost(search.shown), tuple(dict.fromkeys(path)), search.env)


class _Search:
    """What has been found so far, and what must not be."""

    def __init__(self, home: Path, environ: Mapping[str, str], private: Iterable[Path]) -> None:
        self.home = home
        self.environ = environ
        self.private = [folder.resolve() for folder in private]
        self.shown: dict[Path, None] = {}
        self.env: dict[str, str] = {}
        self.followed: set[Path] = set()

    def show(self, path: Path) -> bool:
        """Note ``path`` as to be shown; whether it may be."""
        if self.is_private(path):
            return False
        if not _of_the_system(path):
            self.shown[path] = None
        return True

    def is_private(self, path: Path) -> bool:
        """Whether ``path`` is, or contains, what is never shown whole."""
        real = path.resolve()
        return any(folder.is_relative_to(real) for folder in self.private)

    def follow(self, program: Path) -> None:
        """Show ``program``, what it is a link to, and what it is run by."""
        for hop in _hops(program):
            if hop in self.followed:
                return
            self.followed.add(hop)
            if not _of_the_system(hop):
                self._show_installed(hop)
        # Opening a link opens the file at its end, whose `#!` line is what counts.
        if not _of_the_system(program.resolve()) and (runner := self._interpreter(program)):
            self.follow(runner)

    def _show_installed(self, program: Path) -> None:
        if not self.show(program.parent):
            self.show(program)  # in a folder that holds more than programs: it alone
        root = self._package_root(program)
        if root and self.show(root) and (base := _base_of_venv(root)):
            self.follow(base)
        if program.name in DATA_OF:
            variable, in_home = DATA_OF[program.name]
            data = Path(self.environ.get(variable) or self.home / in_home)
            if data.is_dir() and self.show(data):
                self.env[variable] = str(data)

    def _package_root(self, program: Path) -> Path | None:
        """The folder that ``program`` was installed as, if something there says so."""
        if "node_modules" in program.parts:
            # Node looks for a package's dependencies beside it and in every folder above.
            depth = program.parts.index("node_modules")
            return Path(*program.parts[: depth + 1])
        for folder in program.parents:
            if self.is_private(folder) or _is_a_checkout(folder):
                break  # what is marked from here on up is somebody's work, not an installation
            if any((folder / mark).is_file() for mark in PACKAGE_MARKS):
                return folder
        above = program.parent.parent
        match program.parent.name:
            case "shims" if any((above / name).is_dir() for name in VERSION_FOLDERS):
                return above
            case "bin" if (above / "lib").is_dir() and not _is_a_checkout(above):
                return above  # one version of a language
        return None

    def _interpreter(self, script: Path) -> Path | None:
        """What the ``#!`` line of ``script`` runs it with, looked up on PATH behind ``env``."""
        try:
            with script.open("rb") as file:
                line = file.read(LONGEST_SHEBANG).split(b"\n", 1)[0]
        except OSError:
            return None
        if not line.startswith(b"#!"):
            return None
        words = os.fsdecode(line[2:]).split()
        if words and Path(words[0]).name == "env":
            words = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
            on_path = (Path(folder, words[0]) for folder in self._path()) if words else ()
            return next((program for program in on_path if program.is_file()), None)
        return Path(words[0]) if words and words[0].startswith("/") else None

    def _path(self) -> list[Path]:
        return list(_folders(self.environ.get("PATH", "")))


def _private(home: Path, environ: Mapping[str, str]) -> list[Path]:
    named = [Path(environ[name]) for name in BASE_DIRECTORIES if environ.get(name)]
    usual = [home / place for place in BASE_DIRECTORIES.values() if place]
    return [home, home / ".local", *usual, *named]


def _folders(search_path: str) -> Iterator[Path]:
    for name in search_path.split(os.pathsep):
        if name.startswith("/") and Path(name).is_dir():
            yield Path(name)


def _programs(folder: Path) -> Iterator[Path]:
    """What can be run in ``folder``; in system folders only links, which may lead out of them."""
    system = _of_the_system(folder)
    try:
        with os.scandir(folder) as entries:
            found = [entry.path for entry in entries if entry.is_symlink() or not system]
    except OSError:
        return
    for path in sorted(found):
        if Path(path).is_file() and os.access(path, os.X_OK):
            yield Path(path)


def _hops(program: Path) -> Iterator[Path]:
    """``program``, and every link from it to the file at the end; nothing if there is no file."""
    if not program.is_file():  # also links that go round in circles
        return
    hop = program.parent.resolve() / program.name
    if hop != program:
        yield program
    while hop.is_symlink():
        yield hop
        target = hop.parent / hop.readlink()
        hop = target.parent.resolve() / target.name
    yield hop


def _base_of_venv(root: Path) -> Path | None:
    """The Python that a virtual environment was made from (PEP 405), if ``root`` is one."""
    try:
        lines = (root / "pyvenv.cfg").read_text(errors="replace").splitlines()
    except OSError:
        return None
    for line in lines:
        key, _, value = line.partition("=")
        if key.strip() == "home":
            return Path(value.strip(), "python3")
    return None


def _is_a_checkout(folder: Path) -> bool:
    return (folder / ".git").exists()


def _of_the_system(path: Path) -> bool:
    return f"{path}/".startswith(SYSTEM_PREFIXES)


def _outermost(paths: Iterable[Path]) -> tuple[Path, ...]:
    """``paths`` without those that lie inside another one of them."""
    kept: list[Path] = []
    for path in sorted(paths):
        if not any(path.is_relative_to(folder) for folder in kept):
            kept.append(path)
    return tuple(kept)
