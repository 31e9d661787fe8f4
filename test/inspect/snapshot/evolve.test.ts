import { describe, expect, it } from 'vitest';
import type { ClusterEvent } from '../../../src/inspect/snapshot/kubernetes.ts';
import { parseSnapshot } from '../../../src/inspect/snapshot.ts';
import { event, snapshot } from '../../support/snapshot-builder.ts';

const object = { kind: 'Pod', namespace: 'shop', name: 'db-0' };

describe('events of older files', () => {
  it.each<[string, ClusterEvent['kind'], ClusterEvent['kind']]>([
    ['FailedMount', 'other', 'volume-failed'],
    ['FailedAttachVolume', 'other', 'volume-failed'],
    ['BranchENIAnnotationFailed', 'branch-failed', 'branch-annotation-failed'],
    ['BranchENIAnnotationFailed', 'unauthorized', 'unauthorized'],
    ['FailedScheduling', 'scheduling-failed', 'scheduling-failed'],
  ])('%s, once %s, is %s', (reason, was, is) => {
    const file = JSON.parse(JSON.stringify(snapshot({ events: [event({ kind: was, reason, object })] })));
    const { events } = parseSnapshot(file);
    expect(events).toMatchObject({ status: 'ok', data: [{ kind: is, reason }] });
  });
});
