/**
 * Finding the program `pointsman`: the setting, then PATH, then virtual environments.
 *
 * A virtual environment that is part of a repository's own content is left alone, and one in an
 * agent's workspace: whoever wrote it would run code here as soon as the window is opened.
 */

import { execFile } from "node:child_process";
import { constants, promises as fs } from "node:fs";
import { homedir } from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { checkoutOf, isAgents } from "./checkout";

const run = promisify(execFile);

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
  for (const program of outside(around)) if (await runs(program)) return { program };
  for (const folder of around.folders)
    for (const environment of ENVIRONMENTS) {
      const program = path.join(folder, environment, BIN, NAME);
      if ((await runs(program)) && (await isOwn(folder, environment))) return { program };
    }
  return { missing: "The program pointsman is neither on PATH nor in a virtual environment here." };
}

function* outside(around: Surroundings): Iterable<string> {
  const { PATH = "", VIRTUAL_ENV } = around.environment;
  for (const folder of PATH.split(path.delimiter))
    if (path.isAbsolute(folder)) yield path.join(folder, NAME);
  if (VIRTUAL_ENV) yield path.join(VIRTUAL_ENV, BIN, NAME);
}

/** Whether the operator made that environment: nothing of it came with a repository. */
async function isOwn(folder: string, environment: string): Promise<boolean> {
  if (await isAgents(folder)) return false;
  if (!(await checkoutOf(folder))) return true;
  const listed = ["ls-files", "--", `:(icase)${environment}`];
  try {
    const asked = await run("git", ["-c", "core.fsmonitor=false", ...listed], { cwd: folder });
    return asked.stdout === "";
  } catch {
    return false;
  }
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
