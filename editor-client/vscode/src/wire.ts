// Written by scripts/draw-types from the operations' JSON Schemas: change those, not this.
// docs/wire.md says what the fields mean.

export type Access = "CREATE" | "WRITE_BODY" | "WRITE_SIGNATURE" | "DELETE" | "RENAME" | "READ";

export interface Attempt {
  id: string;
  unit: string;
  n: number;
  agent: string;
  session?: string;
  startedAt: string;
  endedAt?: string;
  exitCode?: number;
  lastWords?: string;
}

export interface AttentionItem {
  id: string;
  unit?: string;
  chunk?: string;
  reason: Reason;
  text: string;
  options: Option[];
  place?: Place;
  since: string;
  blocks: number;
  subject?: string;
  unmerged: Unmerged[];
  freeText: boolean;
  denied: Denial[];
  default?: string;
}

export interface BaseRef {
  branch: string;
  commit?: string;
  since?: string;
}

export interface Budget {
  seconds?: number;
  turns?: number;
  tokens?: number;
  money?: number;
}

export interface ChunkCard {
  name: string;
  path: string;
  says: string;
  problem?: Problem;
}

export interface Conflict {
  id: string;
  a: string;
  b: string;
  overlaps: Overlap[];
  verdict: Verdict;
  decidedBy: DecidedBy;
  probability: number;
  why: string;
  first?: string;
  covered: ([string, string, string])[];
  askedAgain: boolean;
  resolved: boolean;
}

export type ConflictType = "FILE" | "SYMBOL" | "REFERENCE" | "SUBSYSTEM" | "TEXTUAL";

export interface DaemonInfo {
  version: string;
  pid: number;
  startedAt: string;
  repository: string;
  base: string;
  paused: boolean;
  sandbox: string;
  network: string[];
  chunks: string;
  index: IndexInfo;
}

export type DecidedBy = "oracle" | "operator";

export interface Denial {
  what: "read" | "write" | "network";
  where: string;
  times: number;
}

export interface DiffFile {
  path: string;
  status: string;
  oldPath?: string;
  added?: number;
  removed?: number;
  before?: VersionText;
  after?: VersionText;
}

export interface Event {
  seq: number;
  at: string;
  kind: string;
  unit?: string;
  data: Record<string, unknown>;
}

export type Evidence = "PREDICTED" | "DECLARED" | "OBSERVED";

export interface FileVersion {
  mode: string;
  blob: string;
}

export interface IndexInfo {
  done?: number;
  total?: number;
  unknown: Record<string, string>;
}

export interface LandedChange {
  commit: string;
  subject: string;
  unit?: string;
  chunk?: string;
  symbols: string[];
}

export interface Landing {
  id: string;
  unit: string;
  state: LandingState;
  snapshot: string;
  tip?: string;
  tree?: string;
  commit?: string;
  message?: string;
  author?: string;
  committer?: string;
  at: string;
}

export type LandingState = "VERIFIED" | "MERGED" | "MOVING" | "LANDED";

export interface Option {
  id: string;
  label: string;
  description?: string;
  kind?: string;
}

export interface Overlap {
  type: ConflictType;
  path: string;
  symbol?: string;
  detail: string;
  evidence: Record<string, unknown>;
}

export type Phase = "IMPLEMENT" | "REBASE" | "VERIFY" | "LAND";

export interface Place {
  path: string;
  range?: Range;
}

export interface Position {
  line: number;
  character: number;
}

export interface Problem {
  code: string;
  message: string;
  remedy: string;
  place?: Place;
  data?: Record<string, unknown>;
}

export interface Range {
  start: Position;
  end: Position;
}

export type Reason = "QUESTION" | "PERMISSION" | "CONFLICT" | "LANDING_CONFLICT" | "CHECKS_FAILED" | "AGENT_FAILED" | "DEPENDENCY_GONE" | "BUDGET" | "BASE_DIRTY" | "SANDBOX_DENIED" | "CIRCUIT_OPEN";

export interface SettingView {
  value: unknown;
  origin: string;
  description: string;
  unit?: string;
}

export interface Snapshot {
  id: string;
  unit: string;
  at: string;
  why: string;
  files: number;
  tree: string;
  base: string;
  unsaved: string[];
}

export type Status = "PENDING" | "READY" | "ASSIGNED" | "RUNNING" | "NEEDS_ATTENTION" | "BLOCKED" | "COMPLETED" | "FAILED" | "CANCELLED";

export interface Touch {
  path: string;
  symbol?: string;
  lines?: [number, number];
  access: Access;
  evidence: Evidence;
  confidence: number;
  why?: string;
  inside?: string;
  edge?: string;
  added: boolean;
  called: boolean;
  near: boolean;
  kind?: string;
  changed: ([number, number])[];
  content?: string;
}

export interface Toucher {
  participant: string;
  chunk?: string;
  path: string;
  symbol?: string;
  access: string;
  evidence: string;
  status?: string;
}

export interface TranscriptLine {
  n: number;
  at: string;
  kind: string;
  text: string;
  data?: Record<string, unknown>;
}

export interface Unmerged {
  path: string;
  kind: string;
  says: string;
  base?: FileVersion;
  ours?: FileVersion;
  theirs?: FileVersion;
  landed: LandedChange[];
  hunks: string;
}

export interface UnmergedFile {
  path: string;
  kind: string;
  says: string;
  base?: VersionText;
  ours?: VersionText;
  theirs?: VersionText;
  landed: LandedChange[];
  hunks: string;
}

export interface Usage {
  turns: number;
  tokens: number;
  money: number;
  seconds: number;
}

export type Verdict = "INDEPENDENT" | "SERIALIZE" | "ASK_OPERATOR";

export interface VersionText {
  mode: string;
  blob: string;
  text?: string;
  cut: boolean;
}

export interface WorkUnit {
  id: string;
  chunk: string;
  status: Status;
  phase?: Phase;
  priority: number;
  dependsOn: string[];
  blockedBy: string[];
  attention?: AttentionItem;
  base: BaseRef;
  injectedFrom?: string;
  workspace?: string;
  agent: string;
  session?: string;
  note?: string;
  attempts: number;
  transientFailures: number;
  sentBack: number;
  nudges: number;
  usage: Usage;
  notBefore?: string;
  displacedChunk?: string;
  snapshot?: string;
  life: number;
  examined: boolean;
  retain: boolean;
  hidden: boolean;
  ending?: "cancel" | "delete";
  budget: Budget;
  allowance: number;
  network: string;
  sandbox: string;
  createdAt: string;
  updatedAt: string;
  landedAt?: string;
  landedCommit?: string;
  approved?: string;
  baseMoved: boolean;
}

export interface WorkspaceInfo {
  unit: string;
  status: string;
  path: string;
  base?: string;
  snapshot?: string;
}

/** Every operation: what it takes and what it gives. */
export interface Operations {
  analyze: {
    params: {
      chunks: string[];
    };
    result: {
      conflicts: Conflict[];
    };
  };
  answer: {
    params: {
      item: string;
      option?: string;
      text?: string;
    };
    result: {
      item: AttentionItem;
      delivered: boolean;
    };
  };
  attention: {
    params: Record<string, never>;
    result: {
      items: AttentionItem[];
    };
  };
  cancel: {
    params: {
      unit: string;
    };
    result: {
      unit: WorkUnit;
    };
  };
  chunks: {
    params: Record<string, never>;
    result: {
      chunks: ChunkCard[];
    };
  };
  conflicts: {
    params: {
      chunk?: string;
      unresolved?: boolean;
    };
    result: {
      conflicts: Conflict[];
    };
  };
  delete: {
    params: {
      unit: string;
    };
    result: {
      unit: WorkUnit;
    };
  };
  diff: {
    params: {
      unit: string;
      against?: string;
      conflict?: boolean;
      texts?: boolean;
    };
    result: {
      patch: string;
      files: DiffFile[];
      tree: string;
      base: string;
      cut: boolean;
      unmerged: UnmergedFile[];
    };
  };
  events: {
    params: {
      since: number;
    };
    result: {
      events: Event[];
      seq: number;
      resync: boolean;
    };
  };
  footprint: {
    params: {
      unit?: string;
      chunk?: string;
    };
    result: {
      touches: Touch[];
    };
  };
  history: {
    params: {
      unit: string;
    };
    result: {
      events: Event[];
    };
  };
  index: {
    params: {
      whole?: boolean;
    };
    result: {
      index: IndexInfo;
    };
  };
  inject: {
    params: {
      chunks: string[];
      priority?: number;
      agent?: string;
      dependsOn?: string[];
      retain?: boolean;
    };
    result: {
      units: WorkUnit[];
      warnings: Problem[];
    };
  };
  land: {
    params: {
      unit: string;
    };
    result: {
      unit: WorkUnit;
    };
  };
  landings: {
    params: Record<string, never>;
    result: {
      landings: Landing[];
    };
  };
  log: {
    params: {
      unit: string;
      attempt?: number;
      since?: number;
      follow?: boolean;
    };
    result: {
      lines: TranscriptLine[];
    };
  };
  pause: {
    params: Record<string, never>;
    result: {
      daemon: DaemonInfo;
    };
  };
  prioritize: {
    params: {
      unit: string;
      priority: number;
    };
    result: {
      unit: WorkUnit;
    };
  };
  restore: {
    params: {
      unit: string;
      snapshot: string;
    };
    result: {
      unit: WorkUnit;
    };
  };
  resume: {
    params: Record<string, never>;
    result: {
      daemon: DaemonInfo;
    };
  };
  retry: {
    params: {
      unit: string;
    };
    result: {
      unit: WorkUnit;
    };
  };
  retryAll: {
    params: Record<string, never>;
    result: {
      units: WorkUnit[];
    };
  };
  setSettings: {
    params: Record<string, unknown>;
    result: {
      settings: Record<string, SettingView>;
    };
  };
  settings: {
    params: Record<string, never>;
    result: {
      settings: Record<string, SettingView>;
    };
  };
  shutdown: {
    params: {
      drain?: boolean;
    };
    result: {
      stopping: boolean;
    };
  };
  snapshots: {
    params: {
      unit: string;
    };
    result: {
      snapshots: Snapshot[];
    };
  };
  status: {
    params: Record<string, never>;
    result: {
      daemon: DaemonInfo;
      counts: Record<string, number>;
      units: WorkUnit[];
      heard: Record<string, string>;
      seq: number;
    };
  };
  submitFuture: {
    params: Record<string, never>;
    result: {
      injected: string[];
      uncommitted: string[];
      alreadyInjected: string[];
      refused: Problem[];
    };
  };
  trust: {
    params: {
      hash?: string;
    };
    result: {
      hash?: string;
      allows: Problem[];
      trusted: boolean;
    };
  };
  unit: {
    params: {
      unit: string;
    };
    result: {
      unit: WorkUnit;
      attempts: Attempt[];
      snapshots: Snapshot[];
      landing?: Landing;
    };
  };
  validate: {
    params: {
      chunks: string[];
    };
    result: {
      problems: Problem[];
    };
  };
  verdict: {
    params: {
      conflict?: string;
      a?: string;
      b?: string;
      verdict: "INDEPENDENT" | "SERIALIZE" | "ASK_AGENTS";
      first?: string;
    };
    result: {
      conflict: Conflict;
    };
  };
  version: {
    params: Record<string, never>;
    result: {
      version: string;
      protocol: number;
    };
  };
  who: {
    params: {
      path: string;
      range?: Range;
      symbol?: string;
    };
    result: {
      touches: Toucher[];
    };
  };
  workspaces: {
    params: Record<string, never>;
    result: {
      workspaces: WorkspaceInfo[];
    };
  };
}
