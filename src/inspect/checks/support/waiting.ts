/** The pods without an address that one finding accounts for. */

import { things, verb } from '../../contract/words.ts';
import type { StuckCause } from '../../facts/stuck-causes.ts';
import type { StuckPod } from '../../facts/stuck-pods.ts';

export interface Waiting {
  /** `namespace/name`, the oldest first. */
  readonly pods: readonly string[];
  /** Their nodes, each once. */
  readonly nodes: readonly string[];
}

export const NOBODY: Waiting = { pods: [], nodes: [] };

/** Pods that wait for this cause on these nodes; nobody where the pods or their causes are not known. */
export function waitingFor(
  cause: StuckCause,
  stuck: readonly StuckPod[] | undefined,
  causes: ReadonlyMap<string, StuckCause> | undefined,
  nodes: Iterable<string>,
): Waiting {
  if (!stuck || !causes) return NOBODY;
  const here = new Set(nodes);
  const mine = stuck.filter((p) => here.has(p.node) && causes.get(p.pod) === cause);
  return { pods: mine.map((p) => p.pod), nodes: [...new Set(mine.map((p) => p.node))] };
}

/** `, and 3 pods wait for an address now`; empty for none. */
export function waitingText(pods: number): string {
  return pods === 0 ? '' : `, and ${things(pods, 'pod')} ${verb(pods, 'waits', 'wait')} for an address now`;
}
