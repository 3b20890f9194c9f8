/**
 * Versions of files that are in no working tree, as read-only documents: both sides of a unit's
 * diff, and the three of a file that does not merge. Their texts come with the operation `diff`.
 */

import * as vscode from "vscode";

export const SCHEME = "pointsman-version";

/** How many documents are kept; those of the oldest views go first. */
const KEPT = 400;

export class Versions implements vscode.TextDocumentContentProvider, vscode.Disposable {
  private readonly texts = new Map<string, string>();
  private readonly registration = vscode.workspace.registerTextDocumentContentProvider(
    SCHEME,
    this,
  );

  /**
   * A document of that text. `path` gives its language; `name` and `version` tell it from others,
   * which have the same path: else the diff editor would take them for renamed.
   */
  put(path: string, name: string, version: string, text: string): vscode.Uri {
    const uri = vscode.Uri.from({ scheme: SCHEME, path: `/${path}`, query: `${name} ${version}` });
    this.texts.delete(uri.toString());
    this.texts.set(uri.toString(), text);
    for (const key of this.texts.keys()) {
      if (this.texts.size <= KEPT) break;
      this.texts.delete(key);
    }
    return uri;
  }

  provideTextDocumentContent(uri: vscode.Uri): string {
    return this.texts.get(uri.toString()) ?? "This version is not at hand any more: open it anew.";
  }

  dispose(): void {
    this.registration.dispose();
  }
}
