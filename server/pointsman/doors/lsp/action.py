"""Something that an editor offers to do: a title, and a command that the server has."""

from typing import Any, NamedTuple


class Action(NamedTuple):
    """A title, and the command that it runs with one object."""

    title: str
    command: str
    argument: dict[str, Any]

    def wire(self) -> dict[str, Any]:
        """LSP 3.17, Command."""
        return {"title": self.title, "command": self.command, "arguments": [self.argument]}
