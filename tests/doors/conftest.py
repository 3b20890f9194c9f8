"""A repository, an app that is served for it, and clients of both doors."""

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))  # for testbed, which the test daemon imports too

from testbed import EDITOR, FakeApp, Wire, served

from pointsman import __version__
from pointsman.daemon.address import Repository, find_repository, socket_path


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short runtime folder: the path of a unix socket must be."""
    folder = Path(tempfile.mkdtemp(dir="/tmp"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def repository(tmp_path: Path, runtime: Path) -> Repository:
    root = tmp_path / "repo"
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "GIT_CONFIG_NOSYSTEM": "1"}
    subprocess.run(["git", "init", "-q", "-b", "main", root], check=True, env=env)
    (root / "src").mkdir()
    (root / "src/x.py").write_text("a\nb\nc\ndef f():\n    return '😋é', 1\n    # end\n")
    for chunk in ("alpha", "beta"):
        (root / "docs/chunks" / chunk).mkdir(parents=True)
        (root / "docs/chunks" / chunk / "GOAL.md").write_text("---\nstatus: FUTURE\n---\n")
    found = find_repository(root)
    assert found is not None
    return found


@pytest.fixture
async def app() -> FakeApp:
    return FakeApp()


@pytest.fixture
async def listener(app: FakeApp, repository: Repository) -> AsyncIterator[Any]:
    async with served(app, repository, __version__) as listener:
        yield listener


Knock = Callable[..., Any]


@pytest.fixture
async def knock(repository: Repository, listener: Any) -> AsyncIterator[Knock]:
    """Connects to a door: ``await knock("lsp")``."""
    wires: list[Wire] = []

    async def connect(door: str, **hello: Any) -> Wire:
        content = {
            "pointsman": 1,
            "build": __version__,
            "repository": repository.id,
            "door": door,
            "checkout": str(repository.root),
            **hello,
        }
        wire = await Wire.connect(socket_path(repository.id), content)
        wires.append(wire)
        return wire

    yield connect
    for wire in wires:
        await wire.close()


@pytest.fixture
async def editor(knock: Knock, repository: Repository) -> Callable[..., Any]:
    """Opens an editor: ``await editor()`` is a Wire that has been initialized."""

    async def start(capabilities: dict[str, Any] = EDITOR, **params: Any) -> Wire:
        wire = await knock("lsp")
        content = {
            "processId": None,
            "rootUri": repository.root.as_uri(),
            "capabilities": capabilities,
            **params,
        }
        answer = await wire.call("initialize", content)
        wire.capabilities = answer["result"]["capabilities"]
        wire.send(method="initialized", params={})
        return wire

    return start


@pytest.fixture(autouse=True)
async def _no_task_left_behind() -> AsyncIterator[None]:
    yield
    await asyncio.sleep(0)
