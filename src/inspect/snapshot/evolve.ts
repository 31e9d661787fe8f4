/** Sections of files that an earlier vpccni wrote, read as the present one would have written them. */
import type { ClusterEvent } from './kubernetes.ts';

/** Kinds that were once part of a wider one, by reason. The texts are gone, so only what the reason alone tells is told. */
const BY_REASON: ReadonlyMap<string, readonly [from: ClusterEvent['kind'], to: ClusterEvent['kind']]> = new Map([
  ['FailedMount', ['other', 'volume-failed']],
  ['FailedAttachVolume', ['other', 'volume-failed']],
  ['FailedMapVolume', ['other', 'volume-failed']],
  ['BranchENIAnnotationFailed', ['branch-failed', 'branch-annotation-failed']],
]);

export function evolveEvents(events: readonly ClusterEvent[]): ClusterEvent[] {
  return events.map((e) => {
    const step = BY_REASON.get(e.reason);
    return step && e.kind === step[0] ? { ...e, kind: step[1] } : e;
  });
}
