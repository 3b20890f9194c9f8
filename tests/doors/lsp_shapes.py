"""JSON in the shape of any LSP type, for hypothesis: right as lsprotocol has it, made wrong."""

import enum
import types as python_types
import typing
from functools import cache
from typing import Any

import attrs
from hypothesis import strategies as st
from lsprotocol import types

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**40), 2**40)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
    | st.sampled_from(["jsonrpc", "file:///", "\ud83d", "docs/chunks/alpha/GOAL.md"]),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)
"""Anything that JSON can say, half a surrogate pair too."""

DEPTH = 7
"""Nested types that are filled in; deeper optional ones are left out."""


class Shapes:
    """Values of LSP's types, with ``uris`` wherever a URI is wanted."""

    def __init__(self, uris: list[str]) -> None:
        self._uris = st.sampled_from(uris)

    def params(self, method: str) -> st.SearchStrategy[Any]:
        """What ``method`` takes."""
        params = types.METHOD_TO_TYPES[method][2]
        return self._of(params, 0) if params is not None else JSON

    @cache  # noqa: B019 - one object for all tests of a module
    def _of(self, kind: Any, depth: int) -> st.SearchStrategy[Any]:
        if attrs.has(kind):
            return self._object(kind, depth)
        if isinstance(kind, type) and issubclass(kind, enum.Enum):
            return st.sampled_from([member.value for member in kind])
        origin, arguments = typing.get_origin(kind), typing.get_args(kind)
        if origin in (typing.Union, python_types.UnionType):
            return st.one_of([self._of(each, depth) for each in arguments])
        if origin is tuple:
            return st.tuples(*(self._of(each, depth) for each in arguments)).map(list)
        if origin is not None and issubclass(origin, typing.Mapping):
            return st.dictionaries(self._uris, self._of(arguments[1], depth + 1), max_size=2)
        if origin is not None and issubclass(origin, typing.Sequence):
            return st.lists(self._of(arguments[0], depth + 1), max_size=2)
        if origin is typing.Literal:
            return st.sampled_from(arguments)
        return PLAIN.get(kind, JSON)

    def _object(self, kind: Any, depth: int) -> st.SearchStrategy[Any]:
        needed, optional = {}, {}
        hints = typing.get_type_hints(kind)
        for field in attrs.fields(kind):
            name = _wire_name(field.name)
            within = self._uris if "uri" in name.lower() else self._of(hints[field.name], depth + 1)
            if field.default is attrs.NOTHING:
                needed[name] = within
            elif depth < DEPTH:
                optional[name] = within
        return st.fixed_dictionaries(needed, optional=optional)


PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text(max_size=12) | st.sampled_from(["alpha", "pointsman.echo", "pointsman.slow"]),
    int: st.integers(0, 12) | st.sampled_from([2**31 - 1]),
    bool: st.booleans(),
    float: st.floats(0, 1),
    type(None): st.none(),
}


def _wire_name(name: str) -> str:
    head, *rest = name.strip("_").split("_")
    return head + "".join(part.capitalize() for part in rest)


@st.composite
def wrong(draw: st.DrawFn, right: st.SearchStrategy[Any]) -> Any:
    """A value of ``right`` with one of its parts, however deep, made something else or gone."""
    return _spoiled(draw, draw(right))


def _spoiled(draw: st.DrawFn, value: Any) -> Any:
    if value and isinstance(value, dict | list) and draw(st.integers(0, 3)):
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        key = draw(st.sampled_from(keys))
        spoiled = value.copy()
        if draw(st.booleans()):
            spoiled[key] = _spoiled(draw, value[key])
        else:
            del spoiled[key]
        return spoiled
    return draw(JSON)
