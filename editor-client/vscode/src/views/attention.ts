/** What waits for the operator, the most pressing first. */

import * as vscode from "vscode";
import type { Repository } from "../repository";
import type { AttentionItem } from "../wire";
import { firstLine, itemLine, plain, REASONS } from "../words";
import { icon, type Node, Tree, tooltip } from "./tree";

export interface ItemNode extends Node {
  attention: AttentionItem;
}

export class Attention extends Tree {
  protected seen({ pool }: Repository): unknown {
    return pool?.waiting();
  }

  protected rows(repository: Repository): Node[] {
    return (repository.pool?.waiting() ?? []).map((attention) => row(repository, attention));
  }

  /** How many things wait, in all repositories. */
  get count(): number {
    return this.repositories.pools.reduce((sum, r) => sum + (r.pool?.items.size ?? 0), 0);
  }
}

function row(repository: Repository, attention: AttentionItem): ItemNode {
  const item = new vscode.TreeItem(headline(repository, attention));
  item.id = `${repository.key} ${attention.id}`;
  item.description = itemLine(attention, Date.now());
  item.iconPath = icon(REASONS[attention.reason]);
  item.tooltip = tooltip(card(attention));
  const words = ["item", attention.reason.toLowerCase()];
  if (attention.unit) words.push("ofUnit");
  item.contextValue = words.join(" ");
  const node: ItemNode = { repository, item, attention };
  item.command = { command: "pointsman.answerItem", title: "Answer", arguments: [node] };
  return node;
}

/** What it is about in a few words: the pair of a conflict, else how its text begins. */
export function headline(repository: Repository, attention: AttentionItem): string {
  const conflict = repository.pool?.conflicts.get(attention.subject ?? "");
  if (attention.reason === "CONFLICT" && conflict) return `${conflict.a} ↔ ${conflict.b}`;
  return firstLine(attention.text);
}

function card(attention: AttentionItem): string {
  const lines = [
    attention.chunk
      ? `**${plain(attention.chunk)}** ${REASONS[attention.reason].title}`
      : `**Pointsman**: ${REASONS[attention.reason].title}`,
    plain(attention.text),
  ];
  for (const option of attention.options)
    lines.push(
      `- ${plain(option.label)}${option.description ? `: ${plain(option.description)}` : ""}`,
    );
  if (attention.default) lines.push(`Without an answer: ${plain(attention.default)}`);
  return lines.join("\n\n");
}
