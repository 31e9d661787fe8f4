import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { awsEnv, NOBODY_KEYS } from './clients/aws.ts';
import { KubeError, kubeClient } from './clients/kube.ts';
import { allPods, classOf, type MeasuredClass, type RawPod, waits } from './measure/pods.ts';
import { allInterfaces, measureSubnets } from './measure/subnets.ts';
import { type Rig, startRig } from './rig.ts';
import { missingServers } from './servers/missing.ts';

const run = promisify(execFile);
const missing = Object.values(missingServers(console.error)).filter(Boolean).join('; ');
const toNumber = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const count = <T extends string>(items: T[]): Record<string, number> => {
  const sums: Record<string, number> = {};
  for (const item of items) sums[item] = (sums[item] ?? 0) + 1;
  return sums;
};

describe.skipIf(missing)(`shop-prod on real servers${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let rig: Rig;
  let pods: RawPod[];
  beforeAll(async () => {
    rig = await startRig({ say: console.error });
    pods = await allPods(rig.kube);
  });
  afterAll(() => rig?.stop());

  it.each([1000, 7])('holds the stated addresses, read in pages of %i', async (size) => {
    const measured = await measureSubnets(rig.aws, rig.ids, size);
    const stated = rig.scenario.expected.subnets;
    expect(Object.keys(measured).sort()).toEqual(Object.keys(stated).sort());
    expect(measured).toMatchObject(stated);
    for (const [key, { owners }] of Object.entries(stated)) expect(measured[key]?.owners, key).toEqual(owners);
  });

  it('adds up in every subnet: reserved, seen and free are the whole', async () => {
    const measured = await measureSubnets(rig.aws, rig.ids);
    for (const [key, { cidr }] of Object.entries(rig.scenario.subnets)) {
      const held = Object.values(measured[key]?.owners ?? {});
      const seen = held.reduce((sum, h) => sum + h.addresses + 16 * h.prefixes, 0);
      expect(5 + seen + (measured[key]?.free ?? 0), key).toBe(2 ** (32 - Number(cidr.split('/')[1])));
    }
  });

  it('runs the stated pods, by class', () => {
    const { total, ...stated } = rig.scenario.expected.pods;
    const measured: Record<MeasuredClass, number> = { ordinary: 0, hostNetwork: 0, branch: 0, terminal: 0 };
    for (const pod of pods) measured[classOf(pod)] += 1;
    expect(measured).toEqual(stated);
    expect(pods).toHaveLength(total);
  });

  it('has the stated pods waiting, each with its event', async () => {
    const waiting = pods.filter(waits);
    const keyOf = new Map(Object.entries(rig.ids.nodes).map(([key, n]) => [n.name, key]));
    const causes = waiting.map((pod) => {
      const node = rig.scenario.nodes[keyOf.get(pod.spec.nodeName ?? '') ?? ''];
      return node?.broken ? 'missingEniConfig' : node?.group === 'batch' ? 'fullNodes' : 'noFreeBlock';
    });
    const { total, ...stated } = rig.scenario.expected.waiting;
    expect(count(causes)).toEqual(stated);
    expect(waiting).toHaveLength(total);
    const events = await rig.kube.call<{ items: { reason: string; involvedObject: { name: string } }[] }>(
      'GET',
      '/api/v1/events',
    );
    const told = new Set(events.items.map((e) => e.involvedObject.name));
    expect(waiting.filter((pod) => !told.has(pod.metadata.name))).toEqual([]);
    const oldest = Math.max(
      ...waiting
        .filter((p) => p.metadata.namespace === 'shop')
        .map((p) => rig.builtAt.getTime() - Date.parse(p.metadata.creationTimestamp)),
    );
    expect(Math.round(oldest / 60_000)).toBe(23);
  });

  it('gives every running pod its own address inside a prefix of its node', async () => {
    const prefixesOf = new Map<string, number[]>();
    for (const eni of await allInterfaces(rig.aws, rig.ids.vpc)) {
      const bases = (eni.Ipv4Prefixes ?? []).map((p) => toNumber(p.Ipv4Prefix?.split('/')[0] ?? ''));
      const instance = eni.Attachment?.InstanceId;
      if (instance) prefixesOf.set(instance, [...(prefixesOf.get(instance) ?? []), ...bases]);
    }
    const instanceOf = new Map(Object.values(rig.ids.nodes).map((n) => [n.name, n.instanceId]));
    const live = pods.filter((p) => classOf(p) === 'ordinary' && !waits(p));
    expect(live).toHaveLength(569);
    expect(new Set(live.map((p) => p.status.podIP)).size).toBe(569);
    const outside = live.filter((pod) => {
      const address = toNumber(pod.status.podIP ?? '');
      return !prefixesOf
        .get(instanceOf.get(pod.spec.nodeName ?? '') ?? '')
        ?.some((base) => address >= base && address < base + 16);
    });
    expect(outside).toEqual([]);
  });

  it('has the stated nodes, as old as stated', async () => {
    type Node = { metadata: { name: string; creationTimestamp: string; labels: Record<string, string> } };
    const nodes = (await rig.kube.call<{ items: Node[] }>('GET', '/api/v1/nodes')).items;
    const keyOf = new Map(Object.entries(rig.ids.nodes).map(([key, n]) => [n.name, key]));
    const { total, byGroup, byType, byZone } = rig.scenario.expected.nodes;
    expect(nodes).toHaveLength(total);
    expect(count(nodes.map((n) => n.metadata.labels['node.kubernetes.io/instance-type'] ?? ''))).toEqual(byType);
    expect(count(nodes.map((n) => n.metadata.labels['topology.kubernetes.io/zone'] ?? ''))).toEqual(byZone);
    expect(count(nodes.map((n) => rig.scenario.nodes[keyOf.get(n.metadata.name) ?? '']?.group ?? ''))).toEqual(byGroup);
    for (const node of nodes) {
      const age = (rig.builtAt.getTime() - Date.parse(node.metadata.creationTimestamp)) / 60_000;
      expect(Math.round(age)).toBe(rig.scenario.nodes[keyOf.get(node.metadata.name) ?? '']?.ageMinutes);
    }
  });

  describe('rights', () => {
    const as = (token: string) => kubeClient(rig.apiServer, token);
    const refused = async (token: string, path: string): Promise<number> => {
      const client = as(token);
      const answer = await client.call('GET', path).then(
        () => 200,
        (e: unknown) => (e instanceof KubeError ? e.status : Promise.reject(e)),
      );
      client.close();
      return answer;
    };
    it.each([
      ['viewer-token', '/api/v1/pods?limit=1', 200],
      ['viewer-token', '/apis/crd.k8s.amazonaws.com/v1alpha1/eniconfigs', 200],
      ['viewer-token', '/api/v1/namespaces/kube-system/configmaps/amazon-vpc-cni', 200],
      ['viewer-token', '/api/v1/secrets', 403],
      ['viewer-token', '/api/v1/namespaces/kube-system/configmaps', 403],
      ['nobody-token', '/api/v1/pods?limit=1', 403],
      ['nobody-token', '/apis', 200],
      ['wrong-token', '/api/v1/pods?limit=1', 401],
    ])('%s on %s: %i', async (token, path, status) => {
      expect(await refused(token, path)).toBe(status);
    });

    it('takes one resource away and gives it back', async () => {
      await rig.rights.remove('pods');
      expect(await refused('viewer-token', '/api/v1/pods?limit=1')).toBe(403);
      expect(await refused('viewer-token', '/api/v1/nodes?limit=1')).toBe(200);
      await rig.rights.restore();
      expect(await refused('viewer-token', '/api/v1/pods?limit=1')).toBe(200);
    });
  });

  it('lets the real aws and kubectl in', async (context) => {
    const env = { ...process.env, ...rig.env };
    const tool = async (command: string, ...args: string[]): Promise<string> =>
      (await run(command, args, { env })).stdout;
    const found = await Promise.all([tool('aws', '--version'), tool('kubectl', 'version', '--client')]).catch(
      () => undefined,
    );
    if (!found) return context.skip('aws or kubectl is not installed');
    expect(
      JSON.parse(await tool('aws', 'eks', 'describe-cluster', '--name', 'shop-prod', '--output', 'json')).cluster
        .endpoint,
    ).toBe(rig.apiServer.endpoint);
    expect((await tool('kubectl', '--context', 'eks', 'get', 'nodes', '-o', 'name')).trim().split('\n')).toHaveLength(
      24,
    );
    await expect(tool('kubectl', '--context', 'eks', 'get', 'secrets', '-A')).rejects.toThrow(/forbidden/);
    const asNobody = { env: { ...env, ...awsEnv(rig.awsEndpoint, NOBODY_KEYS) } };
    await expect(run('kubectl', ['--context', 'eks', 'get', 'nodes'], asNobody)).rejects.toThrow(/forbidden/);
  });
});
