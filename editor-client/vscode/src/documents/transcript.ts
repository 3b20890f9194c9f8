/** A unit's transcript as a read-only document that grows while it is open. */

import * as vscode from "vscode";
import type { Repositories } from "../repositories";
import type { Repository } from "../repository";
import type { TranscriptLine } from "../wire";

const SCHEME = "pointsman-transcript";
export const LANGUAGE = "pointsman-transcript";
/** Milliseconds in which lines are gathered before they are shown. */
const GATHER = 150;

interface Open {
  lines: TranscriptLine[];
  following: vscode.CancellationTokenSource;
  due?: NodeJS.Timeout;
}

export class Transcripts implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.changed.event;
  private readonly open = new Map<string, Open>();
  private readonly subscriptions: vscode.Disposable[];

  constructor(private readonly repositories: Repositories) {
    this.subscriptions = [
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      vscode.workspace.onDidCloseTextDocument((document) => this.close(document.uri)),
      vscode.workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (document.uri.scheme === SCHEME && contentChanges.length > 0) keepAtEnd(document);
      }),
    ];
  }

  async show(repository: Repository, named: string): Promise<void> {
    const { unit } = await repository.call("unit", { unit: named });
    const uri = vscode.Uri.from({
      scheme: SCHEME,
      path: `/${unit.id}.transcript`,
      query: repository.key,
    });
    const document = await vscode.workspace.openTextDocument(uri);
    await vscode.languages.setTextDocumentLanguage(document, LANGUAGE);
    const editor = await vscode.window.showTextDocument(document, { preview: true });
    const end = document.lineAt(document.lineCount - 1).range.end;
    editor.selection = new vscode.Selection(end, end);
    editor.revealRange(new vscode.Range(end, end));
  }

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const repository = this.repositories.get(uri.query);
    if (!repository) return "This repository is not open in this window any more.\n";
    const key = uri.toString();
    const known = this.open.get(key);
    if (known) return text(known.lines);
    const { lines } = await repository.call("log", { unit: unitOf(uri) });
    const open: Open = { lines: [...lines], following: new vscode.CancellationTokenSource() };
    this.open.set(key, open);
    void this.follow(repository, uri, open);
    return text(open.lines);
  }

  /** Until the document is closed: attempt after attempt, over every loss of the connection. */
  private async follow(repository: Repository, uri: vscode.Uri, open: Open): Promise<void> {
    const { token } = open.following;
    while (!token.isCancellationRequested) {
      const last = open.lines.at(-1)?.n;
      const since = last === undefined ? 0 : last + 1;
      try {
        const rest = await repository.follow(
          { unit: unitOf(uri), since },
          (told) => this.take(uri, open, [JSON.parse(told) as TranscriptLine]),
          token,
        );
        this.take(uri, open, rest.lines);
      } catch {
        // The connection went, or the document was closed; either shows below.
      }
      if (!token.isCancellationRequested) await nextNews(repository, unitOf(uri), token);
    }
  }

  private take(uri: vscode.Uri, open: Open, lines: TranscriptLine[]): void {
    const last = open.lines.at(-1)?.n ?? -1;
    const first = lines[0]?.n;
    if (first !== undefined && first < last && first === 0) open.lines = []; // another attempt
    const from = open.lines.at(-1)?.n ?? -1;
    const news = lines.filter((line) => line.n > from);
    if (news.length === 0) return;
    open.lines.push(...news);
    open.due ??= setTimeout(() => {
      open.due = undefined;
      this.changed.fire(uri);
    }, GATHER);
  }

  private close(uri: vscode.Uri): void {
    const open = this.open.get(uri.toString());
    if (!open) return;
    open.following.cancel();
    clearTimeout(open.due);
    this.open.delete(uri.toString());
  }

  dispose(): void {
    for (const { following } of this.open.values()) following.cancel();
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
  }
}

function unitOf(uri: vscode.Uri): string {
  return uri.path.replace(/^\//, "").replace(/\.transcript$/, "");
}

/** When something has happened to the unit, or the connection is another. */
function nextNews(
  repository: Repository,
  unit: string,
  token: vscode.CancellationToken,
): Promise<void> {
  return new Promise((resolve) => {
    const { phase } = repository;
    const subscriptions = [
      repository.onDidHear((event) => event.unit === unit && done()),
      repository.onDidChange(() => repository.phase !== phase && done()),
      token.onCancellationRequested(() => done()),
    ];
    function done(): void {
      for (const subscription of subscriptions) subscription.dispose();
      resolve();
    }
  });
}

function text(lines: TranscriptLine[]): string {
  const told = lines.filter((line) => line.text.trim() || !SILENT.has(line.kind));
  return told.map(lineText).join("") || "Its agent has said nothing yet.\n";
}

/** Kinds of lines that say nothing where they have no text. */
const SILENT = new Set(["plan", "tool_call", "usage"]);
const INDENT = " ".repeat(22);
/** What an editor may take for the end of a line: none of an agent's words begin one like ours. */
const BREAK = /\r\n|[\r\n\u2028\u2029]/;

/** `12:03:41  tool        …`, further lines below the first. */
export function lineText(line: TranscriptLine): string {
  const at = new Date(line.at).toLocaleTimeString("en-GB");
  const words = line.text.replace(/\s+$/, "").split(BREAK).join(`\n${INDENT}`);
  return `${at}  ${line.kind.padEnd(10)}  ${words}\n`;
}

/** Who looked at the end goes on looking at it. */
function keepAtEnd(document: vscode.TextDocument): void {
  for (const editor of vscode.window.visibleTextEditors) {
    if (editor.document !== document) continue;
    const last = document.lineCount - 1;
    const seen = editor.visibleRanges.at(-1)?.end.line ?? 0;
    const near = editor.selection.active.line >= last - 60 || seen >= last - 60;
    if (near) editor.revealRange(new vscode.Range(last, 0, last, 0));
  }
}
