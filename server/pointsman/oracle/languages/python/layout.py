"""Code without its layout: what a formatter changes is gone, and what means something is left.

``free`` first marks, with the syntax tree's help, what can't be told from the text alone: commas
and parentheses that mean nothing. ``normal_form`` then makes of a piece of masked code one line a
statement, without blanks but those that part words, with a sign where a block ends;
``normal_string`` gives a string the same form however it is written.
"""

import re

from tree_sitter import Node

END_BLOCK = b"\x04"
GAP = b"\x01"
"""A blank that parts two words."""
_OPEN_GROUP, _CLOSE_GROUP = 6, 7
"""In the place of parentheses that mean nothing but that what is inside is one line."""

_SHAPE = bytes.maketrans(b"[{\x06]}\x07", b"((()))")
_BLANKS = bytes.maketrans(b"\t\v\f\r\x06\x07", b"      ")
_BETWEEN_WORDS = re.compile(rb" (?=[\w\x80-\xff])(?<=[\w\x80-\xff] )")
_ONE_LINE = re.compile(
    rb"\n[ \t]*+(?:if|elif|else|for|while|with|try|except|finally|async|case)(?![\w\x80-\xff])"
    rb"[^\n]*+(?<![:\s])[ \t\r]*+\n"
)
_COMPOUND = re.compile(
    rb"(?:if|elif|else|for|while|with|try|except|finally|async|case)(?![\w\x80-\xff])"
)
_INDENTATION = re.compile(rb"[ \t]*\r?\n[ \t]*")

_LAST_COMMA = re.compile(rb",[ \t\r\n]*+[)\]}]")
_TUPLE_BY_COMMA = frozenset({"tuple", "tuple_pattern", "subscript", "type_parameter"})
"""Where one comma alone makes a tuple."""
_MAYBE_GROUPS = tuple(
    re.compile(pattern)
    for pattern in (
        rb"=[ \t]*+\(",
        rb"\n[ \t]*+\(",
        rb"(?:return|elif|while|assert)[ \t]*+\(",
        rb"i[fn](?<![\w\x80-\xff]..)[ \t]*+\(",
    )
)
_GROUPS_WHOLE = {
    "return_statement": None,
    "expression_statement": None,
    "assert_statement": None,
    "assignment": "right",
    "augmented_assignment": "right",
    "if_statement": "condition",
    "elif_clause": "condition",
    "while_statement": "condition",
    "for_statement": "right",
}
"""Statements, and which part of them formatters put into parentheses (None: all there is)."""
_NEVER_TUPLES = frozenset(
    {"assert_statement", "if_statement", "elif_clause", "while_statement", "expression_statement"}
)


def free(code: bytearray, root: Node, at: int) -> None:
    """Takes commas and parentheses that mean nothing out of masked code, in place.

    The code begins at byte ``at`` of the file that ``root`` is the tree of.
    """
    for match in _LAST_COMMA.finditer(code):
        around = root.descendant_for_byte_range(at + match.start(), at + match.end())
        if around is not None and (
            around.type not in _TUPLE_BY_COMMA
            or sum(child.type == "," for child in around.children) > 1
        ):
            code[match.start()] = 32
    for pattern in _MAYBE_GROUPS:
        for match in pattern.finditer(code):
            start = at + match.end() - 1
            group = root.descendant_for_byte_range(start, start + 2)
            if group is None or group.start_byte != start or not _means_nothing(group):
                continue
            last = group.end_byte - 1 - at
            if last < len(code):
                code[match.end() - 1] = _OPEN_GROUP
                code[last] = _CLOSE_GROUP


def _means_nothing(group: Node) -> bool:
    if group.type not in ("parenthesized_expression", "tuple") or _is_empty(group):
        return False
    statement = group.parent
    if statement is None or statement.type not in _GROUPS_WHOLE:
        return False
    if group.type == "tuple" and statement.type in _NEVER_TUPLES:
        return False
    field = _GROUPS_WHOLE[statement.type]
    return field is None or statement.child_by_field_name(field) == group


def _is_empty(group: Node) -> bool:
    return all(child.type == "comment" for child in group.named_children)


def normal_form(code: bytes, column: int = 0) -> bytes:
    """Masked code without layout. ``column`` is where its first line really begins."""
    parts: list[bytes] = []
    add = parts.append
    levels: list[int] = []
    depth, at, level, one_line = 0, column, -1, False
    some_semicolon = b";" in code
    some_one_line = _ONE_LINE.search(b"\n%b\n" % code) is not None
    for line, shape in zip(code.split(b"\n"), code.translate(_SHAPE).split(b"\n"), strict=True):
        words = line.lstrip()
        indentation = at + len(line) - len(words)
        at = 0
        if some_semicolon:
            words = b"\n".join(filter(None, map(bytes.strip, words.split(b";"))))
        if not words:
            continue
        if depth > 0:
            words = b" " + words
        else:
            depth = 0
            if indentation > level:
                level = indentation
                levels.append(level)
            else:
                while indentation < level and len(levels) > 1:
                    levels.pop()
                    level = levels[-1]
                    add(END_BLOCK)
                add(b"\n")
            one_line = some_one_line and _COMPOUND.match(words) is not None
        add(words)
        if b"(" in shape or b")" in shape:
            depth += shape.count(b"(") - shape.count(b")")
        if one_line and depth <= 0:
            one_line = False
            add(b"" if words.rstrip().endswith(b":") else END_BLOCK)
    return _without_blanks(b"".join(parts))


def _without_blanks(code: bytes) -> bytes:
    code = code.translate(_BLANKS)
    while b"  " in code:
        code = code.replace(b"  ", b" ")
    return _BETWEEN_WORDS.sub(GAP, code).replace(b" ", b"").strip(b"\n\x04")


def normal_string(source: bytes, string: tuple[int, int, int], *, docstring: bool) -> bytes:
    """A string literal (see ``Masked.strings``); of a docstring, indentation is layout."""
    begin, start, end = string
    quotes = 3 if end - start > 5 and source[start : start + 3] in (b'"""', b"'''") else 1
    content = source[start + quotes : end - quotes]
    if docstring:
        content = _INDENTATION.sub(b"\n", content)
    prefix = source[begin:start].lower() if begin < start else b""
    if b'"' in content or b"'" in content:
        return prefix + source[start : start + quotes] + content
    return prefix + b'"' + content
