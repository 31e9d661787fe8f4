/** The pods without an address that one finding accounts for. */

import { things, verb } from '../../contract/words.ts';
import type { Around } from '../../facts/define-fact.ts';
import type { StuckCause } from '../../facts/stuck-causes.ts';
import type { StuckPod } from '../../facts/stuck-pods.ts';

export interface Waiting {
  /** `namespace/name`, the oldest first. */
  readonly pods: readonly string[];
  /** Their nodes, each once. */
  readonly nodes: readonly string[];
  /** How many; null where none is seen and what would show them could not be read, or pods wait there for what nothing tells. */
  readonly count: number | null;
}

export const NOBODY: Waiting = { pods: [], nodes: [], count: 0 };

interface WaitingInputs {
  readonly stuck: readonly StuckPod[] | undefined;
  readonly causes: ReadonlyMap<string, StuckCause> | undefined;
}

/** Pods that wait for this cause on these nodes, where `counts` says so; nobody where the pods or their causes are not known. */
export function waitingFor(
  cause: StuckCause,
  { stuck, causes }: WaitingInputs,
  gapsOf: Around<'stuck'>['gapsOf'],
  nodes: Iterable<string>,
  counts: (pod: StuckPod) => boolean = () => true,
): Waiting {
  if (!stuck || !causes) return { ...NOBODY, count: null };
  const here = new Set(nodes);
  const mine = stuck.filter((p) => here.has(p.node) && causes.get(p.pod) === cause && counts(p));
  const unsure = gapsOf('stuck').length > 0 || stuck.some((p) => here.has(p.node) && !causes.has(p.pod));
  return {
    pods: mine.map((p) => p.pod),
    nodes: [...new Set(mine.map((p) => p.node))],
    count: mine.length === 0 && unsure ? null : mine.length,
  };
}

/**
 * Pods on these nodes that wait for nothing that is settled: what is wrong with the whole node may be why. Nobody where that is not
 * known; which pods count may be asked further.
 */
export function unsettledOn(
  { stuck, causes }: WaitingInputs,
  gapsOf: Around<'stuck' | 'causes'>['gapsOf'],
  nodes: Iterable<string>,
  counts: (pod: StuckPod) => boolean = () => true,
): Waiting {
  if (!stuck || !causes) return { ...NOBODY, count: null };
  const here = new Set(nodes);
  const mine = stuck.filter((p) => here.has(p.node) && !causes.has(p.pod) && counts(p));
  const unsure = gapsOf('causes').length > 0 || (mine.length === 0 && gapsOf('stuck').length > 0);
  return {
    pods: mine.map((p) => p.pod),
    nodes: [...new Set(mine.map((p) => p.node))],
    count: unsure ? null : mine.length,
  };
}

/** `, and 3 pods wait for an address now`; empty for none, and where that is not known. */
export function waitingText(pods: number | null): string {
  return pods === null || pods === 0
    ? ''
    : `, and ${things(pods, 'pod')} ${verb(pods, 'waits', 'wait')} for an address now`;
}
