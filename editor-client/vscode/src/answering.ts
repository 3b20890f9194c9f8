/**
 * Answering an attention item: picking an option, or words in an input box.
 *
 * What was typed is never lost: it stays until an answer of that item has been taken. An answer that
 * comes too late changes nothing, and is said in passing.
 */

import * as vscode from "vscode";
import { codeOf, tell } from "./failure";
import type { Repository } from "./repository";
import type { AttentionItem } from "./wire";
import { firstLine, REASONS, uniconed, unlinked } from "./words";

const LATE = new Set(["already-answered", "item-not-found"]);
const drafts = new Map<string, string>();

type Answer = { option: string } | { text: string };
type Pick = vscode.QuickPickItem & { does: () => Promise<void> };

/**
 * Send it. Whether it was taken: where not, the operator has been told why, and what they wrote is
 * still theirs.
 */
export async function send(
  repository: Repository,
  item: AttentionItem,
  answer: Answer,
): Promise<boolean> {
  try {
    await repository.call("answer", { item: item.id, ...answer });
    return true;
  } catch (error) {
    if (!LATE.has(codeOf(error) ?? "")) await tell(error);
    else if ("text" in answer) void offerBack(item, answer.text);
    else vscode.window.setStatusBarMessage(`$(info) ${item.id} was answered elsewhere.`, 5000);
    return false;
  }
}

/** An answer in words that came too late: it has nowhere to go, and may have been long. */
async function offerBack(item: AttentionItem, text: string): Promise<void> {
  const COPY = "Copy What I Wrote";
  const late = `${item.id} was answered elsewhere.`;
  const chosen = await vscode.window.showInformationMessage(late, COPY);
  if (chosen === COPY) await vscode.env.clipboard.writeText(text);
}

/** Show the question with all that can be answered, and a look at how it came to it. */
export async function pickAnswer(repository: Repository, item: AttentionItem): Promise<void> {
  if (item.options.length === 0 && item.freeText) {
    await askInWords(repository, item);
    return;
  }
  const picks: Pick[] = item.options.map((option) => ({
    label: uniconed(option.label),
    description: uniconed(option.description ?? ""),
    does: async () => void (await send(repository, item, { option: option.id })),
  }));
  if (item.freeText) {
    picks.push(
      {
        label: "$(edit) In your own words…",
        does: () => askInWords(repository, item),
      },
      {
        label: "$(markdown) In a document…",
        description: "for a long answer",
        does: async () =>
          void (await repository.execute("pointsman.answerFile", [{ item: item.id }])),
      },
    );
  }
  if (item.unit) {
    const { unit } = item;
    picks.push(
      { label: "", kind: vscode.QuickPickItemKind.Separator, does: async () => undefined },
      ...looks(repository, item, unit),
    );
  }
  const picked = await vscode.window.showQuickPick(picks, {
    title: title(item),
    placeHolder: firstLine(item.text, 200),
    ignoreFocusOut: true,
    matchOnDescription: true,
  });
  await picked?.does();
}

function looks(repository: Repository, item: AttentionItem, unit: string): Pick[] {
  const run = (command: string) => async () =>
    void (await vscode.commands.executeCommand(command, { repository, named: unit }));
  return [
    ...(item.reason === "LANDING_CONFLICT"
      ? [{ label: "$(git-merge) Open the three versions", does: run("pointsman.openMerge") }]
      : []),
    { label: "$(output) Show the transcript", does: run("pointsman.openTranscript") },
    { label: "$(diff-multiple) Show the diff", does: run("pointsman.openDiff") },
  ];
}

/** An input box; it keeps what is typed until the answer is taken. */
export async function askInWords(repository: Repository, item: AttentionItem): Promise<void> {
  const key = `${repository.key} ${item.id} ${item.since}`;
  const box = vscode.window.createInputBox();
  box.title = title(item);
  box.prompt = unlinked(firstLine(item.text, 300));
  box.placeholder = "Your answer, in your own words";
  box.value = drafts.get(key) ?? "";
  box.ignoreFocusOut = true;
  const text = await new Promise<string | undefined>((resolve) => {
    box.onDidChangeValue((value) => drafts.set(key, value));
    box.onDidAccept(() => {
      if (box.value.trim()) resolve(box.value);
      else box.validationMessage = "Write something, or press Escape.";
    });
    box.onDidHide(() => resolve(undefined));
    box.show();
  });
  box.dispose();
  if (text !== undefined && (await send(repository, item, { text }))) drafts.delete(key);
}

export function title(item: AttentionItem): string {
  const who = item.chunk ? `${item.chunk} ` : "Pointsman: ";
  return `${who}${REASONS[item.reason].title}`;
}
