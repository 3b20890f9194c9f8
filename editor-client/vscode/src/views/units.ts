/** The units, by status. */

import * as vscode from "vscode";
import type { Repository } from "../repository";
import type { Status, WorkUnit } from "../wire";
import { age, isLive, many, phase, plain, STATUSES, unitLine, usage } from "../words";
import { icon, type Node, Tree, tooltip } from "./tree";

export interface UnitNode extends Node {
  unit: WorkUnit;
}

const OVER: ReadonlySet<Status> = new Set<Status>(["COMPLETED", "CANCELLED"]);

export class Units extends Tree {
  protected seen({ pool }: Repository): unknown {
    return [[...(pool?.units.values() ?? [])], [...(pool?.progress ?? [])]];
  }

  protected rows(repository: Repository): Node[] {
    return (repository.pool?.byStatus() ?? []).map(([status, units]) => {
      const { Expanded, Collapsed } = vscode.TreeItemCollapsibleState;
      const look = STATUSES[status];
      const item = new vscode.TreeItem(look.title, OVER.has(status) ? Collapsed : Expanded);
      item.id = `${repository.key} ${status}`;
      item.description = String(units.length);
      item.contextValue = "group";
      return { repository, item, children: () => units.map((unit) => row(repository, unit)) };
    });
  }
}

function row(repository: Repository, unit: WorkUnit): UnitNode {
  const item = new vscode.TreeItem(unit.chunk);
  const now = Date.now();
  item.id = `${repository.key} ${unit.id}`;
  item.description = unitLine(unit, now);
  item.iconPath = icon(STATUSES[unit.status]);
  item.tooltip = tooltip(card(repository, unit, now));
  item.contextValue = context(unit);
  item.accessibilityInformation = {
    label: `${unit.chunk}, ${STATUSES[unit.status].title}, ${item.description}`,
  };
  const node: UnitNode = { repository, item, unit };
  const begun = unit.workspace !== undefined || unit.attempts > 0 || unit.session !== undefined;
  item.command = {
    command: begun || !isLive(unit) ? "pointsman.openTranscript" : "pointsman.openGoal",
    title: "Open",
    arguments: [node],
  };
  return node;
}

/** Words for the menus' `when` clauses. */
function context(unit: WorkUnit): string {
  const words = ["unit", unit.status.toLowerCase()];
  if (isLive(unit)) words.push("live");
  if (unit.base.commit) words.push("started");
  if (unit.attention?.reason === "LANDING_CONFLICT") words.push("unmerged");
  if (unit.status === "NEEDS_ATTENTION") words.push("asks");
  return words.join(" ");
}

function card(repository: Repository, unit: WorkUnit, now: number): string {
  const look = STATUSES[unit.status];
  const lines = [
    `**${plain(unit.chunk)}** — ${look.title}${phase(unit) ? `, ${phase(unit)}` : ""}`,
    `$(account) ${plain(unit.agent)} · on ${plain(unit.base.branch)}`,
    `$(history) ${age(unit.updatedAt, now)} like this · injected ${age(unit.createdAt, now)} ago`,
  ];
  const doing = repository.pool?.progress.get(unit.id);
  if (doing) lines.push(`$(sync) ${plain(doing)}`);
  if (unit.blockedBy.length > 0)
    lines.push(`$(debug-pause) waits for ${unit.blockedBy.map(plain).join(", ")}`);
  if (unit.attention) lines.push(`$(bell-dot) ${plain(unit.attention.text)}`);
  const used = [usage(unit), unit.usage.turns ? many(unit.usage.turns, "turn") : ""];
  if (used.some(Boolean)) lines.push(`$(graph) ${used.filter(Boolean).join(", ")}`);
  if (unit.attempts > 0) lines.push(`$(warning) ${many(unit.attempts, "failed attempt")}`);
  return lines.join("\n\n");
}
