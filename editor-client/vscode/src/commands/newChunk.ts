/** "New Chunk": the program writes both documents from its template, beside no daemon. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as vscode from "vscode";
import { findProgram } from "../program";
import type { Repository } from "../repository";
import { unlinked } from "../words";

const run = promisify(execFile);
const LIMIT = 20_000;
const NAME = /^[a-z0-9][a-z0-9._-]*$/;

export async function newChunk(repository: Repository): Promise<void> {
  const name = await vscode.window.showInputBox({
    title: "Pointsman: New Chunk",
    prompt: "A short name; its documents go into a folder of that name.",
    placeHolder: "faster-search",
    validateInput: (text) =>
      text === "" || NAME.test(text) ? undefined : "Lower-case letters, digits, - and _.",
  });
  if (!name) return;
  const found = await findProgram({
    configured: vscode.workspace
      .getConfiguration("pointsman", repository.root)
      .get("server.path", ""),
    folders: [repository.root.fsPath],
    environment: process.env,
  });
  if ("missing" in found) {
    void vscode.window.showErrorMessage(unlinked(found.missing));
    return;
  }
  try {
    await run(found.program, ["new", name], { cwd: repository.root.fsPath, timeout: LIMIT });
  } catch (error) {
    const { stderr } = error as { stderr?: string };
    void vscode.window.showErrorMessage(unlinked(stderr?.trim() || String(error)));
    return;
  }
  const folder = repository.pool?.daemon.chunks ?? "docs/chunks";
  const open = (document: string, column: vscode.ViewColumn): Thenable<vscode.TextEditor> =>
    vscode.window.showTextDocument(vscode.Uri.joinPath(repository.root, folder, name, document), {
      viewColumn: column,
      preview: false,
    });
  await open("PLAN.md", vscode.ViewColumn.Two);
  await open("GOAL.md", vscode.ViewColumn.One);
}
