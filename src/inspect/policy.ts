/** What the user decided about findings: what he does not want to hear of, severities, and the thresholds of the checks. */
import type { Finding, Severity } from './contract/finding.ts';

export interface Policy {
  /** Ids or codes the user does not want to hear of: `LEK001`, `SUB001:subnet-0a1`, `MAX001/trunk`. */
  readonly suppress: readonly string[];
  readonly thresholds: Thresholds;
  /** Severity of a code in place of its own. */
  readonly severities?: Readonly<Record<string, Severity>>;
}

export interface Thresholds {
  /** Share of a subnet's addresses still free below which it is an error, and a warning. */
  readonly subnetErrorRatio: number;
  readonly subnetWarnRatio: number;
  /** Free addresses of a control-plane subnet. */
  readonly controlPlaneErrorIps: number;
  readonly controlPlaneWarnIps: number;
  /** Minutes after which an unattached ENI of the CNI counts as leaked. */
  readonly leakedEniMinutes: number;
  /** Warm pool: idle share and idle addresses from which it is a waste. */
  readonly warmIdleRatio: number;
  readonly warmIdleIps: number;
  /** Minutes for which a new node is left alone. */
  readonly youngNodeMinutes: number;
}

export const DEFAULT_THRESHOLDS: Thresholds = {
  subnetErrorRatio: 0.05,
  subnetWarnRatio: 0.2,
  controlPlaneErrorIps: 6,
  controlPlaneWarnIps: 16,
  leakedEniMinutes: 30,
  warmIdleRatio: 0.5,
  warmIdleIps: 64,
  youngNodeMinutes: 5,
};

export const DEFAULT_POLICY: Policy = { suppress: [], thresholds: DEFAULT_THRESHOLDS };

/** What names a finding. */
type Suppressible = Pick<Finding, 'id' | 'code' | 'longCode'>;

/** True where the user suppressed this finding, by code, code and sub-reason, or id. Long codes are accepted. */
export function isSuppressed(policy: Policy, finding: Suppressible): boolean {
  const names = new Set([finding.id, finding.code, finding.longCode, finding.id.split(':')[0]!]);
  return policy.suppress.some((s) => names.has(s) || (s.includes('*') && [...names].some((n) => globOf(s).test(n))));
}

/** Suppressions that suppress nothing: what they were for is gone, or they are misspelt. */
export function unusedSuppressions(policy: Policy, findings: readonly Suppressible[]): readonly string[] {
  return policy.suppress.filter((s) => !findings.some((f) => isSuppressed({ ...policy, suppress: [s] }, f)));
}

/** `*` stands for any text. */
export function globOf(pattern: string): RegExp {
  const parts = pattern.split(/\*+/).map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${parts.join('.*')}$`);
}
