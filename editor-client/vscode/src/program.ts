/** Finding the program `pointsman`: the setting, then PATH, then virtual environments. */

import { constants, promises as fs } from "node:fs";
import { homedir } from "node:os";
import * as path from "node:path";

const NAME = process.platform === "win32" ? "pointsman.exe" : "pointsman";
const BIN = process.platform === "win32" ? "Scripts" : "bin";
const ENVIRONMENTS = [".venv", "venv", "env"];

export interface Surroundings {
  /** The setting `pointsman.server.path`; empty: not set. */
  configured: string;
  /** The folders whose virtual environments count, nearest first. */
  folders: string[];
  environment: NodeJS.ProcessEnv;
}

export type Found = { program: string } | { missing: string };

/** The first that can be run; else what was looked for, in a sentence. */
export async function findProgram(around: Surroundings): Promise<Found> {
  if (around.configured) {
    const program = expand(around.configured, around.folders[0]);
    if (await runs(program)) return { program };
    return { missing: `pointsman.server.path is ${program}, and there is no program.` };
  }
  for (const program of candidates(around)) if (await runs(program)) return { program };
  return { missing: "The program pointsman is neither on PATH nor in a virtual environment here." };
}

function* candidates(around: Surroundings): Iterable<string> {
  const { PATH = "", VIRTUAL_ENV } = around.environment;
  for (const folder of PATH.split(path.delimiter))
    if (path.isAbsolute(folder)) yield path.join(folder, NAME);
  if (VIRTUAL_ENV) yield path.join(VIRTUAL_ENV, BIN, NAME);
  for (const folder of around.folders)
    for (const environment of ENVIRONMENTS) yield path.join(folder, environment, BIN, NAME);
}

function expand(configured: string, folder: string | undefined): string {
  const home = configured.replace(/^~(?=$|[\\/])/, homedir());
  const named = folder ? home.replaceAll("${workspaceFolder}", folder) : home;
  return folder ? path.resolve(folder, named) : named;
}

async function runs(program: string): Promise<boolean> {
  try {
    await fs.access(program, constants.X_OK);
    return (await fs.stat(program)).isFile();
  } catch {
    return false;
  }
}
