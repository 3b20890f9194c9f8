"""The table of subcommands: what is sent, what is given back, how it is refused."""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from canned import AT, CannedDaemon, item, unit

from pointsman import __version__
from pointsman.daemon.address import Repository
from pointsman.doors.cli.commands import COMMANDS
from pointsman.doors.cli.run import function, parser
from pointsman.model.errors import PointsmanError
from pointsman.model.place import Place, Range
from pointsman.operations import app as _families  # noqa: F401 - fills the table of operations
from pointsman.operations.table import OPERATIONS

SENT: list[tuple[str, str, Any]] = [
    ("inject a b", "inject", {"chunks": ["a", "b"]}),
    (
        "inject a --priority 0 --agent demo --depends-on b --depends-on c --retain",
        "inject",
        {"chunks": ["a"], "priority": 0, "agent": "demo", "dependsOn": ["b", "c"], "retain": True},
    ),
    ("chunks", "chunks", {}),
    ("submit-future", "submitFuture", {}),
    ("validate a", "validate", {"chunks": ["a"]}),
    ("status", "status", {}),
    ("unit a.1", "unit", {"unit": "a.1"}),
    ("attention", "attention", {}),
    ("answer q1 --option first:a", "answer", {"item": "q1", "option": "first:a"}),
    ("answer q1 use tabs", "answer", {"item": "q1", "text": "use tabs"}),
    ("conflicts", "conflicts", {}),
    ("conflicts a --unresolved", "conflicts", {"chunk": "a", "unresolved": True}),
    ("verdict a b independent", "verdict", {"a": "a", "b": "b", "verdict": "INDEPENDENT"}),
    (
        "verdict a b serialize --first a",
        "verdict",
        {"a": "a", "b": "b", "verdict": "SERIALIZE", "first": "a"},
    ),
    ("verdict c1 ask-agents", "verdict", {"conflict": "c1", "verdict": "ASK_AGENTS"}),
    ("analyze a b", "analyze", {"chunks": ["a", "b"]}),
    ("who src/a.py", "who", {"path": "src/a.py"}),
    ("who src/a.py#A::b", "who", {"path": "src/a.py", "symbol": "A::b"}),
    (
        "who src/a.py:10-20",
        "who",
        {
            "path": "src/a.py",
            "range": {
                "start": {"line": 9, "character": 0},
                "end": {"line": 20, "character": 0},
            },
        },
    ),
    ("footprint a", "footprint", {"chunk": "a"}),
    ("footprint a.2", "footprint", {"unit": "a.2"}),
    ("diff a", "diff", {"unit": "a"}),
    ("index", "index", {}),
    ("diff a --against 12ab", "diff", {"unit": "a", "against": "12ab"}),
    ("diff a --conflict", "diff", {"unit": "a", "conflict": True}),
    ("log a --attempt 2 --since 7", "log", {"unit": "a", "attempt": 2, "since": 7}),
    ("history a", "history", {"unit": "a"}),
    ("events", "events", {"since": 0}),
    ("events --since 5", "events", {"since": 5}),
    ("snapshots a", "snapshots", {"unit": "a"}),
    ("restore a 12ab", "restore", {"unit": "a", "snapshot": "12ab"}),
    ("prioritize a 5", "prioritize", {"unit": "a", "priority": 5}),
    ("prioritize a -5", "prioritize", {"unit": "a", "priority": -5}),
    ("cancel a", "cancel", {"unit": "a"}),
    ("delete a", "delete", {"unit": "a"}),
    ("retry a", "retry", {"unit": "a"}),
    ("retry-all", "retryAll", {}),
    ("land a", "land", {"unit": "a"}),
    ("landings", "landings", {}),
    ("workspaces", "workspaces", {}),
    ("pause", "pause", {}),
    ("resume", "resume", {}),
    ("settings", "settings", {}),
    ("trust", "trust", {}),
    ("trust 12ab", "trust", {"hash": "12ab"}),
    (
        'set max_agents=8 agent=demo checks=["x"]',
        "setSettings",
        {"max_agents": 8, "agent": "demo", "checks": ["x"]},
    ),
]


@pytest.mark.parametrize(("typed", "operation", "params"), SENT, ids=[s[0] for s in SENT])
def test_what_is_typed_becomes_an_operation(cli, daemon, typed, operation, params) -> None:
    daemon.results[operation] = {"as": "it is"}
    said = cli(*typed.split(" "), "--json")
    assert (said.code, said.json) == (0, {"as": "it is"})
    assert daemon.asked(operation) == [params]


@pytest.mark.parametrize(("typed", "operation", "params"), SENT, ids=[s[0] for s in SENT])
def test_every_operation_takes_what_it_is_sent(typed, operation, params) -> None:
    OPERATIONS[operation].parsed(params)


def test_every_operation_that_is_named_exists() -> None:
    assert {c.operation for c in COMMANDS if c.operation} <= OPERATIONS.keys()


def test_every_function_that_is_named_exists() -> None:
    named = [n for c in COMMANDS for n in (c.show, c.run, *c.instead.values()) if ":" in n]
    assert all(callable(function(name)) for name in named)


def test_every_command_is_covered_here_or_needs_no_operation() -> None:
    covered = {typed.split()[0] for typed, _, _ in SENT}
    assert {c.name for c in COMMANDS if c.operation} == covered


def test_json_is_the_operations_result_exactly(cli, daemon: CannedDaemon) -> None:
    result = {"unit": unit("a", text="ümläut \u2028 <b>", deep={"x": [1, None, True]})}
    daemon.results["unit"] = result
    assert cli("unit", "a", "--json").json == result


def test_options_may_stand_before_the_command(cli, daemon: CannedDaemon) -> None:
    assert cli("--json", "status").json == daemon.results["status"]


def test_a_refusal_is_a_sentence_with_its_place_and_remedy(cli, daemon: CannedDaemon) -> None:
    place = Place(path="docs/chunks/a/GOAL.md", range=Range.lines(2, 2))
    daemon.results["inject"] = PointsmanError(
        "chunk-status", "a is ACTIVE.", "Make a new one.", place=place
    )
    said = cli("inject", "a")
    assert said.code == 3
    assert said.out == ""
    assert said.err == "error: docs/chunks/a/GOAL.md:3: a is ACTIVE.\n  Make a new one.\n"


def test_a_refusal_is_data_for_programs(cli, daemon: CannedDaemon) -> None:
    place = Place(path="x", range=Range.lines(0, 0))
    refusal = PointsmanError("chunk-status", "No.", "Else.", place=place, data={"status": "ACTIVE"})
    daemon.results["inject"] = refusal
    said = cli("inject", "a", "--json")
    assert said.code == 3
    assert json.loads(said.err) == {"error": refusal.problem.wire()}


def test_no_daemon_has_an_exit_code_of_its_own(cli, repository: Repository) -> None:
    said = cli("daemon", "status")
    assert said.code == 4
    assert "pointsman daemon start" in said.err


def test_outside_a_repository_everything_is_refused(tmp_path, capfd) -> None:
    from pointsman.doors.cli.run import run

    for command in ("status", "daemon stop", "init"):
        assert run([*command.split(), "--repository", str(tmp_path)]) == 3
        told = capfd.readouterr().err
        assert str(tmp_path) in told
        assert "git init" in told


@pytest.mark.parametrize(
    "typed",
    ["", "nonsense", "inject", "verdict a b", "verdict a b maybe", "set max_agents", "restore a"],
)
def test_wrong_usage_has_exit_code_2(cli, daemon, typed: str) -> None:
    assert cli(*typed.split()).code == 2
    assert daemon.calls == []


def test_stopping_where_no_daemon_is_is_no_error(cli) -> None:
    assert cli("daemon", "stop").code == 0


def test_stop_returns_when_the_daemon_is_gone(cli, daemon: CannedDaemon, repository) -> None:
    assert cli("daemon", "stop", "--drain").code == 0
    assert daemon.asked("shutdown") == [{"drain": True}]
    assert not (repository.state / "daemon.json").exists()


def test_hostile_text_does_not_reach_the_terminal_as_commands(cli, daemon: CannedDaemon) -> None:
    evil = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp.exe [red]x[/red]"
    daemon.results["attention"] = {"items": [item(text=evil, chunk="alpha")]}
    daemon.results["status"] = {
        **daemon.results["status"],
        "units": [unit("a", "NEEDS_ATTENTION", attention=item(text=evil))],
    }
    for command in ("attention", "status"):
        out = cli(command).out
        assert not set("\x1b\x07\x9b\u202e") & set(out)
        assert "[red]x[/red]" in out


def test_a_pipe_gets_no_colours_and_no_cut_lines(cli, daemon: CannedDaemon) -> None:
    long = "word " * 100
    waits = unit("a", "NEEDS_ATTENTION", attention=item(text=long))
    daemon.results["status"] = {**daemon.results["status"], "units": [waits]}
    out = cli("status").out
    assert long.strip() in out
    assert "\x1b" not in out


def test_a_patch_is_piped_as_it_is(cli, daemon: CannedDaemon) -> None:
    patch = "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-\x1b[31m\tä\n+b\n"
    daemon.results["diff"] = {"patch": patch, "files": [], "tree": "t", "base": "b"}
    assert cli("diff", "a").out == patch


def test_what_does_not_merge_is_shown_with_its_versions_and_no_tricks(
    cli, daemon: CannedDaemon
) -> None:
    evil = "\x1b]0;owned\x07"
    file = {
        "path": f"a{evil}.py",
        "kind": "modify/delete",
        "says": f"a.py deleted in main {evil}",
        "base": {"mode": "100644", "blob": "b" * 40},
        "theirs": {"mode": "100644", "blob": "c" * 40},
        "landed": [{"commit": "d" * 40, "subject": f"gone {evil}", "symbols": []}],
        "hunks": f"@@ -1 +1 @@\n+{evil}",
    }
    result = {"patch": "", "files": [], "tree": "t", "base": "b", "unmerged": [file]}
    daemon.results["diff"] = result
    out = cli("diff", "a", "--conflict").out
    assert not set("\x1b\x07") & set(out)
    assert "modify/delete" in out
    assert [line.split()[:2] for line in out.splitlines()[3:6]] == [
        ["base", "b" * 12],
        ["ours", "no"],
        ["theirs", "c" * 12],
    ]


def test_validate_says_no_by_its_exit_code(cli, daemon: CannedDaemon) -> None:
    problem = {"code": "plan-missing", "message": "No plan.", "remedy": "Write one."}
    warning = {"code": "base-behind", "message": "Behind.", "remedy": "Pull."}
    daemon.results["validate"] = {"problems": [warning]}
    assert cli("validate", "a").code == 0
    daemon.results["validate"] = {"problems": [warning, problem]}
    assert cli("validate", "a").code == 1


def test_a_followed_log_shows_lines_as_they_come(cli, daemon: CannedDaemon) -> None:
    def log(params, caller):
        for n in (1, 2):
            line = {"n": n, "at": AT, "kind": "message", "text": f"line {n}"}
            caller.report(json.dumps(line), None)
        return {"lines": []}

    daemon.results["log"] = log
    assert daemon.asked("log") == []
    out = cli("log", "a", "-f").out
    assert [line.rsplit("  ", 1)[-1].strip() for line in out.splitlines()] == ["line 1", "line 2"]
    assert daemon.asked("log") == [{"unit": "a", "follow": True}]


def test_tail_shows_the_last_lines(cli, daemon: CannedDaemon) -> None:
    lines = [{"n": n, "at": AT, "kind": "message", "text": f"line {n}"} for n in range(1, 31)]
    daemon.results["log"] = {"lines": lines}
    assert cli("tail", "a", "-n", "3", "--json").json == {"lines": lines[-3:]}
    assert len(cli("tail", "a").out.splitlines()) == 20


def test_every_result_can_be_shown_to_people(cli, daemon: CannedDaemon) -> None:
    """Of what the operations give, by their own types: nothing absent is taken for given."""
    shown = {
        "unit": {"unit": unit("a"), "attempts": [], "snapshots": []},
        "inject": {"units": [unit("a")], "warnings": []},
        "chunks": {"chunks": [{"name": "a", "path": "docs/chunks/a/GOAL.md", "says": "Do it."}]},
        "submitFuture": {"injected": ["a"], "uncommitted": ["b"], "alreadyInjected": []},
        "snapshots": {
            "snapshots": [
                {"id": "1" * 40, "unit": "a.1", "at": AT, "why": "turn", "files": 2, "tree": "t"}
            ]
        },
        "landings": {
            "landings": [{"id": "a.1", "unit": "a.1", "state": "LANDED", "snapshot": "s", "at": AT}]
        },
        "workspaces": {"workspaces": [{"unit": "a.1", "status": "RUNNING", "path": "/w"}]},
        "settings": {
            "settings": {"max_agents": {"value": 4, "origin": "default", "description": "How many"}}
        },
        "who": {"touches": [{"participant": "a", "access": "CREATE", "evidence": "OBSERVED"}]},
        "footprint": {
            "touches": [
                {"path": "x.py", "access": "CREATE", "evidence": "PREDICTED", "confidence": 0.5}
            ]
        },
        "pause": {"daemon": daemon.results["status"]["daemon"]},
        "retryAll": {"units": []},
        "history": {
            "events": [{"seq": 1, "at": AT, "kind": "unit.changed", "data": {"unit": unit("a")}}]
        },
    }
    typed = {operation: line for line, operation, _ in reversed(SENT)}
    for operation, result in shown.items():
        daemon.results[operation] = result
        said = cli(*typed[operation].split())
        assert said.code == 0, said.err
        assert said.out.strip()


STARTS = """
import sys
before = set(sys.modules)
from pointsman.doors.cli.run import run
code = run(sys.argv[1:])
print(*sorted({m.partition('.')[0] for m in set(sys.modules) - before} - sys.stdlib_module_names))
"""


def test_the_start_path_imports_the_standard_library_alone(
    daemon: CannedDaemon, repository: Repository
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", STARTS, "status", "--json", "--repository", str(repository.root)],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "XDG_RUNTIME_DIR": os.environ["XDG_RUNTIME_DIR"]},
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "pointsman"


def test_lsp_is_dispatched_before_the_table_is_read() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "pointsman.doors.cli.main", "lsp"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    imported = [line.rpartition("|")[2].strip() for line in done.stderr.splitlines()]
    assert "pointsman.doors.shim" in imported
    assert not {"argparse", "pointsman.doors.cli.commands", "pydantic", "rich"} & set(imported)


def test_help_names_every_command_once(capsys) -> None:
    with pytest.raises(SystemExit) as left:
        parser().parse_args(["--help"])
    assert left.value.code == 0
    told = capsys.readouterr().out
    assert all(told.count(f"\n    {command.name} ") == 1 for command in COMMANDS)


def test_every_operation_has_a_command() -> None:
    assert OPERATIONS.keys() - {c.operation for c in COMMANDS} == {"shutdown", "version"}
    assert {"daemon", "version"} <= {c.name for c in COMMANDS}


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("statsu", "'statsu' is no command. Do you mean 'status'?"),
        ("xyzzy", "'xyzzy' is no command. `pointsman --help`"),
        ("", "say which command"),
    ],
)
def test_what_is_no_command_is_told_in_one_line(cli, typed: str, told: str) -> None:
    said = cli(*typed.split())
    assert (said.code, said.out) == (2, "")
    assert told in said.err
    assert len(said.err.splitlines()) == 1


def test_the_version_is_told_without_a_daemon(cli) -> None:
    said = cli("--version")
    assert (said.code, said.out) == (0, f"pointsman {__version__}\n")
