import { describe, expect, it } from 'vitest';
import { nodePlatforms, nodesServedByCni } from '../../../src/inspect/facts/platforms.ts';
import { cluster, cni, denied, node, pod, runOf, snapshot } from '../../support/snapshot-builder.ts';

const auto = node({
  name: 'auto',
  labels: { 'eks.amazonaws.com/compute-type': 'auto', 'karpenter.sh/nodepool': 'gp' },
});
const fargate = node({ name: 'fargate-ip-10-0-0-9.ec2.internal', instanceId: undefined });
const hybrid = node({ name: 'hybrid', instanceId: undefined, labels: { 'eks.amazonaws.com/compute-type': 'hybrid' } });
const windows = node({ name: 'win', os: 'windows', labels: { 'kubernetes.io/os': 'windows' } });
const linux = node({ name: 'linux' });

async function platforms(given: Parameters<typeof snapshot>[0]) {
  return Object.fromEntries((await runOf(snapshot(given))).valueOf(nodePlatforms)!);
}

describe('platforms', () => {
  it('tells every kind of node, node by node', async () => {
    const all = await platforms({ nodes: [auto, fargate, hybrid, windows, linux], cni: cni(), cluster: cluster() });
    expect(all).toEqual({
      auto: 'auto-mode',
      [fargate.name]: 'fargate',
      hybrid: 'hybrid',
      win: 'windows',
      linux: 'vpc-cni',
    });
  });

  it('takes a node without an EC2 id for hybrid only where the cluster has remote networks', async () => {
    const bare = node({ name: 'bare', instanceId: undefined });
    expect(await platforms({ nodes: [bare], cluster: cluster() })).toEqual({ bare: 'vpc-cni' });
    const remote = cluster({ remoteNodeCidrs: ['192.168.0.0/16'] });
    expect(await platforms({ nodes: [bare], cluster: remote })).toEqual({ bare: 'hybrid' });
  });

  it('gives the nodes to another CNI where aws-node is absent, not where that one is chained behind it', async () => {
    const otherCnis = [{ engine: 'cilium', namespace: 'kube-system', name: 'cilium' }];
    expect(await platforms({ nodes: [linux], cni: cni({ installed: false, otherCnis }) })).toEqual({
      linux: 'other-cni',
    });
    expect(await platforms({ nodes: [linux], cni: cni({ otherCnis }) })).toEqual({ linux: 'vpc-cni' });
  });

  it('splits a mixed cluster by the agent that runs on each node', async () => {
    const annotations = { 'network.cilium.io/ipv4-pod-cidr': '10.1.0.0/24' };
    const awsNode = { name: 'aws-node-x', ready: true, phase: 'Running', restarts: 0 };
    const mixed = await platforms({
      nodes: [node({ name: 'a', annotations }), node({ name: 'b', annotations })],
      cni: cni({
        otherCnis: [{ engine: 'cilium', namespace: 'kube-system', name: 'cilium' }],
        pods: [{ ...awsNode, node: 'a' }],
      }),
    });
    expect(mixed).toEqual({ a: 'vpc-cni', b: 'other-cni' });
  });

  it('gives all nodes to the other CNI where aws-node is parked on none', async () => {
    const otherCnis = [{ engine: 'cilium', namespace: 'kube-system', name: 'cilium' }];
    expect(await platforms({ nodes: [linux], cni: cni({ desired: 0, otherCnis }) })).toEqual({ linux: 'other-cni' });
  });

  it('tells by the agents themselves where they write no annotation, chained ones apart', async () => {
    const nodes = ['a', 'b', 'c'].map((name) => node({ name }));
    const agent = (name: string, on: string) =>
      pod({
        name: `${name}-${on}`,
        namespace: 'kube-system',
        node: on,
        class: 'host-network',
        owner: `DaemonSet/${name}`,
      });
    const otherCnis = [
      { engine: 'cilium', namespace: 'kube-system', name: 'cilium' },
      { engine: 'calico', namespace: 'kube-system', name: 'calico-node' },
    ];
    const awsNode = { name: 'aws-node-x', node: 'a', ready: true, phase: 'Running', restarts: 0 };
    const mixed = await platforms({
      nodes,
      cni: cni({ otherCnis, desired: 2, pods: [awsNode] }),
      // calico enforces policies beside aws-node; c has lost its aws-node pod
      pods: [agent('calico-node', 'a'), agent('cilium', 'b'), agent('calico-node', 'c')],
    });
    expect(mixed).toEqual({ a: 'vpc-cni', b: 'other-cni', c: 'vpc-cni' });
  });

  it('takes a HyperPod node for one of aws-node, never for a hybrid one', async () => {
    const hyperPod = node({ name: 'hyperpod-i-0abc', instanceId: undefined, type: 'ml.g5.xlarge' });
    const remote = cluster({ remoteNodeCidrs: ['192.168.0.0/16'] });
    expect(await platforms({ nodes: [hyperPod], cluster: remote })).toEqual({ [hyperPod.name]: 'vpc-cni' });
  });

  it('counts Linux nodes as served where the CNI could not be read, with a caveat', async () => {
    const run = await runOf(snapshot({ nodes: [linux, auto], cni: denied('daemonsets:get') }));
    const result = run.get(nodesServedByCni);
    expect(result).toMatchObject({ known: true, gaps: [] });
    if (!result.known) return;
    expect(result.value.served.map((n) => n.name)).toEqual(['linux']);
    expect(result.value.others).toEqual([{ node: auto, platform: 'auto-mode' }]);
    expect(result.caveats.map((g) => g.permission)).toContain('daemonsets:get');
  });

  it('is unknown without nodes', async () => {
    expect((await runOf(snapshot({ nodes: denied('nodes:list') }))).get(nodesServedByCni).known).toBe(false);
  });
});
