/** What is to be true of the extension from inside, and of its pure parts. */

import * as assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promises as fs } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import * as vscode from "vscode";
import { checkoutOf, checkoutsBelow, isInside } from "../src/checkout";
import { collisions, items } from "../src/commands/inject";
import { Merges } from "../src/documents/merge";
import { lineText } from "../src/documents/transcript";
import type { Versions } from "../src/documents/versions";
import type { Api } from "../src/extension";
import { Pool } from "../src/pool";
import { findProgram } from "../src/program";
import { notice } from "../src/prompts";
import type { Repository } from "../src/repository";
import { saying } from "../src/statusBar";
import type { AttentionItem, Conflict, Event, WorkUnit } from "../src/wire";
import { amount, firstLine, plain, span, uniconed } from "../src/words";

const AT = "2026-01-01T00:00:00Z";

const git = (cwd: string, ...asked: string[]): Promise<unknown> =>
  promisify(execFile)("git", asked, { cwd });

function unit(chunk: string, more: Partial<WorkUnit> = {}): WorkUnit {
  return {
    id: `${chunk}.1`,
    chunk,
    status: "RUNNING",
    agent: "demo",
    blockedBy: [],
    usage: { turns: 0, tokens: 0, money: 0, seconds: 0 },
    createdAt: AT,
    updatedAt: AT,
    attempts: 0,
    base: { branch: "main" },
    ...more,
  } as WorkUnit;
}

function item(more: Partial<AttentionItem> = {}): AttentionItem {
  return {
    id: "q1",
    unit: "a.1",
    chunk: "a",
    reason: "QUESTION",
    text: "Which?",
    options: [],
    since: AT,
    blocks: 1,
    unmerged: [],
    freeText: true,
    denied: [],
    ...more,
  } as AttentionItem;
}

function conflict(a: string, b: string, more: Partial<Conflict> = {}): Conflict {
  return {
    id: `${a} ${b}`,
    a,
    b,
    verdict: "ASK_OPERATOR",
    probability: 0.5,
    why: "",
    resolved: false,
    overlaps: [{ type: "SYMBOL", path: "src/x.py", symbol: "f", detail: "both", evidence: {} }],
    ...more,
  } as Conflict;
}

function pool(units: WorkUnit[] = [], waiting: AttentionItem[] = []): Pool {
  const daemon = { repository: "/r", paused: false, chunks: "docs/chunks" };
  return new Pool({ daemon, units, counts: {}, heard: {}, seq: 10 } as never, waiting, []);
}

function event(seq: number, kind: string, data: Record<string, unknown>, of = "a.1"): Event {
  return { seq, kind, data, unit: of, at: AT };
}

async function until<T>(look: () => T | undefined | false): Promise<T> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const found = look();
    if (found) return found;
    assert.ok(Date.now() < deadline, "it never came");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function folder(): Promise<string> {
  return fs.mkdtemp(path.join(tmpdir(), "pointsman-test-"));
}

export const tests: Record<string, () => void | Promise<void>> = {
  async "the extension connects to the repository of the open folder"() {
    const extension = vscode.extensions.getExtension<Api>("pointsman.pointsman");
    assert.ok(extension);
    const { repositories } = await extension.activate();
    const repository = await until(() => repositories.all.find((r) => r.phase === "live"));
    assert.equal(repository.name, "timetable");
    const { chunks } = await repository.call("chunks", { check: true });
    assert.ok(chunks.some((chunk) => chunk.name === "board-delays"));
  },

  async "every command of the palette is registered, and so is every operation"() {
    const known = await vscode.commands.getCommands(true);
    const extension = vscode.extensions.getExtension("pointsman.pointsman");
    const named: { command: string }[] = extension?.packageJSON.contributes.commands;
    for (const { command } of named) assert.ok(known.includes(command), command);
    for (const operation of ["inject", "answer", "verdict", "land"])
      assert.ok(known.includes(`pointsman.${operation}`), operation);
  },

  async "an operation called as a command gives its result"() {
    const told = await vscode.commands.executeCommand<{ daemon: { base: string } }>(
      "pointsman.status",
    );
    assert.equal(told.daemon.base, "main");
  },

  "an event twice changes nothing, and one that is missing is noticed"() {
    const now = pool([unit("a")]);
    const done = event(11, "unit.changed", { unit: unit("a", { status: "COMPLETED" }) });
    assert.equal(now.feed(done), true);
    assert.equal(now.units.get("a.1")?.status, "COMPLETED");
    assert.equal(now.feed(event(11, "unit.deleted", {})), true);
    assert.equal(now.units.size, 1);
    assert.equal(now.feed(event(13, "unit.deleted", {})), false);
    assert.equal(now.seq, 11);
  },

  "what waits is in the order of what it holds up, then of age"() {
    const now = pool(
      [],
      [
        item({ id: "q1", blocks: 1 }),
        item({ id: "q2", blocks: 3 }),
        item({ id: "q3", blocks: 1, since: "2025-01-01T00:00:00Z" }),
      ],
    );
    assert.deepEqual(
      now.waiting().map((i) => i.id),
      ["q2", "q3", "q1"],
    );
  },

  "a conflict is listed while both of its sides are live"() {
    const now = pool([unit("a"), unit("b")]);
    now.feed(event(11, "conflict.changed", { conflict: conflict("a", "b") }));
    assert.equal(now.pairs().length, 1);
    now.feed(event(12, "unit.changed", { unit: unit("b", { status: "COMPLETED" }) }, "b.1"));
    assert.equal(now.pairs().length, 0);
  },

  "a notification has a button an option, and asks for more where there are many"() {
    const few = [1, 2].map((n) => ({ id: `o${n}`, label: `Option ${n}` }));
    const many = [1, 2, 3, 4, 5].map((n) => ({ id: `o${n}`, label: "Same" }));
    assert.deepEqual(
      [...notice(item({ options: few })).actions.keys()],
      ["Option 1", "Option 2", "In words…"],
    );
    assert.deepEqual(
      [...notice(item({ options: many })).actions.keys()],
      ["Same", "Same (o2)", "More…"],
    );
    assert.ok(notice(item({ text: "x".repeat(5000) })).text.length < 500);
    const text = "a does not merge with main:\n\n> <<<<<<< main";
    const unmerged = notice(item({ reason: "LANDING_CONFLICT", text, options: many }));
    assert.equal(unmerged.text, "a does not merge with main.");
    assert.deepEqual([...unmerged.actions.keys()], ["Open Merge View", "Same", "More…"]);
  },

  "a notification has no link, whatever an agent asks"() {
    const link = "[Yes](command:workbench.action.terminal.sendSequence?%7B%7D)";
    const asked = notice(item({ text: `Shall I? ${link}` })).text;
    assert.doesNotMatch(asked, /\]\(/);
    assert.match(asked, /Shall I\? \[Yes\]/);
    assert.equal(uniconed("$(check) fine"), "\\$(check) fine");
  },

  "the status bar counts, and is urgent where something waits"() {
    const calm = saying([{ phase: "live", why: "", pool: pool([unit("a"), unit("b")]) }]);
    assert.match(calm?.text ?? "", /\$\(sync\) 2$/);
    assert.equal(calm?.urgent, false);
    const asked = saying([{ phase: "live", why: "", pool: pool([unit("a")], [item()]) }]);
    assert.equal(asked?.urgent, true);
    assert.equal(saying([]), undefined);
    assert.equal(saying([{ phase: "missing", why: "gone", pool: undefined }])?.tooltip, "gone");
  },

  "a chunk is shown with what it would collide with"() {
    const told = collisions("a", [
      conflict("a", "b", { probability: 0.3 }),
      conflict("a", "c", { probability: 0.9 }),
      conflict("a", "d", { verdict: "INDEPENDENT" }),
    ]);
    assert.equal(told, "$(warning) meets c at f in x.py (90 %) · b at f in x.py (30 %)");
    assert.equal(collisions("z", []), "$(check) meets nobody");
    const problem = { code: "chunk-uncommitted", message: "It differs.", remedy: "Commit it." };
    const rows = items(
      [
        { name: "a", path: "p", says: "" },
        { name: "b", path: "p", says: "", problem },
      ],
      [],
    );
    assert.deepEqual(
      rows.map((row) => row.label),
      ["ready", "a", "not yet", "b"],
    );
  },

  async "the program is taken from the setting, then PATH, then virtual environments"() {
    const here = await folder();
    const put = async (...parts: string[]): Promise<string> => {
      const file = path.join(here, ...parts);
      await fs.mkdir(path.dirname(file), { recursive: true });
      await fs.writeFile(file, "#!/bin/sh\n", { mode: 0o755 });
      return file;
    };
    const around = {
      configured: "",
      folders: [here],
      environment: { PATH: path.join(here, "bin") },
    };
    assert.ok("missing" in (await findProgram(around)));
    const inVenv = await put(".venv", "bin", "pointsman");
    assert.deepEqual(await findProgram(around), { program: inVenv });
    const onPath = await put("bin", "pointsman");
    assert.deepEqual(await findProgram(around), { program: onPath });
    const configured = await put("own", "pointsman");
    const named = { ...around, configured: "${workspaceFolder}/own/pointsman" };
    assert.deepEqual(await findProgram(named), { program: configured });
    assert.ok("missing" in (await findProgram({ ...around, configured: "nowhere" })));
    await fs.rm(here, { recursive: true });
  },

  async "a program that came with a repository, or that an agent wrote, is not run"() {
    const here = await fs.realpath(await folder());
    const put = async (root: string): Promise<void> => {
      const file = path.join(root, ".venv", "bin", "pointsman");
      await fs.mkdir(path.dirname(file), { recursive: true });
      await fs.writeFile(file, "#!/bin/sh\n", { mode: 0o755 });
    };
    const found = async (root: string): Promise<boolean> =>
      "program" in (await findProgram({ configured: "", folders: [root], environment: {} }));
    const theirs = path.join(here, "theirs");
    await put(theirs);
    await git(theirs, "init", "--quiet");
    assert.equal(await found(theirs), true);
    await git(theirs, "add", "--force", ".venv");
    assert.equal(await found(theirs), false);

    const state = path.join(here, "0123456789abcdef");
    const workspace = path.join(state, "workspaces", "a.1");
    await put(workspace);
    await git(workspace, "init", "--quiet");
    assert.equal(await checkoutOf(workspace), workspace);
    await fs.mkdir(path.join(state, "units"));
    assert.equal(await found(workspace), false);
    assert.equal(await checkoutOf(workspace), undefined);
    assert.deepEqual(await checkoutsBelow(path.dirname(workspace)), []);
    await fs.rm(here, { recursive: true });
  },

  async "merged files that came too late are kept"() {
    const here = await folder();
    const merged = path.join(here, "merges", "a.1", "src", "x.py");
    await fs.mkdir(path.dirname(merged), { recursive: true });
    await fs.writeFile(merged, "merged by hand\n");
    const waits = item({
      reason: "LANDING_CONFLICT",
      unmerged: [{ path: "src/x.py" }] as AttentionItem["unmerged"],
    });
    const data = { code: "already-answered", message: "It was answered." };
    const late = {
      pool: pool([unit("a")], [waits]),
      call: () => Promise.reject(Object.assign(new Error(), { data })),
    } as unknown as Repository;
    const merges = new Merges({} as Versions, vscode.Uri.file(here));
    await merges.sendResolution(late, "a.1");
    assert.equal(await fs.readFile(merged, "utf8"), "merged by hand\n");
    const taken = { ...late, call: () => Promise.resolve({}) } as unknown as Repository;
    await merges.sendResolution(taken, "a.1");
    await assert.rejects(fs.readFile(merged));
  },

  async "a checkout is found above a folder and just below one"() {
    const here = await folder();
    await fs.mkdir(path.join(here, "one", ".git"), { recursive: true });
    await fs.mkdir(path.join(here, "one", "deep", "er"), { recursive: true });
    await fs.mkdir(path.join(here, "two"));
    assert.equal(await checkoutOf(path.join(here, "one", "deep", "er")), path.join(here, "one"));
    assert.equal(await checkoutOf(path.join(here, "two")), undefined);
    assert.deepEqual(await checkoutsBelow(here), [path.join(here, "one")]);
    assert.ok(isInside("/a/b/c", "/a/b"));
    assert.ok(!isInside("/a/bc", "/a/b"));
    await fs.rm(here, { recursive: true });
  },

  "words are short, and what agents wrote is no Markdown"() {
    assert.deepEqual([0, 61e3, 3.7e6, 2e8].map(span), ["0s", "1m", "1h", "2d"]);
    assert.deepEqual([999, 12_345, 3_100_000].map(amount), ["999", "12k", "3.1M"]);
    assert.equal(firstLine("\n\n  hello  \nworld"), "hello");
    assert.equal(plain("[x](command:evil) <b>"), "\\[x\\]\\(command:evil\\) \\<b\\>");
    const line = { n: 1, at: AT, kind: "tool", text: "run\nmore\n" };
    assert.match(lineText(line), /^\d\d:\d\d:\d\d {2}tool {8}run\n {22}more\n$/);
    for (const end of ["\r", "\u2028"])
      assert.match(lineText({ ...line, text: `a${end}12:00:00  told` }), /a\n {22}12:00:00/);
  },
};
