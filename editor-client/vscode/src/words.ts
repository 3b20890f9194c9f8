/** How things are said and drawn: one place, so that every view says the same. Pure. */

import type { AttentionItem, Conflict, Overlap, Reason, Status, WorkUnit } from "./wire";

export interface Look {
  /** As a group's heading. */
  title: string;
  icon: string;
  color?: string;
}

/** In the order of the list: what wants the operator first, what is over last. */
export const STATUSES: Record<Status, Look> = {
  NEEDS_ATTENTION: { title: "Waiting for you", icon: "bell-dot", color: "charts.yellow" },
  RUNNING: { title: "Running", icon: "sync", color: "charts.blue" },
  ASSIGNED: { title: "Starting", icon: "loading", color: "charts.blue" },
  READY: { title: "Ready", icon: "circle-large-outline", color: "charts.blue" },
  BLOCKED: { title: "Waiting for others", icon: "debug-pause", color: "charts.purple" },
  PENDING: { title: "Being examined", icon: "search", color: "charts.purple" },
  FAILED: { title: "Failed", icon: "error", color: "charts.red" },
  COMPLETED: { title: "Landed", icon: "pass", color: "charts.green" },
  CANCELLED: { title: "Cancelled", icon: "circle-slash", color: "disabledForeground" },
};

export const REASONS: Record<Reason, Look> = {
  QUESTION: { title: "asks", icon: "question", color: "charts.yellow" },
  PERMISSION: { title: "asks for leave", icon: "shield", color: "charts.yellow" },
  CONFLICT: { title: "conflict", icon: "git-compare", color: "charts.orange" },
  LANDING_CONFLICT: { title: "does not merge", icon: "git-merge", color: "charts.red" },
  CHECKS_FAILED: { title: "checks fail", icon: "beaker", color: "charts.red" },
  AGENT_FAILED: { title: "its agent failed", icon: "error", color: "charts.red" },
  DEPENDENCY_GONE: { title: "its dependency is gone", icon: "references", color: "charts.yellow" },
  BUDGET: { title: "budget spent", icon: "credit-card", color: "charts.yellow" },
  BASE_DIRTY: { title: "can't land", icon: "git-commit", color: "charts.yellow" },
  SANDBOX_DENIED: { title: "was refused something", icon: "lock", color: "charts.yellow" },
  CIRCUIT_OPEN: { title: "agents are held back", icon: "plug", color: "charts.red" },
};

const PHASES: Record<string, string> = {
  IMPLEMENT: "implementing",
  REBASE: "rebasing",
  VERIFY: "checking",
  LAND: "landing",
};

const ENDED: ReadonlySet<Status> = new Set<Status>(["COMPLETED", "FAILED", "CANCELLED"]);

export function isLive(unit: WorkUnit): boolean {
  return !ENDED.has(unit.status);
}

/** A length of time in its largest unit: `40s`, `3m`, `2h`, `5d`. */
export function span(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86400)}d`;
}

export function age(since: string, now: number): string {
  return span(now - Date.parse(since));
}

/** `840`, `12k`, `3.1M`. */
export function amount(count: number): string {
  if (count < 1000) return String(count);
  if (count < 1_000_000) return `${Math.round(count / 1000)}k`;
  return `${(count / 1_000_000).toFixed(1)}M`;
}

/** What a unit has used so far, as far as its agent tells. */
export function usage(unit: WorkUnit): string {
  const { tokens, money } = unit.usage;
  return [tokens ? `${amount(tokens)} tokens` : "", money ? `$${money.toFixed(2)}` : ""]
    .filter(Boolean)
    .join(", ");
}

export function phase(unit: WorkUnit): string {
  return unit.phase && unit.status === "RUNNING" ? (PHASES[unit.phase] ?? "") : "";
}

/** A unit in a few words, behind its name. */
export function unitLine(unit: WorkUnit, now: number): string {
  const ended = !isLive(unit);
  const waits = unit.status === "BLOCKED" ? `after ${unit.blockedBy.join(", ") || "?"}` : "";
  const parts = [
    waits,
    phase(unit),
    unit.agent,
    age(unit.updatedAt, now),
    ended ? "" : usage(unit),
  ];
  return parts.filter(Boolean).join(" · ");
}

/** The first line of an item's text, shortened for a list. */
export function firstLine(text: string, limit = 80): string {
  const line = text.split("\n").find((l) => l.trim()) ?? "";
  return line.length <= limit ? line.trim() : `${line.slice(0, limit - 1).trim()}…`;
}

export function itemLine(item: AttentionItem, now: number): string {
  const asks = item.reason === "QUESTION" || item.reason === "CONFLICT";
  const what = [item.chunk ?? "", asks ? "" : REASONS[item.reason].title].filter(Boolean).join(" ");
  const holds = item.blocks > 1 ? `holds up ${item.blocks}` : "";
  return [what, age(item.since, now), holds].filter(Boolean).join(" · ");
}

/** Where an overlap is: `greet in src/greet.py`. */
export function where(overlap: Overlap): string {
  const file = overlap.path.split("/").pop() ?? overlap.path;
  const named = overlap.symbol !== undefined && overlap.symbol !== "<module>";
  return named ? `${overlap.symbol} in ${file}` : overlap.path;
}

export function percent(probability: number): string {
  return `${Math.round(probability * 100)} %`;
}

export function verdictLine(conflict: Conflict): string {
  if (conflict.verdict === "ASK_OPERATOR") return `${percent(conflict.probability)} would collide`;
  if (conflict.verdict === "INDEPENDENT") return "independent";
  if (!conflict.first) return "one after the other";
  return `${conflict.first} first`;
}

/** Markdown that shows `text` as it is: agents wrote it. */
export function plain(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!|<>~$&]/g, "\\$&").replace(/\r?\n/g, "  \n");
}

/**
 * Text for a notification, or for below an input box: there the editor makes a link of
 * `[label](command:…)`, and a click on it runs the command. Agents wrote it.
 */
export function unlinked(text: string): string {
  return text.replaceAll("](", "] (");
}

/** Text for a list to pick from: an icon in it is shown as it is written. Agents wrote it. */
export function uniconed(text: string): string {
  return text.replaceAll("$(", "\\$(");
}

export function many(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
