"""What all words have in common: frozen, and camelCase on the wire."""

from collections.abc import Set
from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, PlainSerializer
from pydantic.alias_generators import to_camel


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC, milliseconds, with ``Z``."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(time: datetime) -> datetime:
    """``time`` as it is kept: UTC, whole milliseconds, so that what is read back is the same."""
    return time.astimezone(UTC).replace(microsecond=time.microsecond // 1000 * 1000)


Moment = Annotated[
    datetime, AfterValidator(moment), PlainSerializer(iso, return_type=str, when_used="json")
]
"""A point in time. Always aware, always UTC, on the wire and in the ledger ISO 8601."""


class Word(BaseModel):
    """Base of the types. Unknown fields are ignored, so that older code reads newer rows."""

    model_config = ConfigDict(
        frozen=True,
        alias_generator=to_camel,
        populate_by_name=True,
        serialize_by_alias=True,
        extra="ignore",
        defer_build=True,  # at first use: building them all takes longer than a daemon may to start
    )

    @property
    def counted(self) -> bool:
        """Whether its JSON has a count in it (``blocks``), which changes though it does not."""
        return False

    def wire(self, blocks: Any = None, leave_out: Set[str] = frozenset()) -> dict[str, Any]:
        """The JSON object that every door sends and the ledger keeps; absent values left out.

        ``blocks``: counts what waits for each attention item in it (``AttentionItem.blocks``).
        ``leave_out``: names fields that somebody else makes JSON.
        """
        return self.model_dump(
            mode="json", by_alias=True, exclude_none=True, exclude=set(leave_out), context=blocks
        )

    def json_text(self) -> str:
        return self.model_dump_json(by_alias=True, exclude_none=True)
