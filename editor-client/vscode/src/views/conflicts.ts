/** Pairs that have something in common: those without a verdict, then those with one. */

import * as vscode from "vscode";
import { isOperator } from "../pool";
import type { Repository } from "../repository";
import type { Conflict, Overlap } from "../wire";
import { percent, plain, verdictLine, where } from "../words";
import { icon, type Node, Tree, tooltip } from "./tree";

export interface ConflictNode extends Node {
  conflict: Conflict;
}

export class Conflicts extends Tree {
  protected seen({ pool }: Repository): unknown {
    return pool?.pairs();
  }

  protected rows(repository: Repository): Node[] {
    return (repository.pool?.pairs() ?? []).map((conflict) => row(repository, conflict));
  }
}

function row(repository: Repository, conflict: Conflict): ConflictNode {
  const { Expanded, Collapsed } = vscode.TreeItemCollapsibleState;
  const open = !conflict.resolved;
  const item = new vscode.TreeItem(`${conflict.a} ↔ ${conflict.b}`, open ? Expanded : Collapsed);
  item.id = `${repository.key} ${conflict.id} ${open}`;
  item.description = verdictLine(conflict);
  item.iconPath = icon(look(conflict));
  item.tooltip = tooltip(card(conflict));
  const pair = !isOperator(conflict.a) && !isOperator(conflict.b);
  item.contextValue = `conflict ${open ? "open" : "judged"}${pair ? " pair" : ""}`;
  return {
    repository,
    item,
    conflict,
    children: () => conflict.overlaps.map((overlap) => place(repository, conflict, overlap)),
  } as ConflictNode;
}

function look(conflict: Conflict): { title: string; icon: string; color: string } {
  if (!conflict.resolved) return { title: "", icon: "warning", color: "charts.orange" };
  if (conflict.verdict === "SERIALIZE")
    return { title: "", icon: "arrow-swap", color: "charts.purple" };
  return { title: "", icon: "check", color: "charts.green" };
}

function place(repository: Repository, conflict: Conflict, overlap: Overlap): Node {
  const item = new vscode.TreeItem(where(overlap));
  item.id = `${repository.key} ${conflict.id} ${overlap.type} ${overlap.path} ${overlap.symbol ?? ""}`;
  item.description = overlap.type.toLowerCase();
  item.tooltip = overlap.detail;
  item.iconPath = new vscode.ThemeIcon(overlap.symbol ? "symbol-method" : "file");
  const uri = vscode.Uri.joinPath(repository.root, overlap.path);
  const line = firstLineOf(overlap);
  item.command = {
    command: "vscode.open",
    title: "Open",
    arguments: [uri, { selection: new vscode.Range(line, 0, line, 0) }],
  };
  return { repository, item };
}

/** Zero-based: where one of the sides says that it is. */
function firstLineOf(overlap: Overlap): number {
  for (const side of Object.values(overlap.evidence ?? {})) {
    const lines = (side as { lines?: unknown } | undefined)?.lines;
    if (Array.isArray(lines) && typeof lines[0] === "number") return lines[0];
  }
  return 0;
}

function card(conflict: Conflict): string {
  const lines = [`**${plain(conflict.a)} ↔ ${plain(conflict.b)}**`, plain(conflict.why)];
  for (const overlap of conflict.overlaps) lines.push(`- ${plain(overlap.detail)}`);
  lines.push(
    `${percent(conflict.probability)} would collide · verdict: ${plain(verdictLine(conflict))}`,
  );
  return lines.filter(Boolean).join("\n\n");
}
