"""An error as data, for the code that starts before the model can be imported.

The shim and the CLI's start path know only the standard library; ``Refusal`` carries the same
things as the model's ``PointsmanError`` and looks the same on the wire.
"""

from __future__ import annotations

TYPE_CHECKING = False  # `typing` costs more than everything else here; type checkers know this name
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Refusal(Exception):
    """What is wrong (``code``, ``message``), what to do (``remedy``), where (``place``, as the
    model's ``Place`` on the wire), and details (``data``)."""

    def __init__(
        self, code: str, message: str, remedy: str, data: object = None, place: object = None
    ) -> None:
        super().__init__(message)
        self.code, self.message, self.remedy = code, message, remedy
        self.data, self.place = data, place

    @classmethod
    def of(cls, problem: Mapping[str, Any]) -> Refusal:
        """The refusal that a peer sent as ``{code, message, remedy, …}``."""
        return cls(
            str(problem.get("code", "internal")),
            str(problem.get("message", "")),
            str(problem.get("remedy", "")),
            problem.get("data"),
            problem.get("place"),
        )

    def wire(self) -> dict[str, Any]:
        """The JSON object that doors send."""
        problem = {"code": self.code, "message": self.message, "remedy": self.remedy}
        more = {"place": self.place, "data": self.data}
        return {**problem, **{name: value for name, value in more.items() if value is not None}}

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}".strip()
