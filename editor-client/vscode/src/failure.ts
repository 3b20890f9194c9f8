/** What went wrong, for a person: the server's own words and remedy, never a stack. */

import * as vscode from "vscode";
import type { Problem } from "./wire";
import { unlinked } from "./words";

/** The server's problem, where the error carries one. */
export function problemOf(error: unknown): Problem | undefined {
  const data = (error as { data?: unknown } | undefined)?.data as Partial<Problem> | undefined;
  const told = typeof data?.code === "string" && typeof data.message === "string";
  return told ? (data as Problem) : undefined;
}

export function codeOf(error: unknown): string | undefined {
  return problemOf(error)?.code;
}

/** Say it, with a way to the place that it is about. */
export async function tell(error: unknown): Promise<void> {
  if (error instanceof vscode.CancellationError) return;
  const problem = problemOf(error);
  const words = problem
    ? [problem.message, problem.remedy].filter(Boolean).join(" ")
    : error instanceof Error
      ? error.message
      : String(error);
  const place = placeOf(problem);
  const chosen = await vscode.window.showErrorMessage(unlinked(words), ...(place ? ["Open"] : []));
  if (chosen && place) await vscode.window.showTextDocument(place.uri, { selection: place.range });
}

function placeOf(problem: Problem | undefined): vscode.Location | undefined {
  const place = problem?.place as { uri?: string; range?: vscode.Range } | undefined;
  if (!place?.uri) return undefined;
  const { start, end } = place.range ?? { start: { line: 0, character: 0 }, end: undefined };
  return new vscode.Location(
    vscode.Uri.parse(place.uri),
    new vscode.Range(start.line, start.character, (end ?? start).line, (end ?? start).character),
  );
}
