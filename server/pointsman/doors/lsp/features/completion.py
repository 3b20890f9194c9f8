"""``textDocument/completion`` in chunk documents: the keys of the front matter, and what each can
have: statuses, chunks, agents, subsystems, paths, and after ``#`` the symbols of a file."""

import asyncio
import os
from collections.abc import Iterator
from typing import Any

from lsprotocol import types

from pointsman.doors.lsp.chunk_text import ChunkText
from pointsman.doors.lsp.naming import CHUNKS, PATHS, Slot, named, slot
from pointsman.doors.lsp.overview import Overview
from pointsman.doors.lsp.session import Session
from pointsman.model.chunk import ABOUT, ChunkStatus
from pointsman.model.records import Event

INSIDE = {
    "code_references": ("ref", "implements"),
    "subsystems": ("subsystem_id", "relationship"),
    "budget": ("seconds", "turns", "tokens", "money"),
}
"""The keys of what is a list of maps, or a map."""
WORDS = {
    "status": tuple(map(str, ChunkStatus)),
    "subsystems.relationship": ("implements", "uses"),
}
KNOWN = {*CHUNKS, "agent", "subsystems.subsystem_id"}
"""The keys whose values the operation ``chunks`` knows."""
ITEMS = 1000
"""Completions of one answer."""
TRIGGERS = ("/", "#", " ", "[", ",")
Kind = types.CompletionItemKind


class Completions:
    """The completions of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        options = types.CompletionOptions(trigger_characters=TRIGGERS)
        session.protocol.on(types.TEXT_DOCUMENT_COMPLETION, self._answer, options)

    def show(self, overview: Overview) -> None:
        pass

    def heard(self, event: Event) -> None:
        pass

    async def _answer(self, params: types.CompletionParams) -> dict[str, Any] | None:
        at = params.position
        text = ChunkText.of(self._session, params.text_document.uri)
        column = text.column(at) if text is not None else None
        if text is None or column is None:
            return None
        here = slot(text.lines, at.line, column)
        if here is None:
            return None
        replaced = text.range(at.line, here.start, column)
        items = [
            {**item, "textEdit": {"range": replaced, "newText": item["label"]}}
            for item in await self._items(here, text)
        ]
        # Of paths only one folder is listed: what is typed next may ask for another.
        return {"isIncomplete": here.key in PATHS, "items": items[:ITEMS]}

    async def _items(self, here: Slot, text: ChunkText) -> list[dict[str, Any]]:
        if here.is_key:
            used = {value.key.partition(".")[0] for value in named(text.lines)}
            return [_item(k, Kind.Property, about) for k, about in ABOUT.items() if k not in used]
        found = [_item(key, Kind.Property) for key in INSIDE.get(here.key, ())]
        found += [_item(word, Kind.EnumMember) for word in WORDS.get(here.key, ())]
        if here.key in PATHS:
            found += await self._paths(here.typed)
        elif here.key in KNOWN:
            found += _known(here.key, text.chunk, await self._session.call("chunks", {}))
        return found

    async def _paths(self, typed: str) -> list[dict[str, Any]]:
        path, hash, _ = typed.partition("#")
        if hash:
            reading = await self._session.symbols.of_file(path)
            found = reading.by_name.values() if reading is not None else ()
            return [_item(f"{path}#{s.name}", Kind.Function, detail=s.kind) for s in found]
        folder, slash, _ = path.rpartition("/")
        if slash and not folder:
            return []  # from the top of the machine, not of the repository
        return await asyncio.to_thread(lambda: list(self._listed(folder)))

    def _listed(self, folder: str) -> Iterator[dict[str, Any]]:
        """The files and folders of one folder of the checkout."""
        root = self._session.root
        if root is None or (folder and self._session.checkout.uri(folder) is None):
            return
        above = f"{folder}/" if folder else ""
        try:
            with os.scandir(root / folder) as entries:
                listed = sorted((entry.name, entry.is_dir()) for entry in entries)
        except OSError:
            return
        for name, is_folder in listed:
            if name != ".git":
                kind = Kind.Folder if is_folder else Kind.File
                yield _item(f"{above}{name}{'/' if is_folder else ''}", kind)


def _known(key: str, own: str, known: dict[str, Any]) -> list[dict[str, Any]]:
    """What the operation ``chunks`` knows for a key in the chunk ``own``."""
    if key in CHUNKS:
        others = (chunk for chunk in known["chunks"] if chunk["name"] != own)
        return [_item(c["name"], Kind.Reference, c.get("title"), c.get("status")) for c in others]
    return [_item(n, Kind.Value) for n in known["agents" if key == "agent" else "subsystems"]]


def _item(
    label: str, kind: types.CompletionItemKind, about: str | None = None, detail: str | None = None
) -> dict[str, Any]:
    """LSP 3.17, CompletionItem."""
    item: dict[str, Any] = {"label": label, "kind": kind.value}
    if about:
        item["documentation"] = about
    if detail:
        item["detail"] = detail
    return item
