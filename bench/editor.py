"""An editor's end of a session, as a bench needs one: it sends, and reads what it is shown."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from bench.start import PROGRAM
from tests.e2e.rig import Rig

from pointsman.doors.client import knock, repository_of
from pointsman.doors.framing import frame, read_message


class Editor:
    """One session. ``more`` is what it declares for documents besides diagnostics."""

    def __init__(self, into: BinaryIO, out: BinaryIO, root: str, **more: Any) -> None:
        self._in, self._out = into, out
        self._asked = 0
        diagnostics = {"publishDiagnostics": {"relatedInformation": True}}
        capabilities = {"textDocument": {**diagnostics, **more}}
        params = {
            "processId": None,
            "rootUri": root,
            "capabilities": capabilities,
            "initializationOptions": {"events": False},
        }
        self.send(id=0, method="initialize", params=params)
        while self.read().get("id") != 0:
            pass
        self.send(method="initialized", params={})

    @classmethod
    @contextmanager
    def on(cls, world: Rig) -> Iterator["Editor"]:
        """Through the shim, as editors come."""
        shim = subprocess.Popen(
            [PROGRAM, "lsp"],
            cwd=world.root,
            env=world.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        with shim:
            assert shim.stdin and shim.stdout
            yield cls(shim.stdin, shim.stdout, world.root.as_uri())
            shim.stdin.close()
            shim.stdout.close()

    @classmethod
    @contextmanager
    def directly(cls, world: Rig, **more: Any) -> Iterator["Editor"]:
        """On the daemon's socket: a hundred shims would be a hundred processes."""
        os.environ["XDG_RUNTIME_DIR"] = str(world.runtime)
        connection = knock(repository_of(world.root), "lsp", start=False)
        with connection.socket.makefile("wb") as into:
            yield cls(into, connection.stream, world.root.as_uri(), **more)
        connection.close()

    def trip(self) -> None:
        """To the daemon and back, for next to nothing."""
        self.ask("workspace/executeCommand", {"command": "pointsman.version", "arguments": []})

    def ask(self, method: str, params: dict[str, Any]) -> Any:
        """The result of a request. What else comes meanwhile is read over."""
        self._asked += 1
        self.send(id=self._asked, method=method, params=params)
        while (answer := self.read()).get("id") != self._asked:
            pass
        assert "result" in answer, answer
        return answer["result"]

    def send(self, **message: Any) -> None:
        self._in.write(frame(json.dumps({"jsonrpc": "2.0", **message}).encode()))
        self._in.flush()

    def read(self) -> dict[str, Any]:
        body = read_message(self._out)
        assert body is not None, "the daemon is gone"
        found: dict[str, Any] = json.loads(body)
        return found

    def until(self, uri: str, wanted: Callable[[list[dict[str, Any]]], bool]) -> None:
        """Until a file is shown with the diagnostics that are ``wanted``."""
        while True:
            message = self.read()
            params = message.get("params") or {}
            shown = message.get("method") == "textDocument/publishDiagnostics"
            if shown and params["uri"] == uri and wanted(params["diagnostics"]):
                return
