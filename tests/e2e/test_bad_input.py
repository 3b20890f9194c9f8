"""What is wrong is refused, with a code, a place and a remedy, and nothing changes."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from rig import Rig

from pointsman.model.errors import CODES
from pointsman.operations import app  # fills the table
from pointsman.operations.table import OPERATIONS

pytestmark = pytest.mark.e2e

assert app.FAMILIES

ASK = {"ask": {"question": "Which colour?", "options": ["red", "blue"]}}
WORK = {"write": {"path": "work.txt", "text": "{answer}\n"}}
BAD = "docs/chunks"


@pytest.fixture(scope="module")
def pool(shared: Rig) -> Rig:
    """A pool at rest: ``done`` has landed after an answer, ``asking`` waits for one, ``waiting``
    depends on it and wants the same code. Beside them, all that is wrong with chunks."""
    rig, path = shared, "src/greet.py"
    rig.chunk("done", ASK, WORK)
    rig.inject("done")
    rig.call("answer", item=rig.item("done", "QUESTION")["id"], text="green")
    rig.reach("done", "COMPLETED")

    change = {"replace": {"path": path, "old": '"hi "', "new": '"hello "'}}
    rig.chunk("asking", ASK, change)
    rig.chunk("waiting", change, depends_on=["asking"])
    rig.chunk("apart", {"write": {"path": "apart.txt", "text": "1\n"}}, depends_on=["asking"])

    rig.chunk("good", WORK, commit=False)
    rig.chunk("bad-yaml", WORK, commit=False)
    rig.write(f"{BAD}/bad-yaml/GOAL.md", "---\nstatus: FUTURE\ndepends_on: [a,\n---\n# Bad\n")
    rig.chunk("bad-type", WORK, priority="high", commit=False)
    rig.chunk("bad-status", WORK, status="ACTIVE", commit=False)
    rig.chunk("no-plan", WORK, commit=False)
    (rig.root / BAD / "no-plan/PLAN.md").unlink()
    rig.chunk("empty-plan", commit=False)
    rig.write(f"{BAD}/empty-plan/PLAN.md", "# Plan\n\n## Approach\n\n<!-- How? -->\n")
    rig.chunk("needs-nothing-known", WORK, depends_on=["nobody"], commit=False)
    rig.chunk("hen", WORK, depends_on=["egg"], commit=False)
    rig.chunk("egg", WORK, depends_on=["hen"], commit=False)
    rig.chunk("wants-robot", WORK, agent="robot", commit=False)
    rig.commit("what is wrong")
    rig.chunk("edited", WORK)
    rig.write(f"{BAD}/edited/GOAL.md", "---\nstatus: FUTURE\n---\n# Edited\n")
    rig.chunk("untracked", WORK, commit=False)
    (rig.root / BAD / "link").symlink_to("/etc")

    rig.inject("asking", "waiting", "apart")
    rig.item("asking", "QUESTION")
    rig.reach("waiting", "BLOCKED")
    rig.call("index")  # which is told by `status`, and has to stand still
    return rig


@dataclass(frozen=True)
class Case:
    """A call, what it is refused with, and where that is."""

    operation: str
    params: Any
    code: str
    place: str | None = None
    at: tuple[int, int] | None = None
    """Line and column, from zero."""
    says: tuple[str, ...] = field(default=())


def inject(*chunks: str, code: str, **more: Any) -> Case:
    return Case("inject", {"chunks": list(chunks)}, code, **more)


CASES = [
    inject("nobody", code="chunk-not-found", place=f"{BAD}/nobody/GOAL.md", says=("new nobody",)),
    inject("No Name", code="chunk-not-found"),
    inject("src", code="chunk-not-found"),
    inject("../outside", code="invalid-params"),
    inject("/etc/passwd", code="invalid-params"),
    inject("file:///etc/passwd", code="invalid-params"),
    inject("file://elsewhere/x", code="invalid-params"),
    inject("docs/chunks/../../../x", code="invalid-params"),
    inject("link", code="invalid-params"),
    inject("a\0b", code="invalid-params"),
    inject("", code="invalid-params"),
    Case("inject", {"chunks": []}, "invalid-params"),
    inject("bad-yaml", code="chunk-unreadable", place=f"{BAD}/bad-yaml/GOAL.md", at=(3, 0)),
    inject("bad-type", code="chunk-unreadable", place=f"{BAD}/bad-type/GOAL.md", at=(3, 10)),
    inject("bad-status", code="chunk-status", place=f"{BAD}/bad-status/GOAL.md", at=(1, 8)),
    inject("no-plan", code="plan-missing", place=f"{BAD}/no-plan/PLAN.md"),
    inject("empty-plan", code="plan-missing", place=f"{BAD}/empty-plan/PLAN.md"),
    inject("edited", code="chunk-uncommitted", place=f"{BAD}/edited/GOAL.md", says=("Commit",)),
    inject("untracked", code="chunk-uncommitted", place=f"{BAD}/untracked/GOAL.md"),
    inject("needs-nothing-known", code="dependency-unknown", says=("nobody",)),
    inject("hen", "egg", code="dependency-cycle", says=("hen", "egg")),
    inject("hen", code="dependency-unknown"),
    inject("asking", code="already-injected", says=("asking.1",)),
    inject("good", "nobody", code="chunk-not-found"),
    inject("wants-robot", code="agent-unknown", says=("robot", "demo")),
    Case("inject", {"chunks": ["good"], "agent": "robot"}, "agent-unknown"),
    Case("inject", {"chunks": ["good"], "dependsOn": ["nobody"]}, "dependency-unknown"),
    Case("inject", {"chunks": ["good"], "dependsOn": ["../x"]}, "invalid-params"),
    Case("validate", {"chunks": ["../outside"]}, "invalid-params"),
    Case("analyze", {"chunks": ["nobody"]}, "chunk-not-found", place=f"{BAD}/nobody/GOAL.md"),
    Case("analyze", {"chunks": ["bad-yaml"]}, "chunk-unreadable"),
    Case("analyze", {"chunks": ["../outside"]}, "invalid-params"),
    Case("footprint", {"chunk": "nobody"}, "chunk-not-found"),
    Case("footprint", {"unit": "nobody"}, "unit-not-found"),
    Case("footprint", {"unit": "asking", "chunk": "asking"}, "invalid-params"),
    Case("footprint", {}, "invalid-params"),
    Case("answer", {"item": "q1", "text": "red"}, "already-answered", says=("green", "cli")),
    Case("answer", {"item": "q99", "text": "red"}, "item-not-found"),
    Case("answer", {"item": "q2"}, "answer-invalid", says=("independent",)),
    Case("answer", {"item": "q99"}, "item-not-found"),
    Case("answer", {"item": "q1"}, "already-answered"),
    Case("answer", {"item": "q2", "option": "red", "text": "red"}, "answer-invalid"),
    Case("answer", {"item": "q2", "option": "mauve"}, "answer-invalid"),
    Case("answer", {"item": "q2", "text": " \n"}, "answer-invalid"),
    Case("verdict", {"a": "asking", "b": "good", "verdict": "SERIALIZE"}, "conflict-not-found"),
    Case("verdict", {"conflict": "c99", "verdict": "SERIALIZE"}, "conflict-not-found"),
    Case("verdict", {"a": "asking", "verdict": "SERIALIZE"}, "verdict-invalid"),
    Case("verdict", {"a": "asking", "b": "asking", "verdict": "SERIALIZE"}, "verdict-invalid"),
    Case(
        "verdict",
        {"a": "asking", "b": "waiting", "verdict": "SERIALIZE", "first": "good"},
        "verdict-invalid",
    ),
    Case(
        "verdict",
        {"a": "asking", "b": "waiting", "verdict": "SERIALIZE", "first": "waiting"},
        "order-cycle",
        says=("asking", "waiting"),
    ),
    Case("verdict", {"a": "asking", "b": "waiting", "verdict": "MAYBE"}, "invalid-params"),
    Case("prioritize", {"unit": "done", "priority": 1}, "illegal-transition"),
    Case("cancel", {"unit": "done"}, "illegal-transition"),
    Case("retry", {"unit": "asking"}, "illegal-transition"),
    Case("retry", {"unit": "done"}, "illegal-transition"),
    Case("land", {"unit": "asking"}, "illegal-transition"),
    Case("restore", {"unit": "asking", "snapshot": "0000"}, "illegal-transition"),
    Case("diff", {"unit": "waiting"}, "snapshot-not-found"),
    Case("diff", {"unit": "done", "against": "0000"}, "snapshot-not-found"),
    Case("log", {"unit": "done", "attempt": 7}, "attempt-not-found", says=("done.1", "7")),
    Case("log", {"unit": "done", "attempt": 0}, "attempt-not-found"),
    Case("log", {"unit": "done", "since": -1}, "invalid-params", says=("since",)),
    Case("conflicts", {"chunk": "nobody"}, "unit-not-found", says=("nobody",)),
    Case("who", {"path": "../outside"}, "invalid-params", says=("../outside",)),
    Case("who", {"path": "/etc/passwd"}, "invalid-params"),
    Case("who", {"path": "file:///etc/passwd"}, "invalid-params"),
    Case("who", {"path": ""}, "invalid-params"),
    Case("prioritize", {"unit": "asking", "priority": 10**30}, "invalid-params"),
    Case("inject", {"chunks": ["good"], "priority": 1001}, "invalid-params", says=("priority",)),
    Case("events", {"since": -1}, "invalid-params"),
    Case("events", {"since": 10**30}, "invalid-params"),
    Case("setSettings", {}, "invalid-params"),
    Case("setSettings", {"nonsense": 1}, "settings-invalid", says=("nonsense",)),
    Case("setSettings", {"max_agents": "many"}, "settings-invalid"),
    Case("setSettings", {"max_agents": 0}, "settings-invalid"),
    Case("setSettings", {"max_agents": 2, "sandbox": "none"}, "settings-invalid"),
    Case("trust", {"hash": "0000"}, "settings-invalid"),
    Case("nonsense", {}, "operation-unknown"),
]


def made_from_the_table() -> Iterator[Case]:
    """For every operation: an unknown parameter, a list instead of an object, and for each
    parameter a value of the wrong type, or none where one is needed."""
    for name, operation in sorted(OPERATIONS.items()):
        needed = {"unit": "asking", "chunks": ["good"], "path": "x", "item": "q2", "since": 0}
        needed |= {"snapshot": "0", "priority": 1, "verdict": "SERIALIZE", "text": "x"}
        required = operation.info.params.get("required", [])
        fitting = {p: needed[p] for p in required}
        yield Case(name, [1, 2], "invalid-params")
        yield Case(name, 7, "invalid-params")
        if name == "setSettings":  # whose keys are the settings
            continue
        yield Case(name, {**fitting, "nonsense": 1}, "invalid-params", says=("nonsense",))
        for parameter in operation.info.params.get("properties", {}):
            wrong = {**fitting, parameter: {"wrong": ["type"]}}
            yield Case(name, wrong, "invalid-params", says=(parameter,))
        for parameter in required:
            without = {p: v for p, v in fitting.items() if p != parameter}
            yield Case(name, without, "invalid-params", says=(parameter,))
            if parameter == "unit":
                for unit in ("nobody", "nobody.1", "asking.7", "../asking", ""):
                    yield Case(name, {**fitting, "unit": unit}, "unit-not-found")


def _id(case: Case) -> str:
    return f"{case.operation} {json.dumps(case.params)[:60]}"


def refused_unchanged(pool: Rig, case: Case) -> None:
    before = pool.call("status")
    refusal = pool.refused_raw(case.operation, case.params)
    assert refusal.code == case.code, str(refusal)
    assert refusal.code in CODES
    assert refusal.message
    assert refusal.remedy
    if case.place is not None:
        assert refusal.place["path"] == case.place
    if case.at is not None:
        start = refusal.place["range"]["start"]
        assert (start["line"], start["character"]) == case.at
    for word in case.says:
        assert word in f"{refusal.message} {refusal.remedy} {refusal.data}"
    assert str(pool.home) not in json.dumps(refusal.wire())
    assert pool.call("status") == before


@pytest.mark.parametrize("case", CASES, ids=_id)
def test_it_is_refused_and_nothing_changes(pool, case):
    refused_unchanged(pool, case)


def test_no_operation_takes_what_does_not_fit_its_table(pool):
    cases = list(made_from_the_table())
    assert {case.operation for case in cases} == set(OPERATIONS)
    for case in cases:
        try:
            refused_unchanged(pool, case)
        except AssertionError as error:
            raise AssertionError(_id(case)) from error


def test_a_hidden_unit_and_a_closed_item_are_not_found(pool):
    pool.chunk("gone", ASK)
    pool.inject("gone")
    item = pool.item("gone", "QUESTION")
    pool.call("delete", unit="gone")
    pool.eventually(lambda: "gone.1" not in str(pool.call("workspaces")))
    refused_unchanged(pool, Case("unit", {"unit": "gone"}, "unit-not-found"))
    refused_unchanged(pool, Case("answer", {"item": item["id"], "text": "x"}, "item-not-found"))


# ---- the command line


@pytest.mark.parametrize(
    ("argv", "code", "words"),
    [
        (["inject"], 2, "CHUNK"),
        (["nonsense"], 2, "nonsense"),
        (["verdict", "asking", "waiting", "maybe"], 2, "independent"),
        (["prioritize", "asking", "high"], 2, "high"),
        (["set", "max_agents"], 2, "KEY=VALUE"),
        (["inject", "nobody"], 3, f"{BAD}/nobody/GOAL.md"),
        (["inject", "bad-yaml"], 3, f"{BAD}/bad-yaml/GOAL.md:4"),
        (["inject", "bad-type"], 3, f"{BAD}/bad-type/GOAL.md:4:11"),
        (["inject", "../outside"], 3, "../outside"),
        (["answer", "q1", "red"], 3, "green"),
        (["verdict", "asking", "good", "serialize"], 3, "pointsman conflicts"),
        (["cancel", "done"], 3, "COMPLETED"),
        (["unit", "nobody"], 3, "pointsman status"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_the_command_line_says_it_in_words_and_by_its_exit_code(pool, argv, code, words):
    before = pool.call("status")
    done = pool.cli(*argv)
    assert done.returncode == code, done.stderr
    assert done.stdout == ""
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert pool.call("status") == before


def test_with_json_the_error_is_data(pool):
    done = pool.cli("inject", "bad-type", "--json")
    assert done.returncode == 3
    error = json.loads(done.stderr)["error"]
    assert error["code"] == "chunk-unreadable"
    assert error["place"]["path"] == f"{BAD}/bad-type/GOAL.md"
    assert error["remedy"]


def test_without_a_daemon_or_a_repository_the_exit_code_says_so(rig):
    rig.make_repository()
    assert rig.cli("daemon", "status").returncode == 4
    nowhere = rig.cli("status", at=rig.home)
    assert nowhere.returncode == 3
    assert "git init" in nowhere.stderr
    rig.configure('sandbox = "maybe"\n')
    assert rig.cli("daemon", "status").returncode == 4
