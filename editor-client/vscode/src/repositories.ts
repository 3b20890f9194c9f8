/** The checkouts of a window: one for each that its folders are in, or that is just below one. */

import * as vscode from "vscode";
import { checkoutOf, checkoutsBelow, isInside } from "./checkout";
import { Repository } from "./repository";
import type { AttentionItem } from "./wire";

export class Repositories implements vscode.Disposable {
  private readonly byRoot = new Map<string, Repository>();
  private readonly changed = new vscode.EventEmitter<void>();
  private readonly opened = new vscode.EventEmitter<[Repository, AttentionItem]>();
  readonly onDidChange = this.changed.event;
  readonly onDidOpenItem = this.opened.event;
  private readonly subscriptions: vscode.Disposable[] = [];

  constructor(
    private readonly output: vscode.LogOutputChannel,
    private readonly offered: (commands: string[]) => void,
  ) {
    this.subscriptions.push(
      vscode.workspace.onDidChangeWorkspaceFolders(() => void this.look()),
      vscode.workspace.onDidOpenTextDocument((document) => void this.cover(document)),
      vscode.workspace.onDidChangeConfiguration((change) => {
        if (change.affectsConfiguration("pointsman.server.path")) void this.reconnect();
      }),
    );
  }

  /** Those that there is anything to say of. */
  get all(): Repository[] {
    const shown = [...this.byRoot.values()].filter((r) => r.phase !== "outside");
    return shown.sort((a, b) => a.name.localeCompare(b.name) || a.key.localeCompare(b.key));
  }

  /** Those of `all` whose daemons differ: two checkouts of one repository have one pool. */
  get pools(): Repository[] {
    const seen = new Set<string>();
    return this.all.filter((repository) => {
      const id = repository.pool?.daemon.repository ?? repository.key;
      const isNew = !seen.has(id);
      seen.add(id);
      return isNew;
    });
  }

  get(key: string): Repository | undefined {
    return this.byRoot.get(key);
  }

  /** The one that a file is in. */
  of(uri: vscode.Uri | undefined): Repository | undefined {
    if (uri?.scheme !== "file") return undefined;
    return this.all
      .filter((r) => isInside(uri.fsPath, r.root.fsPath))
      .sort((a, b) => b.key.length - a.key.length)[0];
  }

  /** Look which checkouts there are, begin with the new ones and leave those that went. */
  async look(): Promise<void> {
    const roots = new Set<string>();
    const folders = (vscode.workspace.workspaceFolders ?? []).filter(
      (f) => f.uri.scheme === "file",
    );
    for (const folder of folders) {
      const here = await checkoutOf(folder.uri.fsPath);
      for (const root of here ? [here] : await checkoutsBelow(folder.uri.fsPath)) roots.add(root);
    }
    for (const [key, repository] of this.byRoot) {
      const inside = folders.some(
        (f) =>
          isInside(repository.root.fsPath, f.uri.fsPath) ||
          isInside(f.uri.fsPath, repository.root.fsPath),
      );
      if (!inside) {
        this.byRoot.delete(key);
        void repository.dispose();
      }
    }
    await Promise.all([...roots].map((root) => this.begin(root)));
    await Promise.all(vscode.workspace.textDocuments.map((document) => this.cover(document)));
    this.changed.fire();
  }

  /** A file of a checkout deeper in one of the folders brings that one in. */
  private async cover(document: vscode.TextDocument): Promise<void> {
    const folder = vscode.workspace.getWorkspaceFolder(document.uri);
    if (document.uri.scheme !== "file" || !folder) return;
    const root = await checkoutOf(vscode.Uri.joinPath(document.uri, "..").fsPath);
    if (root && isInside(root, folder.uri.fsPath)) await this.begin(root);
  }

  private async begin(root: string): Promise<void> {
    const uri = vscode.Uri.file(root);
    if (this.byRoot.has(uri.toString())) return;
    const repository = new Repository(uri, this.output, this.offered);
    this.byRoot.set(uri.toString(), repository);
    repository.onDidChange(() => this.changed.fire());
    repository.onDidOpenItem((item) => {
      if (this.pools.includes(repository)) this.opened.fire([repository, item]);
    });
    await repository.connect();
  }

  async reconnect(): Promise<void> {
    await Promise.all([...this.byRoot.values()].map((repository) => repository.connect()));
  }

  async dispose(): Promise<void> {
    for (const subscription of this.subscriptions) subscription.dispose();
    await Promise.all([...this.byRoot.values()].map((repository) => repository.dispose()));
    this.byRoot.clear();
    this.changed.dispose();
    this.opened.dispose();
  }
}
