"""Making an operation of a function: ``@operation`` reads its name, types and docstring.

A function ``async def inject(inside, params, caller)`` with a pydantic type of parameters and of
result is offered at every door under its name in camelCase; its docstring is its documentation.
"""

import inspect
import json
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, TypeVar, get_type_hints

from pydantic import ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from pydantic.json_schema import JsonSchemaMode

from pointsman.model.base import Word
from pointsman.model.errors import PointsmanError
from pointsman.model.once import Once
from pointsman.operations.inside import Inside
from pointsman.operations.seam import Caller, OperationInfo

P = TypeVar("P", bound="Params")
R = TypeVar("R", bound="Result")


class Params(Word):
    """Base of all parameters: unlike what is read back from the ledger, unknown keys are refused,
    since a misspelt parameter would be silently without effect."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Nothing(Params):
    """No parameters."""


class Result(Word):
    """Base of all results."""

    rows: ClassVar[str | None] = None
    """The field with rows of the state, of which there may be many: each is made JSON once, for
    all who ask before it changes."""


class Schema(Mapping[str, Any]):
    """The JSON Schema of a type, made when it is first looked at: no start need wait for it."""

    def __init__(self, of: type[Word], mode: JsonSchemaMode) -> None:
        self._of, self._mode = of, mode

    @cached_property
    def _made(self) -> dict[str, Any]:
        return self._of.model_json_schema(by_alias=True, mode=self._mode)

    def __getitem__(self, key: str) -> Any:
        return self._made[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._made)

    def __len__(self) -> int:
        return len(self._made)


@dataclass(frozen=True)
class Operation:
    info: OperationInfo
    params: type[Params]
    run: Callable[[Inside, Any, Caller], Awaitable[Result]]
    rows: Once[Word, dict[str, Any]] = field(default_factory=lambda: Once(Word.wire))
    """The JSON of the ``rows`` of its last result, but for those that are ``counted``."""

    async def call(self, inside: Inside, raw: object, caller: Caller) -> dict[str, Any]:
        """Check the raw JSON, run, and give the result as JSON, not to be changed in place: parts
        of it are others' too. Raises PointsmanError."""
        result = await self.run(inside, self.parsed(raw), caller)
        blocks, name = inside.blocks(), result.rows
        if name is None:
            return result.wire(blocks)
        rows: Sequence[Word] = getattr(result, name)
        kept = iter(self.rows.of(row for row in rows if not row.counted))
        wires = [row.wire(blocks) if row.counted else next(kept) for row in rows]
        return result.wire(blocks, leave_out={name}) | {to_camel(name): wires}

    def parsed(self, raw: object) -> Params:
        """The parameters. None is no parameters; a bare string fills the one that can be named by
        itself. Raises invalid-params with the first thing that is wrong, and where."""
        single = self.info.single
        if raw is None:
            raw = {}
        elif isinstance(raw, str) and single is not None:
            several = self.info.params["properties"][single].get("type") == "array"
            raw = {single: [raw] if several else raw}
        try:
            return self.params.model_validate_json(json.dumps(raw))
        except (ValidationError, ValueError) as error:
            raise _invalid(self.info, error) from None


def _invalid(info: OperationInfo, error: Exception) -> PointsmanError:
    takes = ", ".join(info.params.get("properties", {})) or "no parameters"
    where, what = "params", str(error)
    if isinstance(error, ValidationError):
        first = error.errors(include_url=False, include_context=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "params"
        what = first["msg"]
    return PointsmanError(
        "invalid-params",
        f"{info.name}: {where}: {what}.",
        f"{info.name} takes {takes}.",
        data={"operation": info.name, "parameter": where},
    )


OPERATIONS: dict[str, Operation] = {}
"""Every operation by its name on the wire. Filled by importing the families."""


def operation(
    *, single: str | None = None, long: bool = False
) -> Callable[
    [Callable[[Inside, P, Caller], Awaitable[R]]], Callable[[Inside, P, Caller], Awaitable[R]]
]:
    """Put the function into the table. ``single``: the parameter that a bare string fills."""

    def put(
        run: Callable[[Inside, P, Caller], Awaitable[R]],
    ) -> Callable[[Inside, P, Caller], Awaitable[R]]:
        hints = get_type_hints(run)
        params: type[Params] = hints["params"]
        result: type[Result] = hints["return"]
        name = to_camel(run.__name__.rstrip("_"))
        info = OperationInfo(
            name=name,
            doc=inspect.getdoc(run) or "",
            params=Schema(params, "validation"),
            result=Schema(result, "serialization"),
            single=single,
            long=long,
        )
        OPERATIONS[name] = Operation(info, params, run)
        return run

    return put
