import { describe, expect, it } from 'vitest';
import { changes } from '../../../src/inspect/facts/changes.ts';
import { addon, ago, cluster, cni, denied, event, nodegroup, runOf, snapshot } from '../../support/snapshot-builder.ts';

const DAY = 86_400;

describe('recent changes', () => {
  it('are those of the last seven days, newest first', async () => {
    const run = await runOf(
      snapshot({
        addons: [addon({ modifiedAt: ago(2 * DAY) })],
        cni: cni({ changedAt: ago(DAY), revision: 7 }),
        nodegroups: [
          nodegroup({ name: 'new', createdAt: ago(3 * DAY), modifiedAt: ago(3 * DAY) }),
          nodegroup({ name: 'busy', status: 'UPDATING', createdAt: ago(90 * DAY), modifiedAt: ago(3600) }),
          nodegroup({ name: 'old', createdAt: ago(90 * DAY), modifiedAt: ago(8 * DAY) }),
        ],
        cluster: cluster({ createdAt: ago(400 * DAY) }),
        events: [
          event({ kind: 'other', object: { kind: 'Pod', name: 'noise' }, firstAt: ago(5000) }),
          event({
            ...{ kind: 'create-refused', reason: 'FailedCreate', firstAt: ago(3500) },
            object: { kind: 'ReplicaSet', namespace: 'shop', name: 'web-5c4d' },
          }),
          event({
            kind: 'assign-ip-failed',
            object: { kind: 'Pod', namespace: 'shop', name: 'web-1' },
            firstAt: ago(900),
          }),
          event({
            kind: 'sandbox-failed',
            object: { kind: 'Pod', namespace: 'shop', name: 'web-2' },
            firstAt: ago(1800),
          }),
        ],
      }),
    );
    expect(run.valueOf(changes)).toEqual([
      { at: ago(1800), what: 'First network failure on record', detail: 'sandbox failed: Pod shop/web-2' },
      { at: ago(3600), what: 'Node group busy updating', detail: 'UPDATING, 1 of at most 3 nodes' },
      { at: ago(DAY), what: 'DaemonSet aws-node changed', detail: 'revision 7, v1.23.1-eksbuild.1' },
      { at: ago(2 * DAY), what: 'Add-on vpc-cni changed', detail: 'version v1.23.1-eksbuild.1, ACTIVE' },
      { at: ago(3 * DAY), what: 'Node group new created', detail: 'ACTIVE, 1 of at most 3 nodes' },
    ]);
  });

  it('tell of a cluster update that is running', async () => {
    const run = await runOf(snapshot({ cluster: cluster({ status: 'UPDATING' }) }));
    expect(run.valueOf(changes)).toEqual([{ at: ago(0), what: 'Cluster update running', detail: 'Kubernetes 1.34' }]);
  });

  it('are known in part, and unknown where nothing was read', async () => {
    const some = await runOf(snapshot({ cni: cni({ changedAt: ago(DAY) }), events: denied('events:list') }));
    const result = some.get(changes);
    expect(result.known && result.value.length).toBe(1);
    expect(result.known && result.caveats.map((g) => g.permission)).toContain('events:list');
    expect((await runOf(snapshot())).get(changes).known).toBe(false);
  });
});
