"""Something that an editor offers to do: a title, and a command that the server has; and what is
no offer, only words."""

from typing import Any, NamedTuple


def unlinked(words: str) -> str:
    """Words for a message box, where some editors make a link of ``[label](command:…)``: a click
    on it would run what an agent, or a file, says."""
    return words.replace("](", "] (")


class Action(NamedTuple):
    """A title, and the command that it runs with one object."""

    title: str
    command: str
    argument: dict[str, Any]

    def wire(self) -> dict[str, Any]:
        """LSP 3.17, Command."""
        return {"title": self.title, "command": self.command, "arguments": [self.argument]}
