import type { OutputFlags } from '../io.ts';

/** The options of `simulate` as commander hands them over. */
export interface SimulateFlags extends OutputFlags {
  readonly instance?: string;
  /** `KEY=VALUE`, as given. */
  readonly env?: readonly string[];
  readonly from?: string;
  readonly demo?: boolean;
  readonly node?: string;
  readonly pods?: string;
  readonly maxPods?: number;
  readonly branchPods?: number;
  readonly eniLimit?: number;
  readonly ipv4PerEni?: number;
  readonly freeIps?: string;
  readonly compare?: readonly string[];
  readonly seed?: number;
  readonly input?: string;
}
