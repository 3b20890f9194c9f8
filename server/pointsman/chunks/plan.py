"""PLAN.md as sections of visible lines, and whether its Approach says anything.

Enough of CommonMark for that: ATX headings, fenced code (in which nothing else counts) and HTML
comments (which may run over many lines, and to the end of the file where they are not closed).
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import NamedTuple

from pointsman.model.text import LINE_END

_HEADING = re.compile(r" {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*\Z")
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*\Z)|~{3,})")
_COMMENT = re.compile(r"<!--.*?-->")
_COMMENT_OPENS = re.compile(r" {0,3}<!--")


class Section(NamedTuple):
    """What stands under one heading, its subsections included."""

    title: str
    level: int
    line: int
    """Of the heading, zero-based."""
    text: tuple[str, ...]
    """The lines below it, without comments and blank lines."""


class Line(NamedTuple):
    number: int
    text: str
    code: bool
    """Inside a fenced block, or one of its fences."""


def sections(text: str) -> tuple[Section, ...]:
    """All sections in the order of their headings."""
    found: list[tuple[str, int, int, list[str]]] = []
    open_: list[tuple[str, int, int, list[str]]] = []
    for number, line, code in visible(text):
        heading = None if code else _HEADING.match(line)
        for section in open_:
            section[3].append(line)
        if heading:
            level = len(heading[1])
            while open_ and open_[-1][1] >= level:
                open_.pop()[3].pop()
            open_.append((heading[2] or "", level, number, []))
            found.append(open_[-1])
    return tuple(Section(title, level, line, tuple(below)) for title, level, line, below in found)


def has_approach(text: str) -> bool:
    """Whether the Approach has text outside comments and the lines of the template."""
    return any(
        line.strip() not in _template_lines() and not _HEADING.match(line)
        for section in sections(text)
        if is_approach(section)
        for line in section.text
    )


def first_words(text: str) -> str:
    """The first line that is neither a heading nor code; empty where there is none."""
    lines = (n.text.strip() for n in visible(text) if not n.code and not _HEADING.match(n.text))
    return next(lines, "")


def is_approach(section: Section) -> bool:
    return section.title.lower() == "approach"


def visible(text: str) -> Iterator[Line]:
    """The lines that are not blank, without what is commented out."""
    fence = ""
    comment = False
    for number, source in enumerate(LINE_END.split(text)):
        line = source
        if fence:
            yield Line(number, line, True)
            if line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                fence = ""
            continue
        if comment:
            comment, line = _close(line)
        line = _COMMENT.sub("", line)
        if _COMMENT_OPENS.match(line):
            comment, line = True, ""
        opens = _FENCE.match(line)
        if opens:
            fence = opens[1]
        if line.strip():
            yield Line(number, line, bool(opens))


def _close(line: str) -> tuple[bool, str]:
    """Whether an open comment goes on after ``line``, and what is visible behind its end."""
    _, end, rest = line.partition("-->")
    return not end, rest


@cache
def _template_lines() -> frozenset[str]:
    template = resources.files("pointsman.chunks").joinpath("templates/PLAN.md").read_text("utf-8")
    return frozenset(line.text.strip() for line in visible(template))
