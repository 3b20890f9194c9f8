/** The language client of one checkout: what of vscode-languageclient is done differently here. */

import type * as vscode from "vscode";
import {
  CloseAction,
  type DynamicFeature,
  ErrorAction,
  type InitializeParams,
  LanguageClient,
  type Middleware,
  RevealOutputChannelOn,
  type StaticFeature,
} from "vscode-languageclient/node";

export interface Wiring {
  root: vscode.Uri;
  program: string;
  output: vscode.LogOutputChannel;
  /** The connection is gone and nobody asked for that. */
  lost: () => void;
}

/** A command's argument that says which repository it is for. Never sent to a server. */
export interface Routed {
  pointsmanRoot: string;
}

export class PointsmanClient extends LanguageClient {
  private readonly root: vscode.Uri;

  constructor(wiring: Wiring) {
    const { root, program, output } = wiring;
    const folder = { uri: root, name: nameOf(root), index: 0 };
    super(
      "pointsman",
      "Pointsman",
      { command: program, args: ["lsp"], options: { cwd: root.fsPath } },
      {
        documentSelector: [
          { scheme: "file", pattern: { baseUri: root.toString(), pattern: "**/*" } },
          { scheme: "file", language: "markdown", pattern: "**/pointsman/**/answer-*.md" },
        ],
        workspaceFolder: folder,
        outputChannel: output,
        revealOutputChannelOn: RevealOutputChannelOn.Never,
        initializationOptions: { events: true, prompts: false },
        initializationFailedHandler: () => false,
        middleware: routing(root),
        errorHandler: {
          error: () => ({ action: ErrorAction.Continue, handled: true }),
          closed: () => {
            wiring.lost();
            return { action: CloseAction.DoNotRestart, handled: true };
          },
        },
      },
    );
    this.root = root;
  }

  /** Commands are registered once for all repositories, in `routes.ts`. */
  override registerFeature(feature: StaticFeature | DynamicFeature<unknown>): void {
    const method = (feature as Partial<DynamicFeature<unknown>>).registrationType?.method;
    if (method !== "workspace/executeCommand") super.registerFeature(feature);
  }

  /** One client a checkout: the window's other folders are not this one's business. */
  protected override fillInitializeParams(params: InitializeParams): void {
    super.fillInitializeParams(params);
    params.rootUri = this.root.toString();
    params.rootPath = this.root.fsPath;
    params.workspaceFolders = [{ uri: this.root.toString(), name: nameOf(this.root) }];
  }

  /** The commands that the server offers; none where it found no repository. */
  get commands(): string[] {
    return this.initializeResult?.capabilities.executeCommandProvider?.commands ?? [];
  }
}

export function nameOf(root: vscode.Uri): string {
  return root.path.split("/").filter(Boolean).pop() ?? root.path;
}

/** Have every command that the server puts before the operator carry the repository it is for. */
function routing(root: vscode.Uri): Middleware {
  const tag = (command: vscode.Command | undefined): void => {
    if (!command) return;
    const routed: Routed = { pointsmanRoot: root.toString() };
    command.arguments = [...(command.arguments ?? []), routed];
  };
  return {
    async provideCodeActions(document, range, context, token, next) {
      const actions = await next(document, range, context, token);
      for (const action of actions ?? [])
        tag(isAction(action) ? action.command : (action as vscode.Command));
      return actions;
    },
    async provideCodeLenses(document, token, next) {
      const lenses = await next(document, token);
      for (const lens of lenses ?? []) tag(lens.command);
      return lenses;
    },
    async resolveCodeLens(lens, token, next) {
      const resolved = await next(lens, token);
      tag(resolved?.command);
      return resolved;
    },
    async provideInlayHints(document, range, token, next) {
      const hints = await next(document, range, token);
      for (const hint of hints ?? [])
        if (Array.isArray(hint.label)) for (const part of hint.label) tag(part.command);
      return hints;
    },
  };
}

function isAction(action: vscode.Command | vscode.CodeAction): action is vscode.CodeAction {
  return typeof action.command !== "string";
}
