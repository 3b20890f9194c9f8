/**
 * What a window knows of one repository's pool: read once, then kept by events. Pure: no I/O, no
 * clock. Feeding an event twice changes nothing.
 */

import type {
  AttentionItem,
  Conflict,
  DaemonInfo,
  Event,
  Operations,
  Status,
  WorkUnit,
} from "./wire";
import { isLive, STATUSES } from "./words";

const OPERATOR = "operator";
const ORDER = Object.keys(STATUSES) as Status[];

export class Pool {
  readonly units = new Map<string, WorkUnit>();
  readonly items = new Map<string, AttentionItem>();
  readonly conflicts = new Map<string, Conflict>();
  /** By unit: what its agent said last of what it does. */
  readonly progress = new Map<string, string>();
  daemon: DaemonInfo;
  seq: number;

  constructor(
    status: Operations["status"]["result"],
    items: AttentionItem[],
    conflicts: Conflict[],
  ) {
    this.daemon = status.daemon;
    this.seq = status.seq;
    for (const unit of status.units) this.units.set(unit.id, unit);
    for (const item of items) this.items.set(item.id, item);
    for (const conflict of conflicts) this.conflicts.set(conflict.id, conflict);
  }

  /** Take an event in. False: one before it is missing, and it was not taken. */
  feed(event: Event): boolean {
    if (event.seq <= this.seq) return true;
    if (event.seq > this.seq + 1) return false;
    this.seq = event.seq;
    const data = event.data ?? {};
    switch (event.kind) {
      case "unit.changed":
        this.unit(data.unit as WorkUnit);
        break;
      case "unit.deleted":
        this.units.delete(String(event.unit));
        break;
      case "conflict.changed":
        this.conflicts.set((data.conflict as Conflict).id, data.conflict as Conflict);
        break;
      case "attention.opened":
        this.items.set((data.item as AttentionItem).id, data.item as AttentionItem);
        break;
      case "attention.closed":
        this.items.delete(String(data.item));
        break;
      case "progress":
        if (event.unit) this.progress.set(event.unit, String(data.text ?? ""));
        break;
      case "daemon.changed":
        if (typeof data.paused === "boolean") this.daemon = { ...this.daemon, paused: data.paused };
        break;
    }
    return true;
  }

  private unit(unit: WorkUnit): void {
    if (this.units.get(unit.id)?.phase !== unit.phase) this.progress.delete(unit.id);
    if (unit.hidden) this.units.delete(unit.id);
    else this.units.set(unit.id, unit);
  }

  /** By status in the order of the list; in each, the one that changed last comes first. */
  byStatus(): [Status, WorkUnit[]][] {
    const newestFirst = [...this.units.values()].sort((a, b) =>
      b.updatedAt.localeCompare(a.updatedAt),
    );
    return ORDER.map((status): [Status, WorkUnit[]] => [
      status,
      newestFirst.filter((unit) => unit.status === status),
    ]).filter(([, units]) => units.length > 0);
  }

  live(): WorkUnit[] {
    return [...this.units.values()].filter(isLive);
  }

  /** What waits for the operator: what holds up most first, then the oldest. */
  waiting(): AttentionItem[] {
    return [...this.items.values()].sort(
      (a, b) => b.blocks - a.blocks || a.since.localeCompare(b.since) || a.id.localeCompare(b.id),
    );
  }

  /** Conflicts of live participants; those without a verdict first. */
  pairs(): Conflict[] {
    const here = new Set([OPERATOR, ...this.live().map((unit) => unit.chunk)]);
    return [...this.conflicts.values()]
      .filter((c) => c.overlaps.length > 0 && here.has(c.a) && here.has(c.b))
      .sort(
        (a, b) =>
          Number(a.resolved) - Number(b.resolved) ||
          b.probability - a.probability ||
          a.a.localeCompare(b.a),
      );
  }

  /** The unit of that id, or the newest of that chunk. */
  find(named: string): WorkUnit | undefined {
    const ofChunk = [...this.units.values()].filter((unit) => unit.chunk === named);
    return (
      this.units.get(named) ?? ofChunk.sort((a, b) => b.createdAt.localeCompare(a.createdAt))[0]
    );
  }
}

export function isOperator(participant: string): boolean {
  return participant === OPERATOR;
}
