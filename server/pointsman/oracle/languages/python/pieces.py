"""Where a Python file is cut: before and after each definition at its top, and in its classes.

What a piece says hangs on its own bytes alone, so that of a file that changes only the piece with
the change has to be read again. A class with definitions in it is open after its first piece.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tree_sitter import Node

from pointsman.oracle.languages.scopes import lines_of

_DEFINITIONS = frozenset({"function_definition", "class_definition", "decorated_definition"})


@dataclass(slots=True)
class Cut:
    """A piece that is not read yet; it ends where the next one begins."""

    start: int
    row: int
    depth: int = 0
    """How many open classes it lies in."""
    opens: tuple[int, int] | None = None
    """It is the first piece of a class: where that ends, and in which line."""
    nodes: int | None = 0
    """How many the parser made of it: together with its bytes, all that it is read from. None: it
    did not parse, and how it was read hangs on what is around it."""

    def take(self, node: Node) -> None:
        """The node is in this piece."""
        if node.has_error:
            self.nodes = None
        elif self.nodes is not None:
            self.nodes += node.descendant_count


def cuts(source: bytes, root: Node) -> list[Cut]:
    """All pieces of a file, in their order. They are the whole file."""
    found = [Cut(0, 0)]
    _cut(source, root.children, 0, found)
    if len(found) > 1 and found[1].start == 0:
        del found[0]
    return found


def _cut(source: bytes, nodes: Iterable[Node], depth: int, found: list[Cut]) -> None:
    after = False
    for node in nodes:
        defines = node.type in _DEFINITIONS
        if defines or after:
            row, column = node.start_point
            start = node.start_byte - column
            if not column or not source[start : start + column].strip(b" \t"):
                body = _class_body(node) if defines else None
                opens = (node.end_byte, lines_of(node)[1]) if body is not None else None
                found.append(Cut(start, row, depth, opens))
                if body is not None:
                    _take_header(found[-1], node)
                    _cut(source, body.children, depth + 1, found)
                    after = True
                    continue
        after = defines
        found[-1].take(node)


def _class_body(node: Node) -> Node | None:
    if node.type == "decorated_definition":
        inner = node.child_by_field_name("definition")
        return _class_body(inner) if inner is not None else None
    return node.child_by_field_name("body") if node.type == "class_definition" else None


def _take_header(cut: Cut, node: Node) -> None:
    """A class is in this piece, but for its body."""
    for child in node.children:
        if child.type == "class_definition":
            _take_header(cut, child)
        elif child.type != "block":
            cut.take(child)
