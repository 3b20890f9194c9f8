"""Forms that an agent asks to be filled in (ACP ``elicitation/create``): one question a field.

The schema is a flat object of strings, numbers, booleans, and lists of choices, as the protocol
restricts it; it is read leniently, since an agent's question should reach the operator however it
is spelt.
"""

from dataclasses import dataclass
from typing import Any

from pointsman.model.attention import Option


@dataclass(frozen=True)
class Field:
    """One property of the form."""

    name: str
    text: str
    options: tuple[Option, ...]
    default: str | None
    type: str

    def value(self, words: str) -> Any:
        """The answer as the type that the schema wants; as the words themselves where it can't."""
        if self.type == "array":
            return [words]
        if self.type == "boolean":
            return words.strip().lower() in ("true", "yes", "y", "1")
        if self.type in ("number", "integer"):
            try:
                return int(words) if self.type == "integer" else float(words)
            except ValueError:
                return words
        return words


_YES_NO = (Option(id="true", label="Yes"), Option(id="false", label="No"))


def fields(message: str, schema: Any) -> list[Field]:
    """The form's fields. Empty where the schema has none that a person could fill in."""
    properties = schema.get("properties") if isinstance(schema, dict) else None
    if not isinstance(properties, dict):
        return []
    return [
        _field(message, str(name), prop)
        for name, prop in properties.items()
        if isinstance(prop, dict)
    ]


def _field(message: str, name: str, prop: dict[str, Any]) -> Field:
    kind = str(prop.get("type", "string"))
    words = [message, prop.get("title"), prop.get("description")]
    told = dict.fromkeys(w.strip() for w in words if isinstance(w, str) and w.strip())
    default = prop.get("default")
    if isinstance(default, bool):
        default = str(default).lower()  # the id of its option
    return Field(
        name=name,
        text="\n".join(told) or name,
        options=_YES_NO if kind == "boolean" else _options(prop),
        default=None if default is None else str(default),
        type=kind,
    )


def _options(prop: dict[str, Any]) -> tuple[Option, ...]:
    source = prop.get("items") if prop.get("type") == "array" else prop
    if not isinstance(source, dict):
        return ()
    titled = source.get("oneOf") or source.get("anyOf")
    if isinstance(titled, list):
        return tuple(
            Option(
                id=str(one["const"]),
                label=str(one.get("title") or one["const"]),
                description=_text(one.get("description")),
            )
            for one in titled
            if isinstance(one, dict) and "const" in one
        )
    plain = source.get("enum")
    if isinstance(plain, list):
        return tuple(Option(id=str(one), label=str(one)) for one in plain)
    return ()


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
