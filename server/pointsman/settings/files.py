"""Where the operator's files are, after the XDG Base Directory Specification 0.8."""

from collections.abc import Mapping
from pathlib import Path

from pointsman.model.settings import Settings
from pointsman.settings.layers import FILE_LIMIT


def operator_file(environ: Mapping[str, str]) -> Path:
    """``~/.config/pointsman/config.toml``, or below ``$XDG_CONFIG_HOME``."""
    return _xdg(environ, "XDG_CONFIG_HOME", ".config") / "pointsman" / "config.toml"


def state_folder(settings: Settings, environ: Mapping[str, str]) -> Path:
    """Where all repositories' workspaces and snapshots are; ``state`` may name another."""
    if settings.state is None:
        return _xdg(environ, "XDG_STATE_HOME", ".local/state") / "pointsman"
    return _home(environ) / Path(settings.state.removeprefix("~/"))


def read(path: Path) -> bytes | None:
    """A settings file, no further than needed to see that it is too long; None if there is none.

    Raises OSError where there is one that can't be read.
    """
    try:
        with path.open("rb") as file:
            return file.read(FILE_LIMIT + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _xdg(environ: Mapping[str, str], variable: str, default: str) -> Path:
    """A relative path in the variable is invalid and ignored, says the specification."""
    set_ = Path(environ.get(variable, ""))
    return set_ if set_.is_absolute() else _home(environ) / default


def _home(environ: Mapping[str, str]) -> Path:
    return Path(environ["HOME"]) if environ.get("HOME") else Path.home()
