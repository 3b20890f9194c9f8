/** The commands of the palette and the trees, each with the repository and thing it is about. */

import * as vscode from "vscode";
import { pickAnswer } from "../answering";
import { openDiff } from "../documents/diff";
import type { Merges } from "../documents/merge";
import type { Transcripts } from "../documents/transcript";
import type { Versions } from "../documents/versions";
import { tell } from "../failure";
import type { Repositories } from "../repositories";
import type { Repository } from "../repository";
import { choose } from "../routes";
import { headline, type ItemNode } from "../views/attention";
import type { ConflictNode } from "../views/conflicts";
import type { UnitNode } from "../views/units";
import type { AttentionItem } from "../wire";
import { itemLine, REASONS, uniconed } from "../words";
import { injectChunk, openGoal } from "./inject";
import { newChunk } from "./newChunk";
import { pickUnit, WANTED, type Wanted } from "./units";
import { judge, pickConflict, pickVerdict } from "./verdict";

export interface Parts {
  repositories: Repositories;
  versions: Versions;
  merges: Merges;
  transcripts: Transcripts;
}

/** What a command may be called with: a row of a tree, or a repository and a name. */
type Given = Partial<UnitNode & ItemNode & ConflictNode> & { named?: string };

export function registerCommands(parts: Parts): vscode.Disposable[] {
  const { repositories } = parts;
  const on = (
    name: string,
    does: (repository: Repository, given: Given) => Promise<unknown>,
  ): vscode.Disposable =>
    vscode.commands.registerCommand(`pointsman.${name}`, async (given?: Given) => {
      const repository = given?.repository ?? (await choose(repositories));
      if (!repository) return;
      try {
        await does(repository, given ?? {});
      } catch (error) {
        void tell(error);
      }
    });
  const onUnit = (
    name: string,
    wanted: Wanted,
    does: (repository: Repository, unit: string) => Promise<unknown>,
  ): vscode.Disposable =>
    on(name, async (repository, given) => {
      const known = given.unit?.id ?? given.attention?.unit ?? given.named;
      const unit = known ?? (await pickUnit(repository, wanted))?.id;
      if (unit) await does(repository, unit);
    });
  const onConflict = (
    name: string,
    does: (repository: Repository, given: ConflictNode) => Promise<unknown>,
  ): vscode.Disposable =>
    on(name, async (repository, given) => {
      const conflict = given.conflict ?? (await pickConflict(repository));
      if (conflict) await does(repository, { ...given, conflict } as ConflictNode);
    });

  return [
    on("injectChunk", (repository) => injectChunk(repository)),
    on("newChunk", (repository) => newChunk(repository)),
    on("pauseWork", (repository) => repository.call("pause", {})),
    on("resumeWork", (repository) => repository.call("resume", {})),
    onUnit("openDiff", WANTED.diff, (r, unit) => openDiff(r, parts.versions, unit)),
    onUnit("openTranscript", WANTED.transcript, (r, unit) => parts.transcripts.show(r, unit)),
    onUnit("openMerge", WANTED.merge, (r, unit) => parts.merges.open(r, unit)),
    onUnit("sendResolution", WANTED.merge, (r, unit) => parts.merges.sendResolution(r, unit)),
    onUnit("landUnit", WANTED.land, (r, unit) => r.call("land", { unit })),
    onUnit("retryUnit", WANTED.retry, (r, unit) => r.call("retry", { unit })),
    onUnit("cancelUnit", WANTED.cancel, cancel),
    onUnit("prioritizeUnit", WANTED.prioritize, prioritize),
    onUnit("openGoal", WANTED.transcript, async (r, unit) => {
      const chunk = r.pool?.find(unit)?.chunk;
      if (chunk) await openGoal(r, `${r.pool?.daemon.chunks}/${chunk}/GOAL.md`);
    }),
    on("openWorkspace", (_, given) => openWorkspace(given)),
    vscode.commands.registerCommand("pointsman.answerItem", (given?: Given) =>
      answerItem(repositories, given ?? {}),
    ),
    onConflict("judge", (r, { conflict }) => pickVerdict(r, conflict)),
    onConflict("judgeFirst", (r, { conflict }) => judge(r, conflict, "SERIALIZE", conflict.a)),
    onConflict("judgeSecond", (r, { conflict }) => judge(r, conflict, "SERIALIZE", conflict.b)),
    onConflict("judgeIndependent", (r, { conflict }) => judge(r, conflict, "INDEPENDENT")),
    onConflict("askAgents", (r, { conflict }) => judge(r, conflict, "ASK_AGENTS")),
  ];
}

async function cancel(repository: Repository, unit: string): Promise<void> {
  const CANCEL = "Cancel It";
  const chosen = await vscode.window.showWarningMessage(
    `Cancel ${unit}?`,
    { modal: true, detail: "Its agent is stopped; its work is kept as snapshots." },
    CANCEL,
  );
  if (chosen === CANCEL) await repository.call("cancel", { unit });
}

async function prioritize(repository: Repository, unit: string): Promise<void> {
  const now = repository.pool?.find(unit)?.priority ?? 0;
  const text = await vscode.window.showInputBox({
    title: `Priority of ${unit}`,
    prompt: "Higher goes first; from -1000 to 1000.",
    value: String(now),
    validateInput: (value) =>
      /^-?\d+$/.test(value) && Math.abs(Number(value)) <= 1000 ? undefined : "A whole number.",
  });
  if (text !== undefined) await repository.call("prioritize", { unit, priority: Number(text) });
}

async function openWorkspace(given: Given): Promise<void> {
  const folder = given.unit?.workspace;
  if (folder)
    await vscode.commands.executeCommand("vscode.openFolder", vscode.Uri.file(folder), {
      forceNewWindow: true,
    });
}

/** The row's item; the one that is picked of several; the only one. */
async function answerItem(repositories: Repositories, given: Given): Promise<void> {
  if (given.repository && given.attention) {
    await pickAnswer(given.repository, given.attention);
    return;
  }
  const now = Date.now();
  const open: { repository: Repository; attention: AttentionItem }[] = repositories.pools.flatMap(
    (repository) =>
      (repository.pool?.waiting() ?? []).map((attention) => ({ repository, attention })),
  );
  if (open.length === 0) {
    void vscode.window.showInformationMessage("Nothing waits for you.");
    return;
  }
  const picked =
    open.length === 1
      ? open[0]
      : await vscode.window.showQuickPick(
          open.map((entry) => ({
            label: `$(${REASONS[entry.attention.reason].icon}) ${uniconed(headline(entry.repository, entry.attention))}`,
            description: itemLine(entry.attention, now),
            ...entry,
          })),
          { title: "Pointsman: Answer", placeHolder: "What shall be answered?" },
        );
  if (picked) await pickAnswer(picked.repository, picked.attention);
}
