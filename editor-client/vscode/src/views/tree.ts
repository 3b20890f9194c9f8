/** What the three trees have in common: a heading a repository where a window has several. */

import * as vscode from "vscode";
import type { Repositories } from "../repositories";
import type { Repository } from "../repository";
import type { Look } from "../words";

export interface Node {
  repository: Repository;
  item: vscode.TreeItem;
  children?: () => Node[];
}

const TICK = 30_000;
/** Milliseconds: how often ages are shown anew. */

export abstract class Tree implements vscode.TreeDataProvider<Node>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.changed.event;
  private readonly subscription: vscode.Disposable;
  private readonly timer: NodeJS.Timeout;
  private due: NodeJS.Timeout | undefined;
  private drawn = "";

  constructor(protected readonly repositories: Repositories) {
    this.subscription = repositories.onDidChange(() => this.refresh());
    this.timer = setInterval(() => this.changed.fire(undefined), TICK);
  }

  /** What the rows are made of: they are drawn anew only where that has changed. */
  protected abstract seen(repository: Repository): unknown;

  /** The rows of one repository. */
  protected abstract rows(repository: Repository): Node[];

  getTreeItem(node: Node): vscode.TreeItem {
    return node.item;
  }

  getChildren(node?: Node): Node[] {
    if (node) return node.children?.() ?? [];
    const shown = this.repositories.pools
      .map((repository) => ({ repository, rows: this.rows(repository) }))
      .filter(({ rows }) => rows.length > 0);
    if (this.repositories.pools.length < 2) return shown.flatMap(({ rows }) => rows);
    return shown.map(({ repository, rows }) => {
      const item = new vscode.TreeItem(repository.name, vscode.TreeItemCollapsibleState.Expanded);
      item.id = repository.key;
      item.iconPath = new vscode.ThemeIcon("repo");
      item.contextValue = "repository";
      return { repository, item, children: () => rows };
    });
  }

  /**
   * Soon; a burst of events is one change. Where nothing changed the rows are left as they are: a
   * click on one that is drawn anew at that moment comes to nothing.
   */
  private refresh(): void {
    this.due ??= setTimeout(() => {
      this.due = undefined;
      const now = JSON.stringify(this.repositories.pools.map((r) => [r.key, this.seen(r)]));
      if (now === this.drawn) return;
      this.drawn = now;
      this.changed.fire(undefined);
    }, 50);
  }

  dispose(): void {
    this.subscription.dispose();
    clearInterval(this.timer);
    clearTimeout(this.due);
    this.changed.dispose();
  }
}

export function icon(look: Look): vscode.ThemeIcon {
  return new vscode.ThemeIcon(
    look.icon,
    look.color ? new vscode.ThemeColor(look.color) : undefined,
  );
}

/** A tooltip; `text` is Markdown in which whatever agents wrote went through `plain`. */
export function tooltip(text: string): vscode.MarkdownString {
  return new vscode.MarkdownString(text, true);
}
