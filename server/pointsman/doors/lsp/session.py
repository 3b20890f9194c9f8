"""One editor's session: its server, its features, and the loop that keeps what they show true.

Everything dear is shared by all sessions (the app, the converter); a session is a server object, a
few tasks, and the documents that its editor has open. It sees no other session's private things.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from pathlib import Path
from typing import Any, Protocol, TypeVar

from lsprotocol import types
from pygls.exceptions import JsonRpcException
from pygls.lsp.server import LanguageServer

from pointsman.doors.lsp.action import unlinked
from pointsman.doors.lsp.client import Client
from pointsman.doors.lsp.commands import Commands
from pointsman.doors.lsp.overview import Looking, Overview, concerns
from pointsman.doors.lsp.places import Checkout
from pointsman.doors.lsp.protocol import SessionProtocol, new_server
from pointsman.doors.lsp.symbols import OpenSymbols
from pointsman.doors.outgoing import Outgoing
from pointsman.model.errors import PointsmanError
from pointsman.model.records import Event
from pointsman.operations.seam import App, Caller, Report, unheard

REST = 4.0
"""How many times as long as a look at everything the rest after it is, so that a burst of events
costs few;"""
LONGEST_REST = 0.25
"""at most so many seconds."""
GOODBYE_SECONDS = 2.0
"""How long the last messages of a session may take to be sent."""
RETRY_SECONDS = 1.0

log = logging.getLogger(__name__)


F = TypeVar("F")


class Feature(Protocol):
    """Something that an editor offers. Made and registered before ``initialize`` is answered."""

    def __init__(self, session: "Session") -> None: ...

    def show(self, overview: Overview) -> None:
        """Things are like that now."""
        ...

    def heard(self, event: Event) -> None:
        """That has happened."""
        ...


class Session:
    """One connection of door ``lsp``. ``run`` ends with the client, or at its ``exit``."""

    def __init__(
        self,
        app: App,
        name: str,
        outgoing: Outgoing,
        *,
        build: str,
        checkout: Path | None,
        files: Path,
        features: tuple[type[Feature], ...],
        warning: str | None = None,
    ) -> None:
        self.app, self.name = app, name
        self.files = files
        """A private folder for documents that the editor can only open as files."""
        self.server: LanguageServer = new_server(build)
        self.client = Client()
        self.root = checkout
        self.checkout = Checkout(checkout or Path("/"), "utf-16")
        self._outgoing, self._warning = outgoing, warning
        self.overview: Overview | None = None
        """How things are, as of the last look; None before the first."""
        self._started = False
        self._stale = asyncio.Event()
        self._group: asyncio.TaskGroup | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.protocol.complete = self._initialized_with
        self.commands = Commands(self)
        self.symbols = OpenSymbols(self)
        self.extend: list[Callable[[types.ServerCapabilities], None]] = []
        """What features add to the capabilities, where pygls has no builder for it."""
        self.at_end: list[Callable[[], None]] = []
        """What features have to let go of when the client has gone."""
        self._features: list[Feature] = []
        for feature in features:  # one that builds on another comes after it
            self._features.append(feature(self))
        self.protocol.on(types.INITIALIZED, self._start)

    @property
    def protocol(self) -> SessionProtocol:
        protocol = self.server.protocol
        assert isinstance(protocol, SessionProtocol)
        return protocol

    def feature(self, kind: type[F]) -> F:
        """The session's feature of that class, for another that builds on it."""
        return next(feature for feature in self._features if isinstance(feature, kind))

    async def run(self, messages: AsyncIterator[bytes]) -> None:
        """Serve until the client has gone or has said ``exit``."""
        async with asyncio.TaskGroup() as group:
            self._group = group
            self.protocol.attach(self._outgoing, group)
            pump = group.create_task(self._outgoing.pump())
            try:
                async for body in messages:
                    await self.protocol.receive(body)
                    if self.protocol.ended:
                        async with asyncio.timeout(GOODBYE_SECONDS):
                            await self._outgoing.flushed()
                        break
            except TimeoutError:
                log.info("%s left without reading its last messages", self.name)
            finally:
                for end in self.at_end:
                    end()
                self.protocol.settle()
                for task in (*self._tasks, pump):
                    task.cancel()

    def spawn(self, work: Coroutine[Any, Any, None], what: str) -> asyncio.Task[None]:
        """Run ``work`` beside the session until one of them ends; its failure ends only itself."""

        async def guarded() -> None:
            try:
                await work
            except (PointsmanError, ConnectionError) as error:
                log.info("%s: %s: %s", self.name, what, error)
            except Exception:
                log.exception("%s: %s failed", self.name, what)

        assert self._group is not None, "a session spawns while it runs"
        task = self._group.create_task(guarded())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: work.close())  # it may not even have begun
        return task

    async def call(
        self, operation: str, params: object, report: Report = unheard
    ) -> dict[str, Any]:
        """Ask for an operation in this session's name. Raises PointsmanError."""
        return await self.app.call(operation, params, self.caller(report))

    def caller(self, report: Report = unheard) -> Caller:
        """Who asks, where this session does."""
        checkout = str(self.root) if self.root is not None else None
        return Caller("lsp", self.name, report, checkout)

    def say(self, words: str, kind: types.MessageType = types.MessageType.Info) -> None:
        """Show a message."""
        self.server.window_show_message(types.ShowMessageParams(kind, unlinked(words)))

    async def open_document(self, uri: str, line: int | None = None) -> bool:
        """Have the editor open a document, with the cursor on a line. False where it can't."""
        if not self.client.show_document:
            return False
        at = types.Position(line, 0) if line is not None else None
        asked = types.ShowDocumentParams(
            uri, take_focus=True, selection=types.Range(at, at) if at is not None else None
        )
        try:
            return (await self.server.window_show_document_async(asked)).success
        except JsonRpcException:  # it said no in another way
            return False

    def _initialized_with(
        self, result: types.InitializeResult, params: types.InitializeParams
    ) -> None:
        """``initialize`` is about to be answered: learn what the client can, add what we can."""
        chosen = result.capabilities.position_encoding
        encoding = chosen.value if isinstance(chosen, types.PositionEncodingKind) else str(chosen)
        self.client = Client.of(params, encoding)
        self.checkout = Checkout(self.root or Path("/"), encoding, self.text)
        self.protocol.translate = self.checkout.translate
        result.capabilities.execute_command_provider = types.ExecuteCommandOptions(
            commands=self.commands.names(), work_done_progress=True
        )
        for extend in self.extend:
            extend(result.capabilities)

    def text(self, uri: str) -> str | None:
        """A document as it is in the editor, saved or not; None for one that is not open."""
        document = self.protocol.document(uri)
        return document.source if document is not None else None

    def _start(self, _: types.InitializedParams) -> None:
        """The client is ready: show it how things are, and go on doing so."""
        if self._started:
            return
        self._started = True
        if self._warning is not None:
            self.say(self._warning, types.MessageType.Warning)
        self._stale.set()
        self.spawn(self._listen(), "following events")
        self.spawn(self._refresh(), "showing the state")

    async def _listen(self) -> None:
        """Hear every event, also those of the time between two subscriptions."""
        since: int | None = None
        while True:
            try:
                async for event in self.app.subscribe(since):
                    since = event.seq
                    for feature in self._features:
                        feature.heard(event)
                    if concerns(event.kind):
                        self._stale.set()
            except PointsmanError as error:  # what we missed is not to be had: ``resync``
                log.info("%s: following events: %s", self.name, error)
                since = None
            self._stale.set()  # we fell behind, or it is the end; in either case look again
            await asyncio.sleep(RETRY_SECONDS)

    async def _refresh(self) -> None:
        """Look at everything whenever something has changed, and have it shown."""
        looking = Looking(self.call)
        while True:
            await self._stale.wait()
            self._stale.clear()
            began = time.monotonic()
            try:
                self.overview = await looking.look()
                for feature in self._features:
                    feature.show(self.overview)
            except PointsmanError as error:
                log.info("%s: can't look: %s", self.name, error)
            except Exception:  # one odd item must not end what is shown for good
                log.exception("%s: can't show the state", self.name)
            took = time.monotonic() - began
            await asyncio.sleep(min(took * REST, LONGEST_REST))
