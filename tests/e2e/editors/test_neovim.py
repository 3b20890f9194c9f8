"""Neovim with the plugin: the walk, and what has to hold when something dies."""

import json
import os
import random
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from rig import CODE, GATE, Rig
from tests.e2e.editors.neovim import PLUGIN, Neovim, program, unpacked

NVIM = program()
pytestmark = [
    pytest.mark.e2e,
    pytest.mark.timeout(120),
    pytest.mark.skipif(
        NVIM is None,
        reason="no Neovim 0.11 or newer, and terminal_editors.sh can't unpack one here",
    ),
]

SOURCE = "src/greet.py"
GOAL = "docs/chunks/alpha/GOAL.md"
SYMBOL_LINE = CODE.splitlines().index("def greet(name):")
ALPHA = (
    GATE,
    {"ask": {"question": "Which greeting?", "options": ["Hello", "Good day"]}},
    {"replace": {"path": SOURCE, "old": '"hi "', "new": '"{answer} "'}},
    {"ask": {"question": "Which motto?"}},
    {"append": {"path": SOURCE, "text": "\nMOTTO = '{answer}'\n"}},
    {"ask": {"question": "Which name?"}},
    {"append": {"path": SOURCE, "text": "NAME = '{answer}'\n"}},
)
BETA = {"replace": {"path": SOURCE, "old": "def greet(name)", "new": "def greet(name, /)"}}

Open = Callable[..., Neovim]


@pytest.fixture
def editors(rig: Rig) -> Iterator[Open]:
    """Opens editors on the rig's repository; they and the daemon are gone at the end."""
    assert NVIM is not None
    opened: list[Neovim] = []

    def open_one(*files: str, screen: bool = False) -> Neovim:
        opened.append(Neovim(NVIM, rig, f"editor{len(opened)}", *files, screen=screen))
        return opened[-1]

    try:
        yield open_one
    finally:
        for editor in opened:
            editor.kill()
        rig.stop()
        if rig.root.exists():
            rig.cli("daemon", "stop")


@pytest.fixture
def asking(rig: Rig) -> Rig:
    rig.make_repository()
    rig.chunk("alpha", *ALPHA)
    rig.chunk("beta", BETA)
    return rig


def connected(editor: Neovim) -> None:
    editor.until("return #vim.lsp.get_clients({ name = 'pointsman' }) > 0")


def test_from_inject_over_verdict_and_questions_to_landed(asking: Rig, editors: Open):
    editor = editors(SOURCE)
    connected(editor)
    editor.command("Pointsman inject alpha beta")

    # The conflict at the symbol, with its sign; a verdict by the code action there.
    conflict = editor.marked(SOURCE, "conflict-symbol")
    assert conflict["line"] == SYMBOL_LINE
    assert "⇄" in editor.until(
        """
        local signs = vim.api.nvim_buf_get_extmarks(0, -1, 0, -1, { details = true, type = 'sign' })
        return vim.tbl_map(function(sign) return vim.trim(sign[4].sign_text) end, signs)
        """
    )
    editor.lua("vim.api.nvim_win_set_cursor(0, { ..., 0 })", SYMBOL_LINE + 1)
    editor.act("Serialize: alpha first")
    judged = asking.eventually(
        lambda: [c for c in asking.call("conflicts")["conflicts"] if c["decidedBy"] == "operator"]
    )
    assert [(c["verdict"], c["first"]) for c in judged] == [("SERIALIZE", "alpha")]

    # A question: told without stopping anything, and answered by picking.
    asking.at_gate("alpha")
    asking.open("alpha")
    editor.marked(GOAL, "question", "Which greeting?")
    editor.until("return vim.iter(Told):any(function(w) return w:find('Which greeting?') end)")
    assert not editor.lua("return Blocked()")
    editor.command("Pointsman answer", pick=["Good day"])
    editor.marked(GOAL, "question", "Which motto?")

    # In words: typed after the command's own question, and below the line in a file.
    editor.command("Pointsman answer alpha", pick=["In your own words…"], words=["no haste"])
    editor.marked(GOAL, "question", "Which name?")
    editor.command("Pointsman! answer alpha")
    editor.until("return vim.api.nvim_buf_get_name(0):find('answer%-q') ~= nil")
    editor.lua("vim.api.nvim_buf_set_lines(0, -1, -1, false, { 'Olga' })")
    editor.act("Send answer")
    editor.until("return vim.api.nvim_buf_get_name(0):find('answer%-q') == nil")

    # Landed, one after the other, and nothing is marked any more.
    for chunk in ("alpha", "beta"):
        asking.reach(chunk, "COMPLETED")
    editor.until("return #vim.diagnostic.get() == 0")
    text = asking.on_base(SOURCE)
    assert text is not None
    assert 'return "Good day " + name' in text
    assert "MOTTO = 'no haste'\nNAME = 'Olga'\n" in text
    assert "def greet(name, /):" in text


def test_two_editors_on_one_daemon_agree_within_a_second(asking: Rig, editors: Open):
    one, other = editors(SOURCE), editors(SOURCE)
    for editor in (one, other):
        connected(editor)
    one.command("Pointsman inject alpha beta")
    one.marked(SOURCE, "conflict-symbol")
    other.marked(SOURCE, "conflict-symbol")
    asked = "return #vim.diagnostic.get(0, { severity = vim.diagnostic.severity.WARN })"
    assert one.lua(asked) == other.lua(asked) == 1
    other.command("Pointsman verdict alpha beta serialize")
    asking.eventually(lambda: asking.call("conflicts")["conflicts"][0].get("first"))
    one.until(f"{asked} == 0", within=1.0)
    other.until(f"{asked} == 0", within=1.0)


def test_an_editor_that_was_killed_comes_back_to_what_it_left(asking: Rig, editors: Open):
    first = editors(SOURCE)
    connected(first)
    first.command("Pointsman inject alpha beta")
    first.marked(SOURCE, "conflict-symbol")
    first.kill()
    again = editors(SOURCE)
    assert again.marked(SOURCE, "conflict-symbol")["line"] == SYMBOL_LINE
    again.command("Pointsman units")
    again.until("return vim.fn.search('alpha ⇄ beta', 'w') > 0")


def test_the_daemon_is_killed_and_the_editor_is_there_again(asking: Rig, editors: Open):
    asking.start()
    editor = editors(SOURCE)
    connected(editor)
    editor.command("Pointsman inject alpha beta")
    editor.marked(SOURCE, "conflict-symbol")
    session = "return vim.lsp.get_clients({ name = 'pointsman', bufnr = 0 })[1].id"
    before = editor.lua(session)
    pool = "local pool = require('pointsman.pool').here() "
    os.kill(asking.daemon_pid, signal.SIGSTOP)  # so that it dies with questions unanswered
    editor.lua(f"{pool} pool:look_soon(0)")
    editor.until(f"{pool} return pool.looking")
    asking.kill()
    editor.until(
        "local now = vim.lsp.get_clients({ name = 'pointsman', bufnr = 0 })[1]"
        " return now and now.id ~= ...",
        before,
    )
    assert editor.marked(SOURCE, "conflict-symbol")["line"] == SYMBOL_LINE
    editor.command("Pointsman verdict alpha beta independent")
    editor.until("return #vim.diagnostic.get(0) == 0")
    editor.until(f"{pool} return pool.alive and pool.conflicts[1].verdict == 'INDEPENDENT'")
    assert not [words for words in editor.told() if "quit with exit code" in words]


def test_a_repository_in_a_subfolder_is_found_from_its_file(asking: Rig, editors: Open):
    editor = editors()
    editor.lua("vim.cmd.cd(...)", str(asking.home))
    assert editor.lua("return #vim.lsp.get_clients({ name = 'pointsman' })") == 0
    editor.edit(str(asking.root / SOURCE))
    connected(editor)
    editor.command("Pointsman inject alpha beta")
    editor.marked(SOURCE, "conflict-symbol")
    assert editor.lua("return vim.lsp.get_clients()[1].root_dir") == str(asking.root)


def test_a_file_outside_any_repository_gets_no_error_and_no_daemon(rig: Rig, editors: Open):
    lonely = rig.home / "lonely.py"
    lonely.write_text(CODE)
    editor = editors(str(lonely))
    editor.until("return vim.bo.filetype == 'python'")
    assert editor.lua("return #vim.lsp.get_clients({ name = 'pointsman' })") == 0
    assert editor.lua("return require('pointsman').statusline()") == ""
    assert editor.told() == []
    assert list(rig.runtime.glob("pointsman/*.sock")) == []
    editor.command("Pointsman units")
    editor.until("return #Told > 0")
    assert "no git repository" in editor.told()[0]


def test_a_message_box_of_the_servers_stops_nobody_and_is_answered_when_asked_for(
    asking: Rig, editors: Open
):
    editor = editors(SOURCE, screen=True)
    connected(editor)
    editor.lua("vim.lsp.config('pointsman', { init_options = { prompts = true } })")
    editor.command("Pointsman restart")
    editor.until("return vim.list_contains(Told, 'Connected anew.')")
    editor.command("Pointsman inject alpha")
    asking.eventually(lambda: asking.call("status")["units"])
    asking.at_gate("alpha")
    asking.open("alpha")
    editor.until("return #require('pointsman.pool').here().boxes == 1")
    assert not editor.lua("return Blocked()")
    box = "alpha: Which greeting?"
    editor.command("Pointsman answer", pick=[box, "Hello"])
    editor.marked(GOAL, "question", "Which motto?")
    assert not editor.lua("return Blocked()")


def test_many_messages_at_once_never_ask_for_enter(asking: Rig, editors: Open):
    editor = editors(SOURCE, screen=True)
    long = "a question that goes on and on, " * 20
    editor.lua("for n = 1, 5 do require('pointsman.notify').tell(n .. ' ' .. ..., n % 3) end", long)
    editor.until("return #Told > 0")
    assert not editor.lua("return Blocked()")
    (told,) = editor.told()
    assert told.endswith("(+4, see :Pointsman)")


def test_what_can_be_looked_at_from_the_list(asking: Rig, editors: Open):
    editor = editors(SOURCE)
    connected(editor)
    editor.command("Pointsman inject", pick=["alpha"])
    asking.eventually(lambda: asking.call("status")["units"])
    asking.at_gate("alpha")
    asking.open("alpha")
    asking.item("alpha", "QUESTION")

    # The list tells of the question, and answers it by a key.
    editor.command("Pointsman units")
    editor.until("return vim.fn.search('alpha .*waits for you .*Which greeting', 'w') > 0")
    assert "◆1" in editor.lua("return require('pointsman').statusline()")
    editor.lua("Picks = { 'Hello' } ; vim.api.nvim_feedkeys('a', 'x', false)")
    editor.until("return vim.fn.search('Which motto', 'w') > 0")

    # Completion knows chunks, units, options and verdicts, from what is known already.
    def completed(line: str) -> list[str]:
        return editor.lua("return vim.fn.getcompletion(..., 'cmdline')", line)

    assert completed("Pointsman in") == ["inject"]
    assert completed("Pointsman inject ") == ["beta"]
    assert completed("Pointsman diff a") == ["alpha"]
    assert completed("Pointsman verdict alpha beta s") == ["serialize"]

    # Its transcript comes line by line; its diff is two texts side by side.
    editor.command("Pointsman transcript alpha")
    editor.until("return vim.bo.filetype == 'pointsman-transcript'")
    editor.until("return vim.fn.search('Which motto', 'w') > 0")
    editor.lua("vim.cmd.close()")
    editor.command("Pointsman units")
    editor.lua("vim.api.nvim_feedkeys(vim.keycode('<CR>'), 'x', false)")
    editor.until("return vim.wo.diff")
    assert 'return "Hello " + name' in editor.text()
    editor.lua("vim.cmd('wincmd h')")
    assert 'return "hi " + name' in editor.text()
    editor.lua("vim.api.nvim_feedkeys('q', 'x', false)")
    assert editor.lua("return #vim.api.nvim_list_tabpages()") == 1

    editor.command("checkhealth pointsman")
    report = editor.text()
    assert "the daemon" in report and "answers" in report
    assert "pointsman doctor" in report and "bubblewrap" in report
    assert "Error" not in editor.lua("return vim.fn.execute('messages')")


def test_a_patch_of_gits_on_the_old_text_gives_the_new_one(tmp_path: Path):
    """What the right side of a diff shows, for many texts that differ in many ways."""
    chance = random.Random(7)
    words = ["", "a", "b", "-- c", "++ d", "@@ -1 +1 @@", "diff --git a/x b/x", "\\ e"]
    cases = []
    for n in range(60):
        old = [chance.choice(words) for _ in range(chance.randrange(20))]
        new = [w for w in old if chance.random() < 0.8]
        for _ in range(chance.randrange(4)):
            new.insert(chance.randrange(len(new) + 1), chance.choice(words))
        for side, lines in (("old", old), ("new", new)):
            tmp_path.joinpath(f"{side}{n}").write_text("".join(f"{line}\n" for line in lines))
        diff = ["git", "diff", "--no-index", f"-U{n % 4}", "--", f"old{n}", f"new{n}"]
        done = subprocess.run(diff, cwd=tmp_path, capture_output=True, text=True)
        cases.append({"old": old, "new": new, "patch": done.stdout, "path": f"new{n}"})
    tmp_path.joinpath("cases.json").write_text(json.dumps(cases))
    tmp_path.joinpath("try.lua").write_text(
        """
        vim.opt.rtp:prepend(arg[1])
        local patch = require('pointsman.patch')
        for _, case in ipairs(vim.json.decode(io.open(arg[2]):read('a'))) do
          local hunks = patch.hunks(case.patch)[case.path] or {}
          assert(vim.deep_equal(patch.apply(case.old, hunks), case.new), vim.inspect(case))
        end
        """
    )
    assert NVIM is not None
    tried = subprocess.run(
        [NVIM, "-l", tmp_path / "try.lua", PLUGIN, tmp_path / "cases.json"],
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert tried.returncode == 0, tried.stderr


def test_an_agents_workspace_is_no_repository(tmp_path: Path):
    """What it holds, the agent wrote: a program in it would run outside the agent's sandbox."""
    workspace = tmp_path / "0123456789abcdef/workspaces/a.1"
    subprocess.run(["git", "init", "--quiet", workspace], check=True)
    tmp_path.joinpath("try.lua").write_text(
        """
        vim.opt.rtp:prepend(arg[1])
        vim.cmd.cd(arg[2])
        vim.cmd.edit(arg[2] .. '/0123456789abcdef/workspaces/a.1/file')
        print(require('pointsman.session').root() or 'none')
        """
    )

    def root() -> str:
        assert NVIM is not None
        tried = subprocess.run(
            [NVIM, "-l", tmp_path / "try.lua", PLUGIN, tmp_path],
            env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
        )
        assert tried.returncode == 0, tried.stderr
        return tried.stderr.strip()

    assert root() == str(workspace.resolve())
    (tmp_path / "0123456789abcdef/units").mkdir()
    assert root() == "none"


def test_luacheck_has_nothing_to_say():
    luacheck = shutil.which("luacheck") or shutil.which(unpacked("luacheck"))
    if luacheck is None:
        pytest.skip("no luacheck, and terminal_editors.sh can't unpack it here")
    said = subprocess.run(
        [luacheck, "--no-color", "--quiet", "."], cwd=PLUGIN, capture_output=True, text=True
    )
    assert said.returncode == 0, said.stdout


def test_without_the_program_it_says_what_to_do(rig: Rig, editors: Open):
    rig.make_repository()
    rig.write(".venv/bin/pointsman", "#!/bin/sh\ntouch ran\n").chmod(0o755)
    rig.commit("a program of somebody else's")
    editor = editors()
    editor.lua("vim.env.PATH = '/usr/bin:/bin'")
    editor.edit(SOURCE)
    editor.until("return #Told > 0")
    assert "not on PATH" in editor.told()[0]
    assert not (rig.root / "ran").exists()


def test_who_touches_a_symbol_stands_above_it_or_at_the_end_of_its_line(asking: Rig, editors: Open):
    editor = editors(SOURCE)
    connected(editor)
    editor.command("Pointsman inject alpha beta")
    editor.until(
        """
        local line = ...
        return vim.iter(vim.lsp.codelens.get({ bufnr = 0 })):any(function(found)
          local title = found.lens.command.title
          return found.lens.range.start.line == line and title:find('alpha') and title:find('beta')
        end)
        """,
        SYMBOL_LINE,
    )
    editor.lua("require('pointsman').setup({ annotations = 'hints' })")
    editor.command("Pointsman restart")
    editor.until(
        """
        local line = ...
        return vim.iter(vim.lsp.inlay_hint.get({ bufnr = 0 })):any(function(found)
          return found.inlay_hint.position.line == line
        end)
        """,
        SYMBOL_LINE,
    )


def test_what_else_can_be_done_by_command(asking: Rig, editors: Open):
    editor = editors(SOURCE)
    connected(editor)
    editor.command("Pointsman new fresh")
    editor.until("return vim.endswith(vim.api.nvim_buf_get_name(0), 'fresh/GOAL.md')")
    editor.command("Pointsman new fresh")
    editor.until("return #Told > 0")
    assert "is there already" in editor.told()[0]

    editor.edit(SOURCE)
    editor.command("Pointsman submit")
    editor.marked(SOURCE, "conflict-symbol")
    for listed, words in (("conflicts", "alpha ⇄ beta"), ("attention", "beta needs a verdict")):
        editor.command(f"Pointsman {listed}")
        editor.until("return vim.bo.buftype == 'quickfix'")
        assert words in editor.text()
        editor.command("cclose")
    editor.lua("vim.api.nvim_win_set_cursor(0, { ..., 0 })", SYMBOL_LINE + 1)
    editor.command("Pointsman who")
    editor.until("return vim.api.nvim_win_get_config(0).relative ~= ''")
    assert "alpha" in editor.text() and "beta" in editor.text()
    editor.command("close")

    editor.command("Pointsman cancel beta", pick=["Cancel it"])
    asking.reach("beta", "CANCELLED")
    editor.command("Pointsman stop")
    editor.until("return #vim.lsp.get_clients({ name = 'pointsman' }) == 0")
    editor.command("Pointsman")
    connected(editor)
