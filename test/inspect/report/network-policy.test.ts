import { describe, expect, it } from 'vitest';
import { networkPolicyState } from '../../../src/inspect/report/network-policy.ts';
import type { ClusterSnapshot } from '../../../src/inspect/snapshot.ts';
import { cluster, cni, runOf } from '../../support/snapshot-builder.ts';
import { plain } from '../checks/cases/worlds.ts';

const CONTROLLER = { 'enable-network-policy-controller': 'true' };

/** Two nodes, those from the given one on of Auto Mode. */
function made(auto: number, agent: boolean, configMap: Record<string, string>): ClusterSnapshot {
  const world = plain();
  const base = cni({ pods: world.cniPods, configMap });
  const args = [`--enable-network-policy=${agent}`];
  const nodes = world.nodes.map((n, i) =>
    i < auto ? n : { ...n, labels: { ...n.labels, 'eks.amazonaws.com/compute-type': 'auto' } },
  );
  return world.snapshot({
    nodes,
    cluster: cluster({ autoMode: auto < world.nodes.length }),
    cni: {
      ...base,
      containers: [...base.containers, { ...base.containers[0]!, name: 'aws-eks-nodeagent', args }],
    },
  });
}

const stateOf = async (of: ClusterSnapshot) => networkPolicyState(await runOf(of));

describe('who enforces network policies', () => {
  it.each([
    ['both switches of aws-node', made(2, true, CONTROLLER), 'enforced', 'standard'],
    ['only the controller', made(2, false, CONTROLLER), 'half', 'controller on, node agent off'],
    [
      'only the controller, beside nodes of Auto Mode',
      made(1, false, CONTROLLER),
      'half',
      'controller on, node agent off: nodes of Auto Mode alone enforce',
    ],
    ['nodes of Auto Mode alone', made(0, false, CONTROLLER), 'enforced', 'by the nodes of Auto Mode'],
    ['nobody on nodes of Auto Mode', made(0, true, {}), 'off', 'controller off, by which the nodes of Auto Mode go'],
  ])('%s', async (_, of, state, detail) => {
    expect(await stateOf(of)).toEqual({ state, detail });
  });

  it('is told of Auto Mode without a DaemonSet too', async () => {
    const none = cni({ installed: false, installMethod: 'none', containers: [], initContainers: [] } as never);
    const of = (configMap: Record<string, string>) =>
      plain().snapshot({ cluster: cluster({ autoMode: true }), cni: { ...none, configMap } });
    expect((await stateOf(of(CONTROLLER))).state).toBe('enforced');
    expect((await stateOf(of({}))).state).toBe('off');
  });

  it('is unknown where the ConfigMap was not read', async () => {
    const of = made(2, true, {});
    if (of.cni.status !== 'ok') throw new Error(of.cni.status);
    const { configMap: _, ...data } = of.cni.data;
    const missing = [{ kind: 'denied' as const, permission: 'get configmaps in kube-system', reason: 'forbidden' }];
    expect(await stateOf({ ...of, cni: { status: 'partial', data, missing } })).toEqual({
      state: 'unknown',
      detail: 'ConfigMap amazon-vpc-cni was not read',
    });
  });
});
