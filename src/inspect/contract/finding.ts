/** What a check says: findings and the fixes they carry. */
export type Severity = 'error' | 'warning' | 'info';
/** observed: an API reply or an event shows it; derived: computed by documented rules; heuristic: a usual pattern. */
export type Confidence = 'observed' | 'derived' | 'heuristic';
export type Grain = 'cluster' | 'zone' | 'subnet' | 'group' | 'node' | 'pod' | 'eni';

export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info'];

/** 0 is the most severe. */
export function severityRank(severity: Severity): number {
  return SEVERITIES.indexOf(severity);
}

export function atLeast(severity: Severity, floor: Severity): boolean {
  return severityRank(severity) <= severityRank(floor);
}

/** Which parts of the cluster a finding concerns; causes and symptoms are matched by overlap. Pods are `namespace/name`. */
export interface Scope {
  readonly nodes?: readonly string[];
  readonly pods?: readonly string[];
  readonly subnets?: readonly string[];
  readonly zones?: readonly string[];
}

export interface Resource {
  readonly kind:
    | 'cluster'
    | 'zone'
    | 'subnet'
    | 'nodegroup'
    | 'node'
    | 'pod'
    | 'eni'
    | 'eniconfig'
    | 'addon'
    | 'daemonset';
  readonly id: string;
  /** A name the user gave, where there is one. Untrusted text. */
  readonly name?: string;
}

export interface Fix {
  readonly title: string;
  /** Complete command lines with real ids; run in this order. A here-document is one entry. */
  readonly commands: readonly string[];
  /** What running them changes, in a sentence. */
  readonly changes: string;
  readonly effect: 'immediate' | 'minutes' | 'node-replacement';
  /** What comes free, "176 addresses in subnet-0a1". */
  readonly frees?: string;
  readonly risk?: string;
}

export interface Finding {
  /** `CODE[/sub]:key`: what baselines and suppressions refer to. */
  readonly id: string;
  readonly code: string;
  /** `VPCCNI-SUB-001`. */
  readonly longCode: string;
  readonly subReason?: string;
  readonly severity: Severity;
  readonly confidence: Confidence;
  readonly title: string;
  readonly message: string;
  readonly grain: Grain;
  readonly resources: readonly Resource[];
  readonly resourcesTotal: number;
  readonly scope: Scope;
  readonly evidence: Readonly<Record<string, unknown>>;
  readonly fixes: readonly Fix[];
  /** Codes of symptoms this finding may account for. */
  readonly explains: readonly string[];
  /** Id of the finding that accounts for this one. */
  readonly causedBy?: string;
  /** What could not be read and would have made this more certain. */
  readonly caveats: readonly string[];
}

/** Effects in the order in which they help. */
const EFFECTS: readonly Fix['effect'][] = ['immediate', 'minutes', 'node-replacement'];

export function byTimeToEffect(a: Fix, b: Fix): number {
  return EFFECTS.indexOf(a.effect) - EFFECTS.indexOf(b.effect);
}

export function scopesOverlap(a: Scope, b: Scope): boolean {
  return (['nodes', 'pods', 'subnets', 'zones'] as const).some((k) => {
    const other = new Set(b[k]);
    return a[k]?.some((x) => other.has(x)) ?? false;
  });
}
