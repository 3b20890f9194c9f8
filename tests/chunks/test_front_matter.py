"""Front matter: what is read of it, where what is wrong with it is, and how a status is changed."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pointsman.chunks import front_matter
from pointsman.model.chunk import ChunkStatus
from pointsman.model.errors import PointsmanError, Problem

ALL = b"""---
# what a person wrote
status: FUTURE   # not yet
ticket: null
depends_on: [first, second]
created_after: ["older"]
code_paths:
- src/x.py
code_references:
  - ref: src/x.py#Outer::inner
    implements: "the thing"
subsystems:
  - {subsystem_id: ledger, relationship: uses}
priority: 7
agent: claude
budget: {tokens: 1000, money: 1.5}
started: 2024-02-30
---

# Goal
"""


def problems(text: bytes) -> list[tuple[str, int, int]]:
    found = front_matter.read(text, "docs/chunks/x/GOAL.md")
    assert isinstance(found, tuple)
    return [(p.message, *position(p)) for p in found]


def position(problem: Problem) -> tuple[int, int]:
    assert problem.place is not None and problem.place.range is not None
    start = problem.place.range.start
    return start.line, start.character


def with_line(line: str) -> bytes:
    return f"---\nstatus: FUTURE\n{line}\n---\n".encode()


def test_every_field_is_read_with_its_type_and_its_place() -> None:
    parsed = front_matter.parse(ALL, "GOAL.md")
    front = parsed.front
    assert front.status is ChunkStatus.FUTURE
    assert front.depends_on == ("first", "second")
    assert front.created_after == ("older",)
    assert front.code_paths == ("src/x.py",)
    assert front.code_references[0].ref == "src/x.py#Outer::inner"
    assert front.code_references[0].path == "src/x.py"
    assert front.subsystems[0].relationship == "uses"
    assert (front.priority, front.agent) == (7, "claude")
    assert front.budget is not None
    assert (front.budget.tokens, front.budget.money) == (1000, 1.5)
    assert parsed.ranges["depends_on.1"].start.line == 4
    assert parsed.ranges["depends_on.1"].start.character == len("depends_on: [first, ")
    assert parsed.ranges["code_references.0.ref"].start.line == 9
    assert (parsed.body, parsed.body_line) == ("\n# Goal\n", 18)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("x: 1", None),
        ("depends_on:", None),
        ("depends_on: null", None),
        ("depends_on: ~", None),
        ("depends_on: []", ()),
        ("depends_on: [a]", ("a",)),
        ("depends_on:\n- a\n- 'b'", ("a", "b")),
    ],
)
def test_no_dependencies_named_differs_from_none_needed(
    line: str, expected: tuple[str, ...] | None
) -> None:
    assert front_matter.parse(with_line(line), "GOAL.md").front.depends_on == expected


@pytest.mark.parametrize("prefix", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
def test_a_byte_order_mark_and_windows_line_ends_are_read(prefix: bytes, end: bytes) -> None:
    text = prefix + ALL.replace(b"\n", end)
    parsed = front_matter.parse(text, "GOAL.md")
    assert parsed.front == front_matter.parse(ALL, "GOAL.md").front
    assert parsed.ranges["priority"].start.line == 13


def test_words_that_yaml_takes_for_dates_or_truth_stay_words() -> None:
    parsed = front_matter.parse(with_line("code_paths: [2024-02-30, yes, on, 12:30, =, <<]"), "G")
    assert parsed.front.code_paths == ("2024-02-30", "yes", "on", "12:30", "=", "<<")


def test_columns_are_bytes_and_only_real_line_ends_make_lines() -> None:
    assert problems("---\nx: 'ü\u2028'\nü: 1\nstatus: [ü, *b]\n---\n".encode()) == [
        ("The front matter can't be read: aliases (`*name`) are not read.", 3, 13)
    ]


@pytest.mark.parametrize(
    ("text", "what", "line", "column"),
    [
        (b"", "no front matter", 0, 0),
        (b"# Goal\n", "no front matter", 0, 0),
        (b"---\nstatus: FUTURE\n", "no front matter", 0, 0),
        (b"---\n---\n", "`status` is missing", 0, 0),
        (b"---\n- a\n---\n", "not a map", 1, 0),
        (b"---\nstatus: DONE\n---\n", "`status` must be 'FUTURE'", 1, 8),
        (b"---\nstatus: [FUTURE]\n---\n", "`status` must be 'FUTURE'", 1, 8),
        (b"---\nstatus: FUTURE\nstatus: ACTIVE\n---\n", "given twice", 2, 0),
        (b"---\nstatus: FUTURE\n\tx: 1\n---\n", "cannot start any token", 2, 0),
        (b"---\nstatus: 'FUTURE\n---\n", "unexpected end of stream", 2, 0),
        (b"---\nstatus: FUTURE\nx: \x01\n---\n", "does not allow", 2, 3),
        (b"---\nstatus: FUTURE\nx: \xff\n---\n", "not UTF-8", 2, 3),
        (b"\xff\xfe-\0-\0-\0", "not UTF-8", 0, 0),
        (with_line("depends_on: other"), "`depends_on` must be a list", 2, 12),
        (with_line("depends_on: [a, 3]"), "`depends_on.1` must be text", 2, 16),
        (with_line("depends_on: [a, ~]"), "`depends_on.1` must be text", 2, 16),
        (with_line("priority: high"), "`priority` must be a whole number", 2, 10),
        (with_line("priority: 1.5"), "`priority` must be a whole number", 2, 10),
        (with_line("priority: '1'"), "`priority` must be a whole number", 2, 10),
        (with_line("priority: 99999"), "`priority`", 2, 10),
        (with_line("budget: {tokns: 1}"), "`budget.tokns` is no key", 2, 16),
        (with_line("budget: {money: 0}"), "`budget.money`", 2, 16),
        (with_line("code_references: [{implements: x}]"), "`code_references.0.ref` is mis", 2, 18),
        (with_line("code_references: [x]"), "`code_references.0` must have keys", 2, 18),
        (with_line("subsystems: [{subsystem_id: a, relationship: eats}]"), "implements", 2, 45),
        (with_line("agent: &a x\nx: *a"), "aliases", 3, 3),
    ],
)
def test_what_is_wrong_is_said_with_line_and_column(
    text: bytes, what: str, line: int, column: int
) -> None:
    with pytest.raises(PointsmanError) as caught:
        front_matter.parse(text, "docs/chunks/x/GOAL.md")
    problem = caught.value.problem
    assert problem.code == "chunk-unreadable"
    assert what in problem.message
    assert problem.remedy
    assert problem.place is not None and problem.place.path == "docs/chunks/x/GOAL.md"
    assert position(problem) == (line, column)


def test_all_wrong_fields_are_told_at_once() -> None:
    found = problems(with_line("priority: x\nagent: [y]\ncode_paths: z"))
    assert [line for _, line, _ in found] == [4, 2, 3]


def test_keys_in_camel_case_are_other_keys() -> None:
    assert front_matter.parse(with_line("dependsOn: 3"), "GOAL.md").front.depends_on is None


@pytest.mark.parametrize(
    "yaml",
    [
        "a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]",
        "a: &a {b: *a}",
        "a: " + "[" * 5_000,
        "a: " + "{a," * 5_000,
        "a:\n" + "- " * 7_000,
        "a: " + "[" * 20_000,
        "a: !!python/object/apply:os.system [true]\n<<: [" + "{}," * 2_000 + "]",
        "? {? {? x : y} : z} : w",
        'status: FUTURE\nagent: "\\ud800"\npriority: 1e999',
        "x: " + "9" * 10_000,
    ],
)
def test_a_hostile_document_costs_little_and_runs_nothing(yaml: str) -> None:
    began = time.process_time()
    front_matter.read(f"---\n{yaml}\n---\n".encode(), "GOAL.md")
    assert time.process_time() - began < 1


def test_a_document_of_any_length_is_refused_at_once() -> None:
    began = time.process_time()
    found = front_matter.read(b"---\n" + b"a: b\n" * 1_000_000, "GOAL.md")
    assert isinstance(found, tuple) and "longer than" in found[0].message
    assert time.process_time() - began < 0.1


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused_with_a_place(data: bytes) -> None:
    for text in (data, b"---\n" + data + b"\n---\n", b"---\nstatus: FUTURE\n" + data + b"\n---\n"):
        found = front_matter.read(text, "GOAL.md")
        if isinstance(found, tuple):
            assert all(p.code == "chunk-unreadable" and p.place for p in found)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"status: FUTURE", b"status: ACTIVE"),
        (b"status:   FUTURE   # FUTURE is not yet", b"status:   ACTIVE   # FUTURE is not yet"),
        (b"status: 'FUTURE'", b"status: 'ACTIVE'"),
        (b'"status" : "FUTURE"', b'"status" : "ACTIVE"'),
        (b'status: "\\x46UTURE"', b'status: "ACTIVE"'),
        (b"status: !!str FUTURE", b"status: !!str ACTIVE"),
        (b"status: &FUTURE FUTURE", b"status: &FUTURE ACTIVE"),
        (b"status: >- # FUTURE\n  FUTURE\n\nx: 1", b"status: >- # FUTURE\n  ACTIVE\n\nx: 1"),
        (b"status:\n  FUTURE", b"status:\n  ACTIVE"),
        (b"x: {status: FUTURE}\nstatus: FUTURE", b"x: {status: FUTURE}\nstatus: ACTIVE"),
        ("ü: 'FUTURE'\nstatus: FUTURE".encode(), "ü: 'FUTURE'\nstatus: ACTIVE".encode()),
    ],
)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("prefix", [b"", b"\xef\xbb\xbf"])
def test_setting_a_status_changes_its_word_and_no_other_byte(
    before: bytes, after: bytes, end: bytes, prefix: bytes
) -> None:
    def document(line: bytes) -> bytes:
        text = b"---\n# FUTURE\n" + line + b"\n# status: FUTURE\n---\nstatus: FUTURE  \n\n"
        return prefix + text.replace(b"\n", end)

    assert front_matter.set_status(document(before), ChunkStatus.ACTIVE) == document(after)


def test_setting_a_status_of_what_can_not_be_read_is_refused() -> None:
    with pytest.raises(PointsmanError, match="status"):
        front_matter.set_status(b"---\nx: 1\n---\n", ChunkStatus.ACTIVE)


@given(
    st.sampled_from(ChunkStatus),
    st.sampled_from(ChunkStatus),
    st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=40),
    st.sampled_from(["", "'", '"']),
)
def test_a_status_set_is_read_back_and_setting_it_back_gives_the_old_bytes(
    old: ChunkStatus, new: ChunkStatus, comment: str, quote: str
) -> None:
    text = f"---\n# {comment}\nstatus: {quote}{old}{quote} # {comment}\n---\n{comment}".encode()
    changed = front_matter.set_status(text, new)
    assert front_matter.parse(changed, "GOAL.md").front.status is new
    assert front_matter.set_status(changed, old) == text
