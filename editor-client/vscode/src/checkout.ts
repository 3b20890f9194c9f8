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

/** The top folder of the checkout that `start` is in; `undefined` where there is none. */
export async function checkoutOf(start: string): Promise<string | undefined> {
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
    folders.map(async (f) => (await exists(path.join(f, ".git"))) && f),
  );
  return found.filter((f): f is string => f !== false).sort();
}

/** Whether `file` is `folder` or in it. */
export function isInside(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return relative === "" || (!relative.startsWith("..") && !path.isAbsolute(relative));
}
