/** One item in the status bar: what runs, what waits, and whether we are connected at all. */

import * as vscode from "vscode";
import type { Repositories } from "./repositories";
import type { Repository } from "./repository";
import { many } from "./words";

const MARK = "$(repo-forked)";

interface Shown {
  text: string;
  tooltip: string;
  command: string;
  urgent?: boolean;
}

/** What the item says. Pure; `undefined`: there is nothing to say, the item is hidden. */
export function saying(
  repositories: Pick<Repository, "phase" | "pool" | "why">[],
): Shown | undefined {
  if (repositories.length === 0) return undefined;
  const units = repositories.flatMap((r) => [...(r.pool?.units.values() ?? [])]);
  const waiting = repositories.reduce((sum, r) => sum + (r.pool?.items.size ?? 0), 0);
  const running = units.filter((u) => u.status === "RUNNING" || u.status === "ASSIGNED").length;
  const held = units.filter((u) => u.status === "BLOCKED").length;
  const problem = repositories.find((r) => r.phase === "missing" || r.phase === "away");
  if (problem?.phase === "missing")
    return {
      text: `${MARK} not found`,
      tooltip: problem.why,
      command: "pointsman.setPath",
      urgent: true,
    };
  if (problem)
    return {
      text: `${MARK} $(sync~spin) reconnecting`,
      tooltip: problem.why,
      command: "pointsman.reconnect",
    };
  if (repositories.some((r) => r.phase === "starting" && !r.pool))
    return {
      text: `${MARK} $(loading~spin)`,
      tooltip: "Pointsman is starting",
      command: "pointsman.showOutput",
    };
  const paused = repositories.some((r) => r.pool?.daemon.paused);
  const parts = [
    paused ? "$(debug-pause) paused" : "",
    running ? `$(sync) ${running}` : "",
    held ? `$(debug-pause) ${held}` : "",
    waiting ? `$(bell-dot) ${waiting}` : "",
  ].filter(Boolean);
  const words = [
    `${many(running, "unit")} at work`,
    held ? `${held} waiting for others` : "",
    waiting ? `${many(waiting, "thing")} waiting for you` : "nothing waits for you",
    paused ? "paused: nothing new is started" : "",
  ].filter(Boolean);
  return {
    text: [MARK, ...(parts.length ? parts : [""])].join(" ").trim(),
    tooltip: `Pointsman: ${words.join(", ")}`,
    command: waiting ? "pointsman.answerItem" : "pointsman.units.focus",
    urgent: waiting > 0,
  };
}

export class StatusBar implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem(
    "pointsman.status",
    vscode.StatusBarAlignment.Left,
    50,
  );
  private readonly subscription: vscode.Disposable;

  constructor(private readonly repositories: Repositories) {
    this.item.name = "Pointsman";
    this.subscription = repositories.onDidChange(() => this.show());
    this.show();
  }

  private show(): void {
    const shown = saying(this.repositories.pools);
    if (!shown) {
      this.item.hide();
      return;
    }
    this.item.text = shown.text;
    this.item.tooltip = shown.tooltip;
    this.item.command = shown.command;
    this.item.accessibilityInformation = { label: shown.tooltip };
    this.item.backgroundColor = shown.urgent
      ? new vscode.ThemeColor("statusBarItem.warningBackground")
      : undefined;
    this.item.show();
  }

  dispose(): void {
    this.subscription.dispose();
    this.item.dispose();
  }
}
