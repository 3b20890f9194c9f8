/**
 * The commands that servers offer, registered once in a window and sent to the right repository:
 * the one that a code action or lens was made for, else the one of the editor that is open.
 */

import * as vscode from "vscode";
import type { Routed } from "./client";
import { tell } from "./failure";
import type { Repositories } from "./repositories";
import type { Repository } from "./repository";

/**
 * What is done here in place of the server's own, which is made for editors that can do less. Only
 * for what the operator chose in the editor: who calls a command by its name gets the operation.
 */
export type Own = (repository: Repository, argument: Record<string, unknown>) => Promise<unknown>;

export class Routes implements vscode.Disposable {
  private readonly registered = new Map<string, vscode.Disposable>();
  private repositories: Repositories | undefined;

  constructor(private readonly own: Record<string, Own>) {}

  begin(repositories: Repositories): void {
    this.repositories = repositories;
  }

  /** Make the commands known to the editor; those that it knows already are left alone. */
  readonly offer = (commands: string[]): void => {
    for (const command of commands)
      if (!this.registered.has(command))
        this.registered.set(
          command,
          vscode.commands.registerCommand(command, (...args: unknown[]) => this.run(command, args)),
        );
  };

  private async run(command: string, args: unknown[]): Promise<unknown> {
    const rest = args.filter((argument) => !isRouted(argument));
    const routed = args.find(isRouted);
    const named = routed && this.repositories?.get(routed.pointsmanRoot);
    const repository = named ?? (await choose(this.repositories));
    if (!repository) return undefined;
    try {
      const own = this.own[command];
      const first = rest[0];
      if (own && routed && typeof first === "object" && first !== null)
        return await own(repository, first as Record<string, unknown>);
      return await repository.execute(command, rest);
    } catch (error) {
      void tell(error);
      return undefined;
    }
  }

  dispose(): void {
    for (const registration of this.registered.values()) registration.dispose();
  }
}

function isRouted(argument: unknown): argument is Routed {
  return typeof argument === "object" && argument !== null && "pointsmanRoot" in argument;
}

/** The repository that is meant: the only one, the open editor's, or the one that is picked. */
export async function choose(
  repositories: Repositories | undefined,
): Promise<Repository | undefined> {
  const all = repositories?.pools ?? [];
  if (all.length < 2) {
    if (all.length === 0)
      void vscode.window.showInformationMessage(
        "Pointsman works in git repositories; this window has none open.",
      );
    return all[0];
  }
  const here = repositories?.of(vscode.window.activeTextEditor?.document.uri);
  if (here) return here;
  const picked = await vscode.window.showQuickPick(
    all.map((repository) => ({
      label: `$(repo) ${repository.name}`,
      description: repository.root.fsPath,
      repository,
    })),
    { placeHolder: "In which repository?" },
  );
  return picked?.repository;
}
