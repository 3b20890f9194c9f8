"""One editor's session on the wire: pygls' protocol with its own way in, out, and to fail.

pygls 2.1 is made for one client per process. Kept from it: the registry of features, the answer to
``initialize``, the open documents, the typed requests to the client. Replaced, each with a test of
its name in ``tests/doors/test_pygls_defects.py``: how messages are read (its decoder damages
arguments that look like messages), how requests are run, cancelled and answered (it leaks
tracebacks and lets cancelled commands run on), ``exit`` (it ends the process), what is sent (it
queues without bound, from any thread), and two caches that keep dead sessions alive.

Bytes come in by ``receive`` and go out by an ``Outgoing``. Notifications are handled in order, one
at a time; requests run side by side, as tasks of the session.
"""

import asyncio
import inspect
import itertools
import json
import logging
from collections.abc import Awaitable, Callable, Generator
from concurrent.futures import Future
from typing import Any, cast
from urllib.parse import unquote
from weakref import WeakKeyDictionary

from cattrs import Converter
from lsprotocol import types
from pygls.constants import ATTR_EXECUTE_IN_THREAD
from pygls.exceptions import JsonRpcException, JsonRpcMethodNotFound
from pygls.lsp.server import LanguageServer
from pygls.protocol import LanguageServerProtocol, default_converter, lsp_method
from pygls.workspace import TextDocument

from pointsman.doors import jsonrpc
from pointsman.doors.failure import failure, malformed
from pointsman.doors.in_flight import InFlight
from pointsman.doors.lsp.live_text import LiveText
from pointsman.doors.outgoing import Outgoing

log = logging.getLogger(__name__)
logging.getLogger("pygls").setLevel(logging.WARNING)  # below, it logs what editors send

CONVERTER: Converter = default_converter()  # type: ignore[no-untyped-call]  # pygls
"""Made once: it takes longer to make than a session, and holds nothing of any."""

NOTEBOOKS = tuple(m for m in types.METHOD_TO_TYPES if m.startswith("notebookDocument/"))
"""Not offered, but what pygls does of itself when a client sends them all the same."""

RawHandler = Callable[[Any], Awaitable[Any]]


class BadParams(Exception):
    """A client's parameters are not what the method takes."""


class SessionProtocol(LanguageServerProtocol):
    """The protocol of one connection. ``attach`` it, ``receive`` what comes, ``settle`` at its end.

    ``raw`` holds handlers that get their parameters as JSON, unstructured; ``complete`` may change
    the answer to ``initialize``; ``work_cancelled`` is told whose progress box was closed;
    ``translate`` puts an error's places into the client's terms.
    """

    def __init__(self, server: LanguageServer, converter: Converter) -> None:
        super().__init__(server, converter)
        self.raw: dict[str, RawHandler] = {}
        self.complete: Callable[[types.InitializeResult, types.InitializeParams], None]
        self.complete = lambda result, params: None
        self.work_cancelled: Callable[[types.ProgressToken], None] = lambda token: None
        self.ended = False
        self._begun = False
        self.translate: Callable[[Any], Any] = lambda wire: wire
        self._live: WeakKeyDictionary[TextDocument, LiveText] = WeakKeyDictionary()
        """The texts of open documents that were changed."""
        self._listeners: dict[str, list[Callable[[Any], None]]] = {}
        self._requests = InFlight(self.send, lambda error: self.translate(explain(error)))
        self._ids = itertools.count(1)
        self._outgoing: Outgoing | None = None
        self._group: asyncio.TaskGroup | None = None
        for method in NOTEBOOKS:
            self.fm.builtin_features.pop(method, None)

    def attach(self, outgoing: Outgoing, group: asyncio.TaskGroup) -> None:
        """Send through ``outgoing`` and run requests in ``group``."""
        self._outgoing, self._group = outgoing, group

    def document(self, uri: str) -> TextDocument | None:
        """A document that is open in the editor, however its URI is escaped."""
        # unquoted is how pygls keeps them
        found: TextDocument | None = self.workspace.text_documents.get(unquote(uri))
        return found

    def documents(self) -> tuple[TextDocument, ...]:
        """All that are open; ``uri`` is as the editor wrote it."""
        return tuple(self.workspace.text_documents.values())

    def on(self, method: str, handler: Callable[[Any], Any], options: Any = None) -> None:
        """Answer ``method`` by ``handler``, also a bound method, which pygls can't."""
        self.fm.features[method] = handler
        if options is not None:
            self.fm.feature_options[method] = options

    def listen(self, method: str, handler: Callable[[Any], None]) -> None:
        """Tell ``handler`` too of a notification; pygls knows one handler a method."""
        if method not in self._listeners:
            told = self._listeners[method] = []

            def tell(params: Any) -> None:
                for each in told:
                    each(params)

            self.on(method, tell)
        self._listeners[method].append(handler)

    # What comes in

    async def receive(self, body: bytes) -> None:
        """Take one message. Never raises for what the client sent."""
        match jsonrpc.parse(body):
            case jsonrpc.Request() as request:
                assert self._group is not None, "attach comes first"
                self._requests.begin(self._group, request.id, self._result(request))
                await asyncio.sleep(0)  # it starts before what the client sent after it
            case jsonrpc.Notification() as notice:
                await self._notice(notice)
            case jsonrpc.Response() as response:
                self._settle_one(response)
            case jsonrpc.Malformed() as broken:
                self._send_data(jsonrpc.failed(broken.id, malformed(broken)))

    async def _result(self, request: jsonrpc.Request) -> Any:
        self._check_order(request.method)
        if (raw := self.raw.get(request.method)) is not None:
            return await raw(request.params)
        handler = self._get_handler(request.method)
        params = self._structure(request.method, request.params)
        result = await self._run(handler, (params,), {})
        if isinstance(result, dict | list):
            return result  # JSON already, as our own handlers give it
        return self._converter.unstructure(result)

    async def _notice(self, notice: jsonrpc.Notification) -> None:
        if notice.method == types.CANCEL_REQUEST:
            if isinstance(notice.params, dict):
                self._requests.cancel(notice.params.get("id"))
            return
        if notice.method != types.EXIT and (self._shutdown or not self._begun):
            return  # LSP 3.17, "Server lifecycle": dropped, save for exit
        try:
            handler = self._get_handler(notice.method)
            await self._run(handler, (self._structure(notice.method, notice.params),), {})
        except JsonRpcMethodNotFound:
            log.debug("ignored the notification %s", notice.method)
        except BadParams as error:
            log.warning("ignored a malformed %s: %s", notice.method, error)
        except Exception:
            log.exception("the notification %s failed", notice.method)

    def _check_order(self, method: str) -> None:
        """LSP 3.17, "Server lifecycle": initialize comes first and once, nothing after shutdown."""
        if self._shutdown or (self._begun and method == types.INITIALIZE):
            raise JsonRpcException("It is too late for that request.", jsonrpc.INVALID_REQUEST)
        if not self._begun and method != types.INITIALIZE:
            raise JsonRpcException("initialize comes first.", jsonrpc.NOT_INITIALIZED)

    def _structure(self, method: str, params: Any) -> Any:
        """``params`` as the type that LSP gives to ``method``; nothing nested is taken for more."""
        params_type = types.METHOD_TO_TYPES.get(method, (None, None, None))[2]
        if params_type is None:
            return params
        try:
            structured: Any = self._converter.structure(params, cast(Any, params_type))
            return structured
        except Exception as error:  # cattrs' own, and whatever a hook stumbles over
            raise BadParams(f"The parameters of {method} have the wrong shape.") from error

    async def _run(
        self, handler: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Call a handler of any of the kinds that pygls knows."""
        if getattr(handler, ATTR_EXECUTE_IN_THREAD, False):
            return await asyncio.to_thread(handler, *args, **kwargs)
        result = handler(*args, **kwargs)
        if inspect.isgenerator(result):
            return await self._drive(result)
        return await result if inspect.isawaitable(result) else result

    async def _drive(self, steps: Generator[Any, Any, Any]) -> Any:
        """Run one of pygls' own handlers, which yields the calls that it wants made."""
        value = None
        while True:
            try:
                handler, args, kwargs = steps.send(value)
            except StopIteration as end:
                return end.value
            value = await self._run(handler, args, kwargs or {})

    # The handlers of pygls that would do the wrong thing

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(
        self, params: types.InitializeParams
    ) -> Generator[Any, Any, types.InitializeResult]:
        """As pygls does it, completed by what its builder does not know."""
        result = yield from super().lsp_initialize(params)
        self.complete(result, params)
        self._begun = True
        return result

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *_: Any) -> None:  # type: ignore[override]  # pygls: a generator
        """Cancel what runs; it is answered as cancelled."""
        self._requests.cancel_others()
        self._shutdown = True

    @lsp_method(types.EXIT)
    def lsp_exit(self, *_: Any) -> None:  # type: ignore[override]  # pygls: a generator
        """End this session, and nothing else."""
        self.ended = True

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(
        self, params: types.DidChangeTextDocumentParams
    ) -> Generator[Any, Any, None]:
        """Change the text, which pygls gets wrong below a form feed, writing over the positions
        that it is given. A document that was never opened has no text to change."""
        document = self.document(params.text_document.uri)
        if document is None:
            log.info("ignored a change of a document that is not open")
            return
        counted = self.workspace.position_encoding or types.PositionEncodingKind.Utf16
        encoding = types.PositionEncodingKind(counted).value
        live = self._live.get(document) or LiveText(document.source, encoding)
        for change in params.content_changes:
            if isinstance(change, types.TextDocumentContentChangePartial):
                live.change(change.range, change.text)
            else:
                live = LiveText(change.text, encoding)
        self._live[document] = live
        document._source, document.version = live.text, params.text_document.version
        if (told := self.fm.features.get(types.TEXT_DOCUMENT_DID_CHANGE)) is not None:
            yield told, (params,), None

    @lsp_method(types.WINDOW_WORK_DONE_PROGRESS_CANCEL)
    def lsp_work_done_progress_cancel(self, params: types.WorkDoneProgressCancelParams) -> None:
        self.work_cancelled(params.token)

    # What goes out

    def send(self, message: dict[str, Any]) -> None:
        """Send a message that is JSON already."""
        self._send_data(message)

    def _send_data(self, data: Any) -> None:
        """The one way out, for pygls' messages and for ours; from any thread."""
        if self._outgoing is not None:
            text = json.dumps(data, default=self._serialize_message, separators=(",", ":"))
            self._outgoing.put(text.encode())

    def send_request(
        self,
        method: str,
        params: Any | None = None,
        callback: Callable[[Any], None] | None = None,
        msg_id: jsonrpc.Id | None = None,
    ) -> Future[Any]:
        """Ask the client. The future fails with ConnectionError if the client goes away."""
        id = msg_id if msg_id is not None else f"pointsman-{next(self._ids)}"
        future = super().send_request(method, params, callback, id)

        def forget(done: Future[Any]) -> None:
            self._request_futures.pop(id, None)
            self._result_types.pop(id, None)
            if done.cancelled():
                self._send_data(jsonrpc.notification(types.CANCEL_REQUEST, {"id": id}))

        future.add_done_callback(forget)
        return future

    def _settle_one(self, response: jsonrpc.Response) -> None:
        """The client's answer. One that comes too late, or to nothing, is no news."""
        future = self._request_futures.get(response.id)
        if future is None or not future.set_running_or_notify_cancel():
            return
        if response.error is not None:
            future.set_exception(_client_error(response.error))
            return
        result_type = self._result_types.get(response.id)
        try:
            content = {"jsonrpc": "2.0", "id": response.id, "result": response.result}
            future.set_result(
                self._converter.structure(content, result_type).result
                if result_type is not None
                else response.result
            )
        except Exception as error:  # the client's mistake, whoever waits for it
            future.set_exception(error)

    def settle(self) -> None:
        """The client is gone: stop what it asked for, and whoever waits for its answers."""
        self._requests.cancel_others()
        for future in list(self._request_futures.values()):
            if future.set_running_or_notify_cancel():
                future.set_exception(ConnectionError("the client is gone"))

    # Without pygls' caches, which are the class's and so keep every session that they saw

    def get_message_type(self, method: str) -> type[Any] | None:  # type: ignore[override]
        return types.METHOD_TO_TYPES.get(method, (None,))[0]

    def get_result_type(self, method: str) -> type[Any] | None:  # type: ignore[override]
        return types.METHOD_TO_TYPES.get(method, (None, None))[1]


def explain(error: BaseException) -> dict[str, Any]:
    """The error object of an exception: LSP's own codes, else as at every door."""
    if isinstance(error, JsonRpcException):
        return {"code": error.code, "message": error.message}
    if isinstance(error, BadParams):
        return {"code": jsonrpc.INVALID_PARAMS, "message": str(error)}
    return failure(error)


def _client_error(error: dict[str, Any]) -> JsonRpcException:
    code = error.get("code")
    return JsonRpcException(str(error.get("message")), code if isinstance(code, int) else None)


def new_server(build: str) -> LanguageServer:
    """A server for one connection; about 0.3 ms."""
    return LanguageServer(
        "pointsman", build, protocol_cls=SessionProtocol, converter_factory=lambda: CONVERTER
    )
