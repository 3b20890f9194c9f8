"""The door ``lsp``: runs one session for each editor that knocks."""

from collections.abc import AsyncIterator
from pathlib import Path

from pointsman.doors.hello import RESTART, Hello
from pointsman.doors.lsp.features.answer_files import AnswerFiles
from pointsman.doors.lsp.features.chunk_checks import ChunkChecks
from pointsman.doors.lsp.features.code_actions import CodeActions
from pointsman.doors.lsp.features.completion import Completions
from pointsman.doors.lsp.features.diagnostics import Diagnostics
from pointsman.doors.lsp.features.documents import Documents
from pointsman.doors.lsp.features.events import Events
from pointsman.doors.lsp.features.hints import Hints
from pointsman.doors.lsp.features.hover import Hovers
from pointsman.doors.lsp.features.indexing import Indexing
from pointsman.doors.lsp.features.lenses import Lenses
from pointsman.doors.lsp.features.links import Links
from pointsman.doors.lsp.features.pages import Pages
from pointsman.doors.lsp.features.prompts import Prompts
from pointsman.doors.lsp.features.running import Running
from pointsman.doors.lsp.features.touches import Touches
from pointsman.doors.lsp.features.typing import Typing
from pointsman.doors.lsp.features.unguarded import Unguarded
from pointsman.doors.lsp.session import Feature, Session
from pointsman.doors.outgoing import Outgoing
from pointsman.doors.socket import Door
from pointsman.operations.seam import App

FEATURES: tuple[type[Feature], ...] = (
    Touches,
    Documents,
    Diagnostics,
    AnswerFiles,
    CodeActions,
    ChunkChecks,
    Pages,
    Lenses,
    Hints,
    Hovers,
    Completions,
    Links,
    Typing,
    Prompts,
    Unguarded,
    Events,
    Indexing,
    Running,
)


def lsp_door(app: App, build: str, files: Path) -> Door:
    """The door to ``app``. ``files`` is a private folder for what editors open as files."""

    async def run(
        name: str, hello: Hello, messages: AsyncIterator[bytes], outgoing: Outgoing
    ) -> None:
        warning = None
        if hello.build != build:
            warning = (
                f"Pointsman's daemon is build {build}, this editor's client is {hello.build}. "
                f"`{RESTART}` makes room for the newer one once no agent runs."
            )
        session = Session(
            app,
            name,
            outgoing,
            build=build,
            checkout=Path(hello.checkout) if hello.checkout else None,
            files=files,
            features=FEATURES,
            warning=warning,
        )
        await session.run(messages)

    return run
