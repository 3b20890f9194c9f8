"""What one editor can show, read once from its answer-book: the capabilities in ``initialize``."""

from dataclasses import dataclass
from typing import Any

from lsprotocol import types

COMPLAINS_OF_EVENTS = frozenset({"Eglot"})
"""Clients that warn the user of every notification that they don't know."""


@dataclass(frozen=True)
class Client:
    """The traits that decide what is sent. ``options`` are its ``initializationOptions``:

    ``events`` (bool) asks for ``pointsman/event`` or forbids it; ``prompts: false`` forbids message
    boxes, for clients that have something better; ``annotations`` (``lenses``, ``hints``, ``none``)
    says how to show at a symbol who touches it. Without it: lenses where the client has them, else
    hints.
    """

    encoding: str = "utf-16"
    prompts: bool = False
    events: bool = True
    show_document: bool = False
    progress: bool = False
    related: bool = False
    code_links: bool = False
    diagnostic_data: bool = False
    action_literals: bool = False
    virtual_documents: bool = False
    lenses: bool = False
    """Whether who touches a symbol is shown as lenses, or"""
    hints: bool = False
    """as hints at the ends of lines."""
    lens_refresh: bool = False
    hint_refresh: bool = False
    markdown: bool = False
    """In hovers."""
    snippets: bool = False
    """In completions."""

    @classmethod
    def of(cls, params: types.InitializeParams, encoding: str) -> "Client":
        asked = params.initialization_options
        options: dict[str, Any] = asked if isinstance(asked, dict) else {}
        name = params.client_info.name if params.client_info else ""
        window = params.capabilities.window or types.WindowClientCapabilities()
        document = params.capabilities.text_document or types.TextDocumentClientCapabilities()
        workspace = params.capabilities.workspace or types.WorkspaceClientCapabilities()
        diagnostics = document.publish_diagnostics or types.PublishDiagnosticsClientCapabilities()
        box = window.show_message.message_action_item if window.show_message else None
        actions = document.code_action
        annotations = options.get("annotations", "lenses" if document.code_lens else "hints")
        shown = document.hover.content_format if document.hover else None
        item = document.completion.completion_item if document.completion else None
        return cls(
            encoding=encoding,
            prompts=box is not None and options.get("prompts") is not False,
            events=options.get("events", name not in COMPLAINS_OF_EVENTS) is True,
            show_document=bool(window.show_document and window.show_document.support),
            progress=bool(window.work_done_progress),
            related=bool(diagnostics.related_information),
            code_links=bool(diagnostics.code_description_support),
            diagnostic_data=bool(diagnostics.data_support),
            action_literals=bool(actions and actions.code_action_literal_support),
            lenses=annotations == "lenses",
            hints=annotations == "hints" and document.inlay_hint is not None,
            hint_refresh=bool(workspace.inlay_hint and workspace.inlay_hint.refresh_support),
            markdown=types.MarkupKind.Markdown in (shown or ()),
            snippets=bool(item and item.snippet_support),
            lens_refresh=bool(workspace.code_lens and workspace.code_lens.refresh_support),
            virtual_documents=workspace.text_document_content is not None,
        )
