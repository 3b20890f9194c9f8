"""What of a PLAN.md is said, and what is only template."""

import pytest

from pointsman.chunks import plan
from pointsman.chunks.scaffold import template


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Text, but under no heading.",
        "# Plan\n\nText before.\n\n## Approach\n\n## Sequence\n\nText after.",
        "## Approach\n\n<!-- not yet -->",
        "## Approach\n<!-- over\nmany\n\nlines\n## Approach\n-->\n  \n",
        "## Approach\n<!-- never closed\nText.",
        "## Approach\n<!-- one --> <!-- two -->\n",
        "## Approach\n### Details\n",
        "<!--\n## Approach\nText.\n-->",
        "```\n## Approach\nText.\n```",
        "Approaching\n## The Approach of others\nText.",
        template("PLAN.md"),
        template("PLAN.md").replace("\n", "\r\n"),
    ],
)
def test_an_approach_without_words_of_its_own_says_nothing(text: str) -> None:
    assert not plan.has_approach(text)


@pytest.mark.parametrize(
    "text",
    [
        "## Approach\nText.",
        "# approach #\r\n\r\nText.\r\n",
        "## Approach\n### Details\nText.",
        "## Approach\n<!-- c --> Text.",
        "## Approach\n<!-- c\n--> Text.",
        "## Approach\n```demo\n- write: {path: x, text: y}\n```\n",
        "## Approach\n````\n```\n# no heading\n````\nText.",
        "## Approach\nThe mark `<!--` opens a comment.",
        template("PLAN.md").replace("## Sequence", "Text.\n\n## Sequence"),
    ],
)
def test_an_approach_with_any_words_counts(text: str) -> None:
    assert plan.has_approach(text)


def test_sections_hold_their_subsections_and_know_their_line() -> None:
    found = plan.sections("# A\none\n## B\n\ntwo\n# C\n")
    assert [(s.title, s.level, s.line, s.text) for s in found] == [
        ("A", 1, 0, ("one", "## B", "two")),
        ("B", 2, 2, ("two",)),
        ("C", 1, 5, ()),
    ]
