/** `why` on real servers: stuck pods, each for another reason, and running pods whose groups and subnet EC2 tells too. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeNetworkInterfacesCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Why } from '../../src/inspect/contract/why.ts';
import { waitingStatus } from './build/pod-status.ts';
import type { KubeObject } from './clients/kube.ts';
import { type Rig, startRig } from './rig.ts';
import { missingServers } from './servers/missing.ts';
import { vpccni } from './support/vpccni.ts';

const missing = Object.values(missingServers(console.error)).filter(Boolean).join('; ');
const NAMESPACE = 'shop';

interface Made {
  readonly name: string;
  /** Reason and text of its event; undefined for none. */
  readonly event?: readonly [string, string];
  readonly source?: string;
  readonly scheduled: boolean;
  readonly ip?: string;
  readonly limits?: Record<string, string>;
  readonly labels?: Record<string, string>;
}

const SANDBOX =
  'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "0a1b": ';

const MADE: readonly Made[] = [
  {
    name: 'volume-0',
    scheduled: true,
    event: ['FailedAttachVolume', 'AttachVolume.Attach failed for volume "web-data" : rpc error: code = Internal'],
  },
  {
    name: 'image-0',
    scheduled: true,
    ip: '100.64.9.250',
    event: ['Failed', 'Failed to pull image "shop/none:1": not found'],
  },
  {
    name: 'cpu-0',
    scheduled: false,
    event: ['FailedScheduling', '0/24 nodes are available: 24 Insufficient cpu. preemption: 0/24'],
  },
  {
    name: 'full-0',
    scheduled: false,
    event: ['FailedScheduling', '0/24 nodes are available: 24 Too many pods. preemption: 0/24'],
  },
  {
    name: 'branch-0',
    scheduled: false,
    limits: { 'vpc.amazonaws.com/pod-eni': '1' },
    event: ['FailedScheduling', '0/24 nodes are available: 24 Insufficient vpc.amazonaws.com/pod-eni.'],
  },
  { name: 'pay-0', scheduled: true, labels: { app: 'pay' }, limits: { 'vpc.amazonaws.com/pod-eni': '1' } },
  {
    name: 'policy-0',
    scheduled: true,
    event: [
      'FailedCreatePodSandBox',
      `${SANDBOX}plugin type="aws-cni" name="aws-cni" failed (add): add cmd: failed to setup network policy`,
    ],
  },
  {
    name: 'version-0',
    scheduled: true,
    event: [
      'FailedCreatePodSandBox',
      `${SANDBOX}rpc error: code = InvalidArgument desc = wrong client version "1.0" (!= "1.1")`,
    ],
  },
  {
    name: 'refused-0',
    scheduled: true,
    source: 'aws-node',
    event: [
      'MissingIAMPermissions',
      'Unauthorized operation: failed to call ec2:CreateNetworkInterface due to missing permissions',
    ],
  },
];

describe.skipIf(missing)(`why on real servers${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let rig: Rig;
  let dir: string;
  const nodes: string[] = [];
  const why = async (subject: string): Promise<Why> => {
    const { code, stdout, stderr } = await vpccni(rig, ['why', subject, '--from', join(dir, 's.json'), '-o', 'json']);
    if (code !== 0) throw new Error(`why ${subject} exits ${code}: ${stderr}`);
    return JSON.parse(stdout) as Why;
  };

  beforeAll(async () => {
    rig = await startRig({ say: console.error });
    dir = mkdtempSync(join(tmpdir(), 'why-'));
    const all = await rig.kube.call<{ items: (KubeObject & { metadata: { labels: Record<string, string> } })[] }>(
      'GET',
      '/api/v1/nodes',
    );
    nodes.push(
      ...all.items
        .filter(
          (n) =>
            n.metadata.labels['topology.kubernetes.io/zone'] === 'eu-west-1b' &&
            n.metadata.labels['node.kubernetes.io/instance-type'] === 'c6g.xlarge',
        )
        .map((n) => n.metadata.name),
    );
    for (const [i, made] of MADE.entries()) await make(made, nodes[i % nodes.length]!);
    const args = [
      'snapshot',
      rig.scenario.cluster.name,
      '--context',
      rig.viewerContext,
      '-o',
      `json=${join(dir, 's.json')}`,
    ];
    const { code, stderr } = await vpccni(rig, args);
    expect(code, stderr).toBe(0);
  });
  afterAll(async () => {
    await rig?.stop();
    if (dir) rmSync(dir, { recursive: true, force: true });
  });

  async function make(
    { name, event, source = 'kubelet', scheduled, ip, limits, labels }: Made,
    node: string,
  ): Promise<void> {
    const containers = [
      { name: 'main', image: 'shop/app:1', ...(limits ? { resources: { limits, requests: limits } } : {}) },
    ];
    const path = `/api/v1/namespaces/${NAMESPACE}`;
    const pod = await rig.kube.call<KubeObject>('POST', `${path}/pods`, {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: NAMESPACE, labels: labels ?? {} },
      spec: { containers, ...(scheduled ? { nodeName: node } : {}) },
    });
    const since = new Date(Date.now() - 600_000);
    if (scheduled)
      await rig.kube.call(
        'PATCH',
        `${path}/pods/${name}/status`,
        {
          status: { ...waitingStatus(containers, '10.40.4.9', since), ...(ip ? { podIP: ip, podIPs: [{ ip }] } : {}) },
        },
        'application/merge-patch+json',
      );
    if (!event) return;
    const now = new Date();
    await rig.kube.call('POST', `${path}/events`, {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: { name: `${name}.1`, namespace: NAMESPACE },
      involvedObject: { apiVersion: 'v1', kind: 'Pod', namespace: NAMESPACE, name, uid: pod.metadata.uid },
      type: 'Warning',
      reason: event[0],
      message: event[1],
      source: {
        component: event[0] === 'FailedScheduling' ? 'default-scheduler' : source,
        ...(scheduled ? { host: node } : {}),
      },
      firstTimestamp: `${now.toISOString().slice(0, 19)}Z`,
      lastTimestamp: `${now.toISOString().slice(0, 19)}Z`,
      count: 12,
    });
  }

  const scenarioPods = () => {
    const { waitingPods } = rig.ids;
    return Object.values(waitingPods).map((list) => list[0]!);
  };

  it('explains every pod of the scenario by a finding with a fix', async () => {
    const codes = new Set<string>();
    for (const pod of scenarioPods()) {
      const story = await why(pod);
      expect([story.state, story.cause?.network], pod).toEqual(['stuck', true]);
      expect(story.fixes.length, pod).toBeGreaterThan(0);
      codes.add(story.cause?.code ?? '');
    }
    expect(codes).toEqual(new Set(['CUS001', 'PFX001', 'MAX001']));
  });

  it.each<[string, boolean | null, RegExp]>([
    ['volume-0', false, /^not the network: the volume web-data is not attached \(FailedAttachVolume\)$/],
    ['image-0', false, /^not the network: its image cannot be pulled/],
    ['cpu-0', false, /^not the network: no node fits: 24 nodes short of CPU/],
  ])('says of %s that it is not the network', async (name, network, says) => {
    const story = await why(`${NAMESPACE}/${name}`);
    expect([story.state, story.cause?.network]).toEqual(['stuck', network]);
    expect(story.cause?.statement).toMatch(says);
    expect(story.fixes[0]?.commands[0]).toMatch(new RegExp(`kubectl .*describe pod ${name}$`));
  });

  it.each<[string, RegExp]>([
    ['full-0', /maxPods|Too many pods/i],
    ['branch-0', /branch ENI|pod-eni/],
    ['pay-0', /ENABLE_POD_ENI|SecurityGroupPolic|branch ENI/],
    ['policy-0', /network policy/],
    ['version-0', /versions/],
    ['refused-0', /CreateNetworkInterface/],
  ])('names what %s hangs on', async (name, says) => {
    const story = await why(`${NAMESPACE}/${name}`);
    expect(story.state).toBe('stuck');
    expect(story.cause?.network).not.toBe(false);
    expect(story.chain.some((l) => l.status === 'broken')).toBe(true);
    expect([story.cause?.statement, ...story.chain.map((l) => l.statement)].join('\n')).toMatch(says);
    expect(story.fixes.length).toBeGreaterThan(0);
  });

  it('tells of running pods the groups and the subnet that EC2 tells', async () => {
    const { NetworkInterfaces: enis = [] } = await rig.aws.ec2.send(new DescribeNetworkInterfacesCommand({}));
    const pods = await rig.kube.call<{
      items: (KubeObject & {
        spec: { hostNetwork?: boolean; nodeName?: string };
        status: { podIP?: string; phase?: string };
      })[];
    }>('GET', '/api/v1/pods');
    const seen = new Set<string>();
    const chosen = pods.items.filter(({ spec, status, metadata }) => {
      const key = `${spec.nodeName} ${spec.hostNetwork ?? false}`;
      if (metadata.namespace === NAMESPACE || status.phase !== 'Running' || !status.podIP || seen.has(key))
        return false;
      return seen.add(key);
    });
    for (const { metadata, status } of chosen.slice(0, 8)) {
      const story = await why(`pod/${metadata.namespace}/${metadata.name}`);
      const ip = status.podIP!;
      const block = `${ip.slice(0, ip.lastIndexOf('.'))}.${Number(ip.slice(ip.lastIndexOf('.') + 1)) & 0xf0}/28`;
      const eni = enis.find(
        (e) =>
          e.PrivateIpAddresses?.some((a) => a.PrivateIpAddress === ip) ||
          e.Ipv4Prefixes?.some((p) => p.Ipv4Prefix === block),
      );
      expect(eni, ip).toBeDefined();
      const evidence = (step: string) => story.chain.find((l) => l.step === step)?.evidence;
      expect(story.state).toBe('running');
      expect(evidence('address')?.eniId).toBe(eni?.NetworkInterfaceId);
      expect(evidence('subnet')?.subnetId).toBe(eni?.SubnetId);
      expect(evidence('groups')?.securityGroupIds).toEqual(eni?.Groups?.map((g) => g.GroupId));
    }
    expect(chosen.length).toBeGreaterThanOrEqual(8);
  });
});
