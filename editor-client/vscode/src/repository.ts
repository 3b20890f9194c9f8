/**
 * One checkout: its connection, which comes back by itself, and its pool.
 *
 * Whatever happens, the server is looked at anew: events only keep a picture fresh that was read
 * whole. Nobody depends on having seen one.
 */

import * as vscode from "vscode";
import { ExecuteCommandRequest } from "vscode-languageclient/node";
import { nameOf, PointsmanClient } from "./client";
import { Pool } from "./pool";
import { findProgram } from "./program";
import type { AttentionItem, Event, Operations } from "./wire";

/** `outside`: the server says that this is no repository. `away`: it will be tried again. */
export type Phase = "starting" | "live" | "away" | "missing" | "outside";

/** Milliseconds before each further try; the last one is kept to. */
const PAUSES = [100, 300, 1000, 2000, 5000, 10_000, 30_000];

export type Operation = keyof Operations;

export class Repository implements vscode.Disposable {
  phase: Phase = "starting";
  pool: Pool | undefined;
  /** Why it is `missing` or `away`, in a sentence. */
  why = "";

  private readonly changed = new vscode.EventEmitter<void>();
  private readonly opened = new vscode.EventEmitter<AttentionItem>();
  private readonly heard = new vscode.EventEmitter<Event>();
  /** Something that is shown has changed. */
  readonly onDidChange = this.changed.event;
  /** An attention item came up while we looked on: never one of those that we found. */
  readonly onDidOpenItem = this.opened.event;
  readonly onDidHear = this.heard.event;

  private client: PointsmanClient | undefined;
  private early: Event[] = [];
  private reading = false;
  private tries = 0;
  private timer: NodeJS.Timeout | undefined;
  private disposed = false;

  constructor(
    readonly root: vscode.Uri,
    private readonly output: vscode.LogOutputChannel,
    private readonly offered: (commands: string[]) => void,
  ) {}

  get name(): string {
    return nameOf(this.root);
  }

  get key(): string {
    return this.root.toString();
  }

  /** Ask for an operation. Rejects with the server's error; see `failure.ts`. */
  call<K extends Operation>(
    operation: K,
    params: Operations[K]["params"],
    token?: vscode.CancellationToken,
  ): Promise<Operations[K]["result"]> {
    return this.execute(`pointsman.${operation}`, [params], token) as Promise<
      Operations[K]["result"]
    >;
  }

  async execute(
    command: string,
    args: unknown[],
    token?: vscode.CancellationToken,
  ): Promise<unknown> {
    if (!this.client || this.phase === "away" || this.phase === "missing")
      throw new Error(`Pointsman is not connected to ${this.name}. ${this.why}`.trim());
    return this.client.sendRequest(
      ExecuteCommandRequest.type,
      { command, arguments: args },
      token,
    ) as Promise<unknown>;
  }

  /** The transcript's lines as they come, until `token` is cancelled or the attempt has ended. */
  async follow(
    params: Operations["log"]["params"],
    line: (text: string) => void,
    token: vscode.CancellationToken,
  ): Promise<Operations["log"]["result"]> {
    const client = this.client;
    if (!client) return { lines: [] };
    const progress = `transcript-${crypto.randomUUID()}`;
    const heard = client.onNotification("$/progress", (told: ProgressTold) => {
      if (told.token === progress && told.value.kind === "report" && told.value.message)
        line(told.value.message);
    });
    try {
      return (await client.sendRequest(
        ExecuteCommandRequest.type,
        {
          command: "pointsman.log",
          arguments: [{ ...params, follow: true }],
          workDoneToken: progress,
        },
        token,
      )) as Operations["log"]["result"];
    } finally {
      heard.dispose();
    }
  }

  /** Connect, or connect anew. */
  async connect(): Promise<void> {
    clearTimeout(this.timer);
    await this.disconnect();
    if (this.disposed) return;
    const found = await findProgram({
      configured: vscode.workspace.getConfiguration("pointsman", this.root).get("server.path", ""),
      folders: [
        this.root.fsPath,
        ...(vscode.workspace.workspaceFolders ?? []).map((f) => f.uri.fsPath),
      ],
      environment: process.env,
    });
    if ("missing" in found) {
      this.become("missing", found.missing);
      return;
    }
    const client = new PointsmanClient({
      root: this.root,
      program: found.program,
      output: this.output,
      lost: () => this.lost(client),
    });
    this.client = client;
    client.onNotification("pointsman/event", (event: Event) => this.hear(event));
    try {
      await client.start();
    } catch (error) {
      if (this.client === client) this.later(`It did not start: ${messageOf(error)}`);
      return;
    }
    if (client.commands.length === 0) {
      this.become("outside", "");
      await this.disconnect();
      return;
    }
    this.offered(client.commands);
    await this.read();
  }

  private lost(client: PointsmanClient): void {
    if (this.client === client && !this.disposed) this.later("Its daemon went away.");
  }

  private later(why: string): void {
    const pause = PAUSES[Math.min(this.tries, PAUSES.length - 1)];
    this.tries += 1;
    this.output.info(`${this.name}: ${why} Trying again in ${pause} ms.`);
    this.become("away", why);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.connect(), pause);
  }

  private async disconnect(): Promise<void> {
    const client = this.client;
    this.client = undefined;
    this.early = [];
    if (client) await client.dispose().catch(() => undefined); // dead already: nothing to end
  }

  /** Read everything; what was heard meanwhile is taken in afterwards. */
  private async read(): Promise<void> {
    const client = this.client;
    if (this.reading || !client) return;
    this.reading = true;
    try {
      const status = await this.call("status", {});
      const [attention, conflicts] = await Promise.all([
        this.call("attention", {}),
        this.call("conflicts", {}),
      ]);
      if (this.client !== client) return;
      const before = this.pool;
      this.pool = new Pool(status, attention.items, conflicts.conflicts);
      this.tries = 0;
      const early = this.early;
      this.early = [];
      this.become("live", "");
      if (before)
        for (const item of this.pool.waiting())
          if (!before.items.has(item.id)) this.opened.fire(item);
      for (const event of early) this.hear(event);
    } catch (error) {
      this.output.warn(`${this.name}: can't read the pool: ${messageOf(error)}`);
      if (this.client === client && this.phase !== "away") this.later("It does not answer.");
    } finally {
      this.reading = false;
    }
    if (this.early.length > 0) void this.read();
  }

  private hear(event: Event): void {
    if (!this.pool || this.reading) {
      this.early.push(event);
      return;
    }
    const known = new Set(this.pool.items.keys());
    if (!this.pool.feed(event)) {
      void this.catchUp(this.pool);
      return;
    }
    this.heard.fire(event);
    for (const [id, item] of this.pool.items) if (!known.has(id)) this.opened.fire(item);
    if (event.kind === "settings.changed") void this.read();
    this.changed.fire();
  }

  /** Events were missed: ask for them; where they are not to be had, read everything anew. */
  private async catchUp(pool: Pool): Promise<void> {
    try {
      const missed = await this.client?.sendRequest<Operations["events"]["result"]>(
        "pointsman/sync",
        { since: pool.seq },
      );
      if (missed && !missed.resync && missed.events.every((event) => pool.feed(event))) {
        this.changed.fire();
        return;
      }
    } catch (error) {
      this.output.info(`${this.name}: can't catch up: ${messageOf(error)}`);
    }
    await this.read();
  }

  private become(phase: Phase, why: string): void {
    this.phase = phase;
    this.why = why;
    this.changed.fire();
  }

  async dispose(): Promise<void> {
    this.disposed = true;
    clearTimeout(this.timer);
    await this.disconnect();
    this.changed.dispose();
    this.opened.dispose();
    this.heard.dispose();
  }
}

interface ProgressTold {
  token: string | number;
  value: { kind: string; message?: string };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
