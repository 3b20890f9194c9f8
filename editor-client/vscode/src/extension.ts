/** Where the editor comes in: makes the parts and joins them. */

import * as vscode from "vscode";
import { pickAnswer } from "./answering";
import { registerCommands } from "./commands/register";
import { openDiff } from "./documents/diff";
import { Merges } from "./documents/merge";
import { Transcripts } from "./documents/transcript";
import { Versions } from "./documents/versions";
import { Prompts } from "./prompts";
import { Repositories } from "./repositories";
import { type Own, Routes } from "./routes";
import { StatusBar } from "./statusBar";
import { Attention } from "./views/attention";
import { Conflicts } from "./views/conflicts";
import { Units } from "./views/units";
import { many, unlinked } from "./words";

const WALKTHROUGH = "pointsman.pointsman#start";

let repositories: Repositories | undefined;

/** What the extension's own tests look at. */
export interface Api {
  repositories: Repositories;
}

export async function activate(context: vscode.ExtensionContext): Promise<Api> {
  const output = vscode.window.createOutputChannel("Pointsman", { log: true });
  const versions = new Versions();
  const own: Record<string, Own> = {
    "pointsman.answerFile": async (repository, { item }) => {
      const found = repository.pool?.items.get(String(item));
      if (found) await pickAnswer(repository, found);
    },
    "pointsman.showDiff": (repository, { unit }) => openDiff(repository, versions, String(unit)),
    "pointsman.showTranscript": (repository, { unit }) =>
      transcripts.show(repository, String(unit)),
    "pointsman.conflicts": async () => vscode.commands.executeCommand("pointsman.conflicts.focus"),
  };
  const routes = new Routes(own);
  const found = new Repositories(output, routes.offer);
  repositories = found;
  routes.begin(found);
  const transcripts = new Transcripts(found);
  const merges = new Merges(versions, context.storageUri ?? context.globalStorageUri);

  const units = new Units(found);
  const attention = new Attention(found);
  const conflicts = new Conflicts(found);
  const view = vscode.window.createTreeView("pointsman.attention", { treeDataProvider: attention });
  const badge = found.onDidChange(() => {
    const { count } = attention;
    view.badge =
      count === 0
        ? undefined
        : { value: count, tooltip: `${many(count, "thing")} waiting for you` };
  });

  context.subscriptions.push(
    output,
    versions,
    routes,
    transcripts,
    units,
    attention,
    conflicts,
    view,
    badge,
    vscode.window.registerTreeDataProvider("pointsman.units", units),
    vscode.window.registerTreeDataProvider("pointsman.conflicts", conflicts),
    new StatusBar(found),
    new Prompts(found),
    ...registerCommands({ repositories: found, versions, merges, transcripts }),
    ...helps(output, found),
    contexts(found),
    missing(found),
  );
  void found.look();
  return { repositories: found };
}

export async function deactivate(): Promise<void> {
  await repositories?.dispose();
}

function helps(output: vscode.LogOutputChannel, found: Repositories): vscode.Disposable[] {
  const on = vscode.commands.registerCommand;
  return [
    on("pointsman.showOutput", () => output.show()),
    on("pointsman.reconnect", () => found.reconnect()),
    on("pointsman.setPath", () =>
      vscode.commands.executeCommand("workbench.action.openSettings", "pointsman.server.path"),
    ),
    on("pointsman.walkthrough", () =>
      vscode.commands.executeCommand("workbench.action.openWalkthrough", WALKTHROUGH, false),
    ),
  ];
}

/** Keys for `when` clauses: how the window stands, and whether work is paused. */
function contexts(found: Repositories): vscode.Disposable {
  const show = (): void => {
    const phases = found.all.map((repository) => repository.phase);
    const worst = (["missing", "away", "starting", "live"] as const).find((p) =>
      phases.includes(p),
    );
    const paused = found.all.some((repository) => repository.pool?.daemon.paused);
    const set = (key: string, value: unknown): void =>
      void vscode.commands.executeCommand("setContext", `pointsman.${key}`, value);
    set("phase", worst ?? "none");
    set("paused", paused);
  };
  show();
  return found.onDidChange(show);
}

/** Say once a window that the program was not found, and what to do. */
function missing(found: Repositories): vscode.Disposable {
  let told = false;
  return found.onDidChange(async () => {
    const repository = found.all.find((r) => r.phase === "missing");
    if (!repository || told) {
      told &&= repository !== undefined;
      return;
    }
    told = true;
    const INSTALL = "How to Install";
    const SETTINGS = "Open Settings";
    const chosen = await vscode.window.showWarningMessage(
      unlinked(repository.why),
      INSTALL,
      SETTINGS,
    );
    if (chosen === INSTALL) await vscode.commands.executeCommand("pointsman.walkthrough");
    if (chosen === SETTINGS) await vscode.commands.executeCommand("pointsman.setPath");
  });
}
