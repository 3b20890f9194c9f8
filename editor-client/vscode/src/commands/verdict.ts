/** Verdicts on conflicts: from the palette, and from the buttons of the tree. */

import * as vscode from "vscode";
import { tell } from "../failure";
import { isOperator } from "../pool";
import type { Repository } from "../repository";
import type { Conflict, Operations } from "../wire";
import { verdictLine, where } from "../words";

type Verdict = Operations["verdict"]["params"]["verdict"];

export async function judge(
  repository: Repository,
  conflict: Conflict,
  verdict: Verdict,
  first?: string,
): Promise<void> {
  try {
    await repository.call("verdict", { conflict: conflict.id, verdict, ...(first && { first }) });
  } catch (error) {
    await tell(error);
  }
}

export async function pickConflict(repository: Repository): Promise<Conflict | undefined> {
  const conflicts = repository.pool?.pairs() ?? [];
  if (conflicts.length === 0) {
    void vscode.window.showInformationMessage("No units have anything in common.");
    return undefined;
  }
  const picked = await vscode.window.showQuickPick(
    conflicts.map((conflict) => ({
      label: `$(${conflict.resolved ? "check" : "warning"}) ${conflict.a} ↔ ${conflict.b}`,
      description: verdictLine(conflict),
      detail: conflict.overlaps.map(where).join(", "),
      conflict,
    })),
    { title: "Pointsman: Verdict", placeHolder: "On which conflict?", matchOnDetail: true },
  );
  return picked?.conflict;
}

export async function pickVerdict(repository: Repository, conflict: Conflict): Promise<void> {
  const sides = [conflict.a, conflict.b].filter((side) => !isOperator(side));
  const picks: (vscode.QuickPickItem & { verdict: Verdict; first?: string })[] = [
    ...(sides.length === 2
      ? sides.map((side) => ({
          label: `$(arrow-right) ${side} first`,
          description: "one after the other",
          verdict: "SERIALIZE" as const,
          first: side,
        }))
      : []),
    { label: "$(check) Independent", description: "both at once", verdict: "INDEPENDENT" },
    {
      label: "$(comment-discussion) Ask the agents",
      description: "both are told what they have in common",
      verdict: "ASK_AGENTS",
    },
  ];
  const picked = await vscode.window.showQuickPick(picks, {
    title: `${conflict.a} ↔ ${conflict.b}`,
    placeHolder: conflict.why || "What shall they do?",
  });
  if (picked) await judge(repository, conflict, picked.verdict, picked.first);
}
