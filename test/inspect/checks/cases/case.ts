import type { Confidence, Severity } from '../../../../src/inspect/contract/finding.ts';
import type { ClusterSnapshot } from '../../../../src/inspect/snapshot.ts';

export interface Want {
  readonly id: string;
  readonly severity: Severity;
  readonly confidence?: Confidence;
  /** Pods without an address that it accounts for; not compared where absent. */
  readonly waiting?: readonly string[];
  /** Part of the evidence. */
  readonly evidence?: Readonly<Record<string, unknown>>;
  /** Text that the message has. */
  readonly says?: RegExp;
  /** One expression for each command of the first fix, in order. */
  readonly commands?: readonly RegExp[];
  /** Commands of any fix. */
  readonly anyCommand?: readonly RegExp[];
}

export interface Row {
  readonly name: string;
  readonly of: ClusterSnapshot;
}

export interface Case {
  /** Every finding of the check, and nothing else. */
  readonly fires: readonly (Row & { readonly want: readonly Want[] })[];
  readonly quiet: readonly Row[];
  readonly notApplicable?: readonly Row[];
  /** Sections that must be whole: it concludes from what is not in them. */
  readonly whole?: readonly string[];
  /** Helps without which the first case cannot be told from a cluster in order: not evaluated, not passed. */
  readonly blindWithout?: readonly string[];
}
