"""The demo's repository: made with the operator's git, and looked at when all has landed."""

from collections.abc import Mapping
from pathlib import Path

from pointsman.git import GraphCommit, find_repository, graph
from pointsman.git.run import run_as_operator
from pointsman.sandbox.find import find_sandbox

WHO = {"user.name": "Demo Operator", "user.email": "operator@pointsman.invalid"}


async def make_repository(folder: Path, files: Mapping[str, str], message: str) -> None:
    """A new repository in ``folder`` with one commit of ``files`` (paths and texts) on ``main``.

    Raises git-failed.
    """
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    await run_as_operator(folder, "init", "--quiet", "--template=", "--initial-branch=main")
    for key, value in WHO.items():
        await run_as_operator(folder, "config", key, value)
    await run_as_operator(folder, "add", "--all")
    await run_as_operator(folder, "commit", "--quiet", "--no-gpg-sign", f"--message={message}")


def require_sandbox() -> None:
    """Raises sandbox-missing where agents can't be locked up here."""
    find_sandbox("bubblewrap")


async def history(folder: Path, limit: int = 20) -> tuple[GraphCommit, ...]:
    """The newest commits of the repository in ``folder``, children before parents."""
    return await graph((await find_repository(folder)).git, limit)
