/**
 * What keeps a unit from landing, in the merge editor: what both started from, base, and the unit.
 *
 * The merged file belongs to the operator, in the extension's own folder. It becomes the agent's by
 * being sent: as an answer in words, which the agent works in when it goes on.
 */

import * as vscode from "vscode";
import { send } from "../answering";
import type { Repository } from "../repository";
import type { AttentionItem, Operations, UnmergedFile, WorkUnit } from "../wire";
import { uniconed } from "../words";
import type { Versions } from "./versions";

type Diff = Operations["diff"]["result"];

export class Merges {
  constructor(
    private readonly versions: Versions,
    private readonly storage: vscode.Uri,
  ) {}

  async open(repository: Repository, named: string): Promise<void> {
    const { unit } = await repository.call("unit", { unit: named });
    const diff = await repository.call("diff", { unit: unit.id, conflict: true });
    const file = await pickFile(unit, diff.unmerged);
    if (!file) return;
    const output = this.file(unit, file.path);
    if (!(await exists(output))) await this.begin(output, file);
    await this.show(unit, diff, file, output);
    await this.offer(repository, unit);
  }

  /** Send what was merged to the unit's agent. */
  async sendResolution(repository: Repository, named: string): Promise<void> {
    const unit = repository.pool?.find(named);
    const item = [...(repository.pool?.items.values() ?? [])].find(
      (i) => i.unit === unit?.id && i.reason === "LANDING_CONFLICT",
    );
    if (!unit || !item) {
      void vscode.window.showInformationMessage(`${named} does not wait with a conflict.`);
      return;
    }
    const files = await this.merged(unit, item);
    if (files.length === 0) {
      void vscode.window.showInformationMessage("Nothing is merged yet: open the three versions.");
      return;
    }
    const parts = files.map(([path, text]) => `${path}:\n${fenced(text)}`);
    const text = `Resolve it like this, the whole file each:\n\n${parts.join("\n\n")}`;
    if (await send(repository, item, { text }))
      await vscode.workspace.fs.delete(this.folder(unit), { recursive: true, useTrash: false });
  }

  private async show(
    unit: WorkUnit,
    diff: Diff,
    file: UnmergedFile,
    output: vscode.Uri,
  ): Promise<void> {
    const put = (name: string, version: UnmergedFile["base"]): vscode.Uri =>
      this.versions.put(file.path, name, version?.blob ?? "none", version?.text ?? "");
    const { branch } = unit.base;
    const landed = file.landed.map((change) => change.chunk ?? change.subject).join(", ");
    try {
      await vscode.commands.executeCommand("_open.mergeEditor", {
        base: put("both started from", file.base),
        input1: {
          uri: put(branch, file.ours),
          title: branch,
          description: landed || diff.base.slice(0, 8),
          detail: "as it is on base",
        },
        input2: {
          uri: put(unit.chunk, file.theirs),
          title: unit.chunk,
          description: unit.id,
          detail: "as the unit has it",
        },
        output,
      });
    } catch {
      // An editor without it: both sides beside each other, the merged file behind them.
      await vscode.window.showTextDocument(output, { preview: false });
      await vscode.commands.executeCommand(
        "vscode.diff",
        put(branch, file.ours),
        put(unit.chunk, file.theirs),
        `${file.path} (${branch} ↔ ${unit.chunk})`,
        { viewColumn: vscode.ViewColumn.Beside },
      );
    }
  }

  private async offer(repository: Repository, unit: WorkUnit): Promise<void> {
    const SEND = "Send to the Agent";
    await vscode.commands.executeCommand("notifications.hideToasts"); // the one that led here
    const chosen = await vscode.window.showInformationMessage(
      `Merge it as it should be and save it; ${unit.chunk}'s agent then works that in.`,
      SEND,
    );
    if (chosen === SEND) await this.sendResolution(repository, unit.id);
  }

  private async begin(output: vscode.Uri, file: UnmergedFile): Promise<void> {
    const text = file.base?.text ?? file.ours?.text ?? "";
    await vscode.workspace.fs.writeFile(output, new TextEncoder().encode(text));
  }

  /** The files of the item that were begun, saved or not. */
  private async merged(unit: WorkUnit, item: AttentionItem): Promise<[string, string][]> {
    const found: [string, string][] = [];
    for (const { path } of item.unmerged) {
      const output = this.file(unit, path);
      if (!(await exists(output))) continue;
      const document = await vscode.workspace.openTextDocument(output);
      found.push([path, document.getText()]);
    }
    return found;
  }

  private folder(unit: WorkUnit): vscode.Uri {
    return vscode.Uri.joinPath(this.storage, "merges", unit.id);
  }

  private file(unit: WorkUnit, path: string): vscode.Uri {
    return vscode.Uri.joinPath(
      this.folder(unit),
      ...path.split("/").filter((p) => p && p !== ".."),
    );
  }
}

async function pickFile(unit: WorkUnit, files: UnmergedFile[]): Promise<UnmergedFile | undefined> {
  if (files.length < 2) return files[0];
  const picked = await vscode.window.showQuickPick(
    files.map((file) => ({
      label: uniconed(file.path),
      description: file.kind,
      detail: uniconed(file.says),
      file,
    })),
    { title: `${unit.chunk} does not merge`, placeHolder: "Which file?" },
  );
  return picked?.file;
}

/** A code block that holds `text` whatever is in it. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`{3,}/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}\n${text.replace(/\n?$/, "\n")}${fence}`;
}

async function exists(uri: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(uri);
    return true;
  } catch {
    return false;
  }
}
