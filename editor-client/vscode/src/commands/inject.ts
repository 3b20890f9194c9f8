/** "Inject Chunk": the chunks that can be injected, with what each would collide with. */

import * as vscode from "vscode";
import { tell } from "../failure";
import type { Repository } from "../repository";
import type { ChunkInfo, Conflict } from "../wire";
import { percent, uniconed, unlinked, where } from "../words";

/** How many chunks are compared before they are shown; comparing grows with their square. */
const COMPARED = 40;

interface ChunkPick extends vscode.QuickPickItem {
  chunk?: ChunkInfo;
}

const OPEN: vscode.QuickInputButton = {
  iconPath: new vscode.ThemeIcon("go-to-file"),
  tooltip: "Open its GOAL.md",
};

export async function injectChunk(repository: Repository): Promise<void> {
  const picked = await pickChunks(repository);
  if (picked.length === 0) return;
  await inject(repository, picked);
}

async function inject(repository: Repository, chunks: string[]): Promise<void> {
  try {
    const done = await repository.call("inject", { chunks });
    for (const warning of done.warnings)
      void vscode.window.showWarningMessage(
        unlinked(`${warning.message} ${warning.remedy}`.trim()),
      );
    await vscode.commands.executeCommand("pointsman.units.focus");
  } catch (error) {
    await tell(error);
  }
}

async function pickChunks(repository: Repository): Promise<string[]> {
  const pick = vscode.window.createQuickPick<ChunkPick>();
  pick.title = "Pointsman: Inject Chunk";
  pick.placeholder = "Which chunks shall be worked on?";
  pick.canSelectMany = true;
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  pick.busy = true;
  pick.show();
  pick.onDidTriggerItemButton(
    ({ item }) => void (item.chunk && openGoal(repository, item.chunk.path)),
  );
  try {
    void fill(repository, pick);
    return await new Promise<string[]>((resolve) => {
      pick.onDidAccept(() => {
        const chosen = pick.selectedItems.length > 0 ? pick.selectedItems : pick.activeItems;
        const refused = chosen.find((item) => item.chunk?.problem);
        if (refused?.chunk?.problem) {
          void tell(Object.assign(new Error(), { data: refused.chunk.problem }));
          return;
        }
        resolve(chosen.flatMap((item) => (item.chunk ? [item.chunk.name] : [])));
      });
      pick.onDidHide(() => resolve([]));
    });
  } finally {
    pick.dispose();
  }
}

async function fill(repository: Repository, pick: vscode.QuickPick<ChunkPick>): Promise<void> {
  try {
    const all = (await repository.call("chunks", { check: true })).chunks;
    const chunks = all.filter(injectable);
    if (chunks.length === 0) {
      pick.placeholder = "There is no chunk to inject: write one with “Pointsman: New Chunk”.";
      return;
    }
    pick.items = items(chunks, undefined);
    const ready = chunks.filter((chunk) => !chunk.problem).slice(0, COMPARED);
    if (ready.length === 0) return;
    const { conflicts } = await repository.call("analyze", { chunks: ready.map((c) => c.name) });
    const selected = new Set(pick.selectedItems.map((item) => item.label));
    pick.items = items(chunks, conflicts);
    pick.selectedItems = pick.items.filter((item) => selected.has(item.label));
  } catch (error) {
    pick.hide();
    await tell(error);
  } finally {
    pick.busy = false;
  }
}

/** Whether a chunk belongs in the list: written to be injected, and not in the pool. Pure. */
export function injectable(chunk: ChunkInfo): boolean {
  return chunk.status === "FUTURE" && chunk.problem?.code !== "already-injected";
}

/** The rows: what can go in, then what can't yet. Pure. */
export function items(chunks: ChunkInfo[], conflicts: Conflict[] | undefined): ChunkPick[] {
  const ready = chunks.filter((chunk) => !chunk.problem);
  const refused = chunks.filter((chunk) => chunk.problem);
  const heading = (label: string): ChunkPick => ({
    label,
    kind: vscode.QuickPickItemKind.Separator,
  });
  return [
    ...(ready.length && refused.length ? [heading("ready")] : []),
    ...ready.map((chunk) => row(chunk, conflicts && collisions(chunk.name, conflicts))),
    ...(refused.length ? [heading("not yet")] : []),
    ...refused.map((chunk) => row(chunk, `$(error) ${chunk.problem?.message ?? ""}`)),
  ];
}

function row(chunk: ChunkInfo, detail: string | undefined): ChunkPick {
  return {
    label: chunk.name,
    description: uniconed(chunk.says),
    detail: detail ?? "$(loading~spin) looking for collisions",
    buttons: [OPEN],
    chunk,
  };
}

/** What a chunk would collide with, the likeliest first, in a line. Pure. */
export function collisions(chunk: string, conflicts: Conflict[]): string {
  const own = conflicts
    .filter((c) => (c.a === chunk || c.b === chunk) && c.verdict !== "INDEPENDENT")
    .sort((a, b) => b.probability - a.probability);
  if (own.length === 0) return "$(check) meets nobody";
  const told = own.slice(0, 3).map((conflict) => {
    const other = conflict.a === chunk ? conflict.b : conflict.a;
    const [overlap] = conflict.overlaps;
    const place = overlap ? ` at ${where(overlap)}` : "";
    return `${other}${place} (${percent(conflict.probability)})`;
  });
  const more = own.length > 3 ? ` and ${own.length - 3} more` : "";
  return `$(warning) meets ${told.join(" · ")}${more}`;
}

export async function openGoal(repository: Repository, path: string): Promise<void> {
  await vscode.window.showTextDocument(vscode.Uri.joinPath(repository.root, path));
}
