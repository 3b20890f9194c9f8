/**
 * Questions as notifications: one at a time, and none for what waited when the window was opened.
 *
 * A notification can't be taken back, so one whose item was answered elsewhere is hidden, and a late
 * answer to it changes nothing.
 */

import * as vscode from "vscode";
import { askInWords, pickAnswer, send, title } from "./answering";
import type { Repositories } from "./repositories";
import type { Repository } from "./repository";
import type { AttentionItem, Reason } from "./wire";
import { firstLine, unlinked } from "./words";

const TEXT_LIMIT = 400;
const BUTTONS = 3;
const GRAVE: ReadonlySet<Reason> = new Set<Reason>([
  "LANDING_CONFLICT",
  "CHECKS_FAILED",
  "AGENT_FAILED",
  "CIRCUIT_OPEN",
]);

interface Waiting {
  repository: Repository;
  item: AttentionItem;
}

export class Prompts implements vscode.Disposable {
  private readonly waiting: Waiting[] = [];
  private asking = false;
  private readonly subscription: vscode.Disposable;

  constructor(private readonly repositories: Repositories) {
    this.subscription = repositories.onDidOpenItem(([repository, item]) => {
      if (!wanted(repository, item)) return;
      this.waiting.push({ repository, item });
      void this.askAll();
    });
  }

  private async askAll(): Promise<void> {
    if (this.asking) return;
    this.asking = true;
    try {
      for (let next = this.waiting.shift(); next; next = this.waiting.shift())
        if (isOpen(next)) await this.ask(next);
    } finally {
      this.asking = false;
    }
  }

  private async ask({ repository, item }: Waiting): Promise<void> {
    const closed = this.whenClosed(repository, item);
    const { text, actions } = notice(item);
    const show = GRAVE.has(item.reason)
      ? vscode.window.showWarningMessage
      : vscode.window.showInformationMessage;
    const chosen = await Promise.race([show(text, ...actions.keys()), closed.promise]);
    closed.dispose();
    if (chosen === CLOSED) {
      await vscode.commands.executeCommand("notifications.hideToasts");
      return;
    }
    const does = chosen === undefined ? undefined : actions.get(chosen);
    if (!does) return; // dismissed: the item stays where it is
    if (does === "merge")
      await vscode.commands.executeCommand("pointsman.openMerge", { repository, attention: item });
    else if (does === "pick") await pickAnswer(repository, item);
    else if (does === "words") await askInWords(repository, item);
    else await send(repository, item, { option: does.option });
  }

  private whenClosed(
    repository: Repository,
    item: AttentionItem,
  ): { promise: Promise<typeof CLOSED>; dispose: () => void } {
    let subscription: vscode.Disposable | undefined;
    const promise = new Promise<typeof CLOSED>((resolve) => {
      subscription = this.repositories.onDidChange(() => {
        if (!isOpen({ repository, item })) resolve(CLOSED);
      });
    });
    return { promise, dispose: () => subscription?.dispose() };
  }

  dispose(): void {
    this.waiting.length = 0;
    this.subscription.dispose();
  }
}

const CLOSED = "\0closed";

function isOpen({ repository, item }: Waiting): boolean {
  return repository.pool === undefined || repository.pool.items.has(item.id);
}

/** Of a conflict the code says it, at the symbol; the settings can ask for less or more. */
function wanted(repository: Repository, item: AttentionItem): boolean {
  const how = vscode.workspace
    .getConfiguration("pointsman", repository.root)
    .get<string>("notifications", "questions");
  if (how === "none" || item.reason === "CONFLICT") return how === "all";
  return how === "all" || item.reason !== "SANDBOX_DENIED";
}

type Does = { option: string } | "words" | "pick" | "merge";

/** The words and the buttons of a notification. Pure. */
export function notice(item: AttentionItem): { text: string; actions: Map<string, Does> } {
  const actions = new Map<string, Does>();
  const unmerged = item.reason === "LANDING_CONFLICT";
  if (unmerged) actions.set("Open Merge View", "merge");
  const room = BUTTONS - actions.size;
  const all = item.options.length <= room;
  for (const option of all ? item.options : item.options.slice(0, room - 1)) {
    const label = actions.has(option.label) ? `${option.label} (${option.id})` : option.label;
    actions.set(label, { option: option.id });
  }
  if (!all) actions.set("More…", "pick");
  else if (item.freeText) actions.set("In words…", "words");
  return { text: unlinked(wording(item)), actions };
}

/** A question whole, up to a limit; of what went wrong, the sentence that it begins with. */
function wording(item: AttentionItem): string {
  const whole = item.text.length <= TEXT_LIMIT ? item.text : `${item.text.slice(0, TEXT_LIMIT)}…`;
  const words = GRAVE.has(item.reason)
    ? firstLine(item.text, TEXT_LIMIT).replace(/:$/, ".")
    : whole;
  const named = GRAVE.has(item.reason) && item.chunk !== undefined && words.startsWith(item.chunk);
  return named ? words : `${title(item)}: ${words}`;
}
