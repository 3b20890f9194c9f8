/** Picking a unit, for the commands that are about one. */

import * as vscode from "vscode";
import type { Repository } from "../repository";
import type { WorkUnit } from "../wire";
import { isLive, STATUSES, unitLine } from "../words";

export interface Wanted {
  title: string;
  fits: (unit: WorkUnit) => boolean;
  /** What is said where none fits. */
  none: string;
}

export const WANTED = {
  diff: {
    title: "Show Diff",
    fits: (unit: WorkUnit) => unit.base.commit !== undefined,
    none: "No unit has started yet.",
  },
  transcript: { title: "Show Transcript", fits: () => true, none: "The pool is empty." },
  land: {
    title: "Land",
    fits: (unit: WorkUnit) => unit.status === "NEEDS_ATTENTION" || unit.phase === "LAND",
    none: "No unit waits for your go.",
  },
  retry: {
    title: "Retry",
    fits: (unit: WorkUnit) => unit.status === "FAILED",
    none: "No unit has failed.",
  },
  cancel: { title: "Cancel", fits: isLive, none: "No unit is live." },
  prioritize: { title: "Set Priority", fits: isLive, none: "No unit is live." },
  merge: {
    title: "Open Merge View",
    fits: (unit: WorkUnit) => unit.attention?.reason === "LANDING_CONFLICT",
    none: "Every unit merges.",
  },
} satisfies Record<string, Wanted>;

export async function pickUnit(
  repository: Repository,
  wanted: Wanted,
): Promise<WorkUnit | undefined> {
  const units = (repository.pool?.byStatus() ?? [])
    .flatMap(([, found]) => found)
    .filter(wanted.fits);
  if (units.length === 0) {
    void vscode.window.showInformationMessage(wanted.none);
    return undefined;
  }
  const now = Date.now();
  const picked = await vscode.window.showQuickPick(
    units.map((unit) => ({
      label: `$(${STATUSES[unit.status].icon}) ${unit.chunk}`,
      description: `${STATUSES[unit.status].title} · ${unitLine(unit, now)}`,
      unit,
    })),
    { title: `Pointsman: ${wanted.title}`, placeHolder: "Which unit?", matchOnDescription: true },
  );
  return picked?.unit;
}
