/** Where repositories are: the checkout that a folder or file is in, and those just below one. */

import { promises as fs } from "node:fs";
import * as path from "node:path";

async function exists(file: string): Promise<boolean> {
  try {
    await fs.lstat(file);
    return true;
  } catch {
    return false;
  }
}

const AGENTS = new Set(["workspaces", "checks"]);
const ID = /^[0-9a-f]{16}$/;

/**
 * Whether `start` is in a folder where agents write. Nothing in there is run, or believed, not what
 * its `.git` says either. Told from what is around it, where no agent writes.
 */
export async function isAgents(start: string): Promise<boolean> {
  const real = await fs.realpath(start).catch(() => path.resolve(start));
  for (let folder = real; path.dirname(folder) !== folder; folder = path.dirname(folder)) {
    const state = path.dirname(folder);
    if (!AGENTS.has(path.basename(folder)) || !ID.test(path.basename(state))) continue;
    if (await exists(path.join(state, "units"))) return true;
  }
  return false;
}

/**
 * The top folder of the checkout that `start` is in; `undefined` where there is none, and in an
 * agent's workspace.
 */
export async function checkoutOf(start: string): Promise<string | undefined> {
  if (await isAgents(start)) return undefined;
  for (let folder = start; ; folder = path.dirname(folder)) {
    if (await exists(path.join(folder, ".git"))) return folder;
    if (path.dirname(folder) === folder) return undefined;
  }
}

/** The checkouts directly below `folder`. */
export async function checkoutsBelow(folder: string): Promise<string[]> {
  const entries = await fs.readdir(folder, { withFileTypes: true }).catch(() => []);
  const folders = entries.filter((e) => e.isDirectory()).map((e) => path.join(folder, e.name));
  const found = await Promise.all(
    folders.map(async (f) => (await exists(path.join(f, ".git"))) && !(await isAgents(f)) && f),
  );
  return found.filter((f): f is string => f !== false).sort();
}

/** Whether `file` is `folder` or in it. */
export function isInside(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return relative === "" || (!relative.startsWith("..") && !path.isAbsolute(relative));
}
