/** What a unit changed, in the diff editor. */

import * as vscode from "vscode";
import type { Repository } from "../repository";
import type { DiffFile, VersionText } from "../wire";
import type { Versions } from "./versions";

const BINARY = "(binary, or too large to be shown)";

/** One file in the diff editor, several in the editor for many. */
export async function openDiff(
  repository: Repository,
  versions: Versions,
  named: string,
): Promise<void> {
  const unit = (await repository.call("unit", { unit: named })).unit;
  const diff = await vscode.window.withProgress(
    { location: vscode.ProgressLocation.Window, title: `Pointsman: ${unit.chunk}'s changes` },
    () => repository.call("diff", { unit: unit.id, texts: true }),
  );
  const { branch } = unit.base;
  if (diff.files.length === 0) {
    void vscode.window.showInformationMessage(`${unit.chunk} has not changed anything yet.`);
    return;
  }
  const text = (version: VersionText | undefined): string =>
    version ? (version.text ?? BINARY) : "";
  const pairs = diff.files.map((file: DiffFile) => {
    const old = file.oldPath ?? file.path;
    return {
      path: file.path,
      before: file.before && versions.put(old, branch, file.before.blob, text(file.before)),
      after: file.after && versions.put(file.path, unit.id, file.after.blob, text(file.after)),
    };
  });
  const title = `${unit.chunk} against ${branch}`;
  const [only] = pairs;
  if (pairs.length === 1 && only) {
    const empty = (name: string): vscode.Uri => versions.put(only.path, name, "none", "");
    await vscode.commands.executeCommand(
      "vscode.diff",
      only.before ?? empty(branch),
      only.after ?? empty(unit.id),
      `${only.path} (${title})`,
    );
    return;
  }
  await vscode.commands.executeCommand(
    "vscode.changes",
    title,
    pairs.map((p) => [vscode.Uri.joinPath(repository.root, p.path), p.before, p.after]),
  );
}
