"""Logins: the operator's files that an agent's HOME starts with, and what comes back of them.

An agent that renews its login makes the operator's void: refresh tokens are used once. So what was
renewed in a unit's HOME goes back to the operator's own file. But an agent wrote it, and the
operator's programs will believe it. So only files on the list below come back, which hold nothing
but credentials, and of these only the named fields, where the rest is shaped as the operator's own.
What an agent's file says otherwise never leaves its HOME: a settings file names programs.
"""

import fcntl
import json
import os
import secrets
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pointsman.model.errors import PointsmanError
from pointsman.workspaces import beneath

FILE_LIMIT = 64 * 1024
"""Bytes of a login file."""
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class Login:
    """A file that holds nothing but credentials. Fields are named with dots between their keys."""

    file: str
    """Relative to HOME."""
    renewed: tuple[str, ...]
    """What a renewal changes."""
    newer: str
    """The field that tells which of two is newer: milliseconds, or a date as in RFC 3339."""
    whose: tuple[str, ...] = ()
    """What a renewal never changes: another account's login is not taken for a newer one."""
    each: bool = False
    """The file holds several logins, and the fields are those of each."""


LOGINS = {
    login.file: login
    for login in (
        Login(
            ".claude/.credentials.json",
            renewed=("claudeAiOauth.accessToken", "claudeAiOauth.refreshToken"),
            newer="claudeAiOauth.expiresAt",
        ),
        Login(
            ".codex/auth.json",
            renewed=("tokens.access_token", "tokens.refresh_token", "tokens.id_token"),
            newer="last_refresh",
            whose=("tokens.account_id",),
        ),
        Login(
            ".gemini/oauth_creds.json",
            renewed=("access_token", "refresh_token", "id_token"),
            newer="expiry_date",
        ),
        Login(
            ".local/share/opencode/auth.json",
            renewed=("access", "refresh"),
            newer="expires",
            whose=("type", "accountId"),
            each=True,
        ),
    )
}
"""All that ever comes back, by file."""


class Refused(Exception):
    """A login that is not taken over; the message says why, of ``it``."""


def bring_back(home: Path, files: Iterable[str], operator: Path) -> list[str]:
    """Take over what an agent has renewed in ``home``. What was refused and why, a line each.

    ``files`` are the entry's, ``operator`` is the operator's HOME. Blocks.
    """
    refused = []
    for login in _known(files):
        try:
            theirs = _written_by_agent(home, login)
            if theirs is not None:
                _change(operator / login.file, lambda own: merged(login, own, theirs))  # noqa: B023
        except (Refused, PointsmanError, OSError) as error:
            refused.append(f"The login ~/{login.file} was not taken over from the agent: {error}")
    return refused


def hand_on(home: Path, files: Iterable[str], operator: Path) -> None:
    """Give an agent that has run before what the operator's login has become since, if it is newer
    than its own. Blocks."""
    for login in _known(files):
        try:
            own = _read(operator / login.file)
            if own is None:
                continue
            theirs = _written_by_agent(home, login)
            new = own if theirs is None else merged(login, theirs, own)
            if new is not None:
                with beneath.opened(home) as root:
                    beneath.write_file(root, login.file, new)
        except (Refused, PointsmanError, OSError):
            continue  # what the agent made of its own HOME is its own affair


def _known(files: Iterable[str]) -> Iterator[Login]:
    return (LOGINS[file] for file in files if file in LOGINS)


# ---- what is in a file: pure


def merged(login: Login, old: bytes, new: bytes) -> bytes | None:
    """The file ``old`` with what is newer in ``new``; None if nothing is. Raises Refused."""
    before, after = _parsed(old), _parsed(new)
    _same_shape(before, after)
    changed = False
    pairs = [(v, after[k]) for k, v in before.items()] if login.each else [(before, after)]
    for mine, theirs in pairs:
        if _moment(theirs, login) > _moment(mine, login):
            if any(_get(mine, name) != _get(theirs, name) for name in login.whose):
                raise Refused("it is another account's.")
            for name in (*login.renewed, login.newer):
                _carry(mine, theirs, name)
            changed = True
    if not changed:
        return None
    lines = b"\n" in old.strip()
    text = json.dumps(before, indent=2 if lines else None, separators=(",", ": " if lines else ":"))
    return (text + ("\n" if old.endswith(b"\n") else "")).encode()


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        found = json.loads(data, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Refused("it is no JSON.") from error
    if not isinstance(found, dict):
        raise Refused("it is no JSON object.")
    return found


def _no_number(text: str) -> Any:
    raise ValueError(text)


def _same_shape(old: object, new: object) -> None:
    if type(old) is not type(new):
        raise Refused("its values are not of the same types as in yours.")
    if isinstance(old, dict) and isinstance(new, dict):
        if old.keys() != new.keys():
            raise Refused("it has not the same keys as yours.")
        for key, value in old.items():
            _same_shape(value, new[key])


def _moment(of: object, login: Login) -> float:
    """When it was renewed, or runs out. The beginning of time if it does not say."""
    value = _get(of, login.newer)
    if type(value) is int:
        return value
    if not isinstance(value, str):
        return float("-inf")
    try:
        date = datetime.fromisoformat(value)
        return (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        raise Refused(f"its {login.newer} is no date.") from None


def _get(of: object, name: str) -> Any:
    for key in name.split("."):
        of = of.get(key) if isinstance(of, dict) else None
    return of


def _carry(mine: Any, theirs: Any, name: str) -> None:
    """Put one field of ``theirs`` in place of that of ``mine``, where there is one."""
    *way, last = name.split(".")
    for key in way:
        mine, theirs = mine.get(key), theirs.get(key)
        if not isinstance(mine, dict):
            return
    value = theirs.get(last)
    if isinstance(value, str) and not (
        value.isascii() and value.isprintable() and " " not in value
    ):
        raise Refused(f"its {name} is no token.")
    if last in mine:
        mine[last] = value


# ---- files


def _written_by_agent(home: Path, login: Login) -> bytes | None:
    """Raises path-outside for a link or whatever is no plain file, OSError."""
    with beneath.opened(home) as root:
        return beneath.read_file(root, login.file, most=FILE_LIMIT)


def _read(file: Path) -> bytes | None:
    """A file of the operator's; None if there is none. Raises Refused for a link and the like."""
    try:
        descriptor = os.open(file, _READ)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError:
        raise Refused("yours is a link, or can't be read.") from None
    with os.fdopen(descriptor, "rb") as opened:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
            raise Refused("yours is no plain file of your own.")
        if found.st_size > FILE_LIMIT:
            raise Refused("yours is too large for a login.")
        return opened.read(FILE_LIMIT + 1)


def _change(file: Path, change: Callable[[bytes], bytes | None]) -> None:
    """Replace the operator's file by what ``change`` makes of it, whole or not at all.

    One at a time among all of Pointsman's daemons, by a lock on its folder; the programs that the
    file belongs to know no lock of ours, so that it is looked at once more just before.
    """
    if not file.parent.is_dir():
        return
    folder = os.open(file.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        own = _read(file)
        new = change(own) if own is not None else None
        if new is None:
            return
        fresh = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
        descriptor = os.open(fresh, _CREATE, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as opened:
                os.fchmod(descriptor, stat.S_IMODE(file.lstat().st_mode))
                opened.write(new)
                opened.flush()
                os.fsync(descriptor)
            if _read(file) != own:
                raise Refused("yours has just been changed.")
            fresh.replace(file)
        except BaseException:
            fresh.unlink(missing_ok=True)
            raise
    finally:
        os.close(folder)
