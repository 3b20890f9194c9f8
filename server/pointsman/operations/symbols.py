"""What a text defines, and where: for doors that show something at the code itself."""

import asyncio

from pointsman.operations.inside import Inside
from pointsman.operations.seam import Caller
from pointsman.operations.table import Params, Result, operation
from pointsman.oracle.positions import positions


class SymbolsParams(Params):
    path: str
    """Tells the language; nothing is read there."""
    text: str
    """The file as it is, in an editor or anywhere."""


class TextSymbol(Result):
    """One definition."""

    name: str
    """Qualified, ``Outer::inner``. Overloads and the like are several of one name."""
    kind: str
    lines: tuple[int, int]
    """First and last line, zero-based, both included, decorators too."""
    line: int
    """Where its own name stands, else where it begins,"""
    columns: tuple[int, int]
    """and from where to where in that line, in UTF-8 bytes."""


class SymbolsResult(Result):
    symbols: tuple[TextSymbol, ...]
    """In the order of the text."""
    problem: str | None = None
    """Why nothing is known of the text, where its language is known."""


@operation()
async def symbols(inside: Inside, params: SymbolsParams, caller: Caller) -> SymbolsResult:
    """The definitions of a text, saved or not. Lines end as in LSP, columns are UTF-8 bytes."""
    text = params.text.encode(errors="replace")
    found = await inside.oracle.symbols_of(params.path, text)
    return SymbolsResult(
        symbols=tuple(
            TextSymbol.model_construct(**p._asdict())
            for p in await asyncio.to_thread(lambda: list(positions(text, found)))
        ),
        problem=found.problem,
    )
