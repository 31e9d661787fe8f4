import { describe, expect, it } from 'vitest';
import { demand } from '../../../src/inspect/facts/demand.ts';
import { instanceLimits } from '../../../src/inspect/facts/instance-limits.ts';
import { nodeCapacity } from '../../../src/inspect/facts/node-capacity.ts';
import { nodeInstances } from '../../../src/inspect/facts/node-instances.ts';
import { nodeGroupOf, nodeGroupText } from '../../../src/inspect/facts/support/node-group.ts';
import {
  ago,
  cni,
  denied,
  eni,
  type GivenSections,
  instance,
  node,
  pod,
  runOf,
  snapshot,
  subnet,
} from '../../support/snapshot-builder.ts';

async function capacityOf(env: Record<string, string>, type = 'm5.large', more: GivenSections = {}, version?: string) {
  const run = await runOf(
    snapshot({ nodes: [node({ name: 'a', type })], cni: cni({ env, ...(version ? { version } : {}) }), ...more }),
  );
  return run.valueOf(nodeCapacity)!.get('a')!;
}

const CUSTOM = { AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true' };
const SGP = { ENABLE_POD_ENI: 'true' };
const PREFIX = { ENABLE_PREFIX_DELEGATION: 'true' };

// m5.large: 3 ENIs of 10 addresses, 9 branch ENIs; t3.medium: 3 of 6, no trunk; m4.xlarge: 4 of 15, Xen.
describe('node capacity', () => {
  it('is (E - U - C - T) × (I - 1) in each pattern', async () => {
    expect(await capacityOf({})).toMatchObject({ podIps: 27, eniLimit: 3, custom: 0, trunk: 0, formulaMaxPods: 29 });
    expect(await capacityOf(SGP)).toMatchObject({ podIps: 18, trunk: 1, branchEnis: 9, recommendedMaxPods: 20 });
    expect(await capacityOf(CUSTOM)).toMatchObject({ podIps: 18, custom: 1, trunk: 0, branchEnis: 0 });
    expect(await capacityOf({ ...CUSTOM, ...SGP })).toMatchObject({ podIps: 9, custom: 1, trunk: 1, branchEnis: 9 });
    expect(await capacityOf(PREFIX)).toMatchObject({ podIps: 27 * 16, mode: 'prefix', recommendedMaxPods: 110 });
  });

  it('follows MAX_ENI downwards only', async () => {
    expect(await capacityOf({ MAX_ENI: '2' })).toMatchObject({ eniLimit: 2, podIps: 18 });
    expect(await capacityOf({ MAX_ENI: '9' })).toMatchObject({ eniLimit: 3, podIps: 27 });
  });

  it('falls back to single addresses on Xen', async () => {
    expect(await capacityOf(PREFIX, 'm4.xlarge')).toMatchObject({ mode: 'secondary', podIps: 56 });
  });

  it('keeps no trunk slot on a type that cannot trunk, since v1.20.4', async () => {
    expect(await capacityOf(SGP, 't3.medium')).toMatchObject({ trunk: 0, podIps: 15, branchEnis: 0 });
    expect(await capacityOf(SGP, 't3.medium', {}, 'v1.20.3')).toMatchObject({ trunk: 1, podIps: 10, branchEnis: 0 });
  });

  it('loses the primary to a subnet tagged 0, from v1.22 and with discovery on', async () => {
    const where = {
      instances: [instance({ instanceId: 'i-a' })],
      subnets: [subnet({ tags: { 'kubernetes.io/role/cni': '0' } })],
    };
    expect(await capacityOf({}, 'm5.large', where)).toMatchObject({ custom: 1, podIps: 18 });
    expect(await capacityOf({}, 'm5.large', where, 'v1.21.1')).toMatchObject({ custom: 0, podIps: 27 });
  });

  it('counts unmanaged ENIs on card 0', async () => {
    const networkInterfaces = [
      eni({ eniId: 'eni-0', attachedTo: 'i-a' }),
      eni({ eniId: 'eni-1', attachedTo: 'i-a', device: 1, tags: { 'node.k8s.amazonaws.com/no_manage': 'true' } }),
      eni({ eniId: 'eni-2', attachedTo: 'i-a', device: 0, card: 1, type: 'efa-only' }),
    ];
    expect(await capacityOf({}, 'm5.large', { networkInterfaces })).toMatchObject({ unmanaged: 1, podIps: 18 });
  });

  it('has no limit in IPv6', async () => {
    const v6 = { ENABLE_IPv4: 'false', ENABLE_IPv6: 'true', ENABLE_PREFIX_DELEGATION: 'true' };
    expect(await capacityOf(v6)).toMatchObject({ mode: 'ipv6', podIps: 2 ** 48, recommendedMaxPods: 110 });
  });

  it('leaves out what is not served and what has no known limits', async () => {
    const nodes = [
      node({ name: 'auto', labels: { 'eks.amazonaws.com/compute-type': 'auto' } }),
      node({ name: 'odd', type: 'z99.huge' }),
    ];
    expect((await runOf(snapshot({ nodes, cni: cni() }))).valueOf(nodeCapacity)!.size).toBe(0);
  });

  it('is unknown without the settings', async () => {
    const run = await runOf(snapshot({ nodes: [node({ name: 'a' })], cni: denied('daemonsets:get') }));
    expect(run.get(nodeCapacity).known).toBe(false);
  });
});

describe('instance limits', () => {
  const seen = {
    instanceType: 'm5.large',
    bareMetal: false,
    vcpus: 2,
    maxEnis: 2,
    maxEnisTotal: 2,
    networkCards: 1,
    ipv4PerEni: 8,
  };

  it('lets EC2 overrule the catalog, which still tells about trunks and the hypervisor EC2 leaves empty', async () => {
    const limits = (await runOf(snapshot({ instanceTypes: [seen] }))).valueOf(instanceLimits)!;
    expect(limits('m5.large')).toMatchObject({ maxEnis: 2, ipv4PerEni: 8, branchEnis: 9, hypervisor: 'nitro' });
  });

  it('knows a type only EC2 knows, without trunk data', async () => {
    const limits = (
      await runOf(snapshot({ instanceTypes: [{ ...seen, instanceType: 'z99.huge', hypervisor: 'nitro' }] }))
    ).valueOf(instanceLimits)!;
    expect(limits('z99.huge')).toMatchObject({ maxEnis: 2, branchEnis: 0, hypervisor: 'nitro' });
    expect(limits('z99.huge')!.trunkingCompatible).toBeUndefined();
    expect(limits('z98.huge')).toBeUndefined();
  });

  it('falls back to the catalog with a caveat', async () => {
    const result = (await runOf(snapshot({ instanceTypes: denied('ec2:DescribeInstanceTypes') }))).get(instanceLimits);
    expect(result).toMatchObject({ known: true, caveats: [{ permission: 'ec2:DescribeInstanceTypes' }] });
    expect(result.known && result.value('m5.large')!.maxEnis).toBe(3);
  });
});

describe('the machine under a node', () => {
  it('goes by the instance, then by labels', async () => {
    const given = {
      nodes: [node({ name: 'a', type: 'm5.large' }), node({ name: 'b', type: 'c5.large', zone: 'eu-west-1b' })],
      instances: [instance({ instanceId: 'i-a', instanceType: 'm5.xlarge', subnetId: 'subnet-x' })],
    };
    const at = (await runOf(snapshot(given))).valueOf(nodeInstances)!;
    expect(at.get('a')).toMatchObject({ instanceType: 'm5.xlarge', subnetId: 'subnet-x', zone: 'eu-west-1a' });
    expect(at.get('b')).toMatchObject({ instanceType: 'c5.large', subnetId: undefined, zone: 'eu-west-1b' });
  });

  it('takes the subnet of the primary ENI where the instance was not read', async () => {
    const networkInterfaces = [
      eni({ eniId: 'eni-1', attachedTo: 'i-a', device: 1, subnetId: 'subnet-y' }),
      eni({ eniId: 'eni-0', attachedTo: 'i-a', subnetId: 'subnet-x' }),
    ];
    const run = await runOf(snapshot({ nodes: [node({ name: 'a' })], networkInterfaces }));
    expect(run.valueOf(nodeInstances)!.get('a')!.subnetId).toBe('subnet-x');
  });
});

describe('node groups', () => {
  it.each([
    [{ 'eks.amazonaws.com/compute-type': 'auto', 'karpenter.sh/nodepool': 'gp' }, 'auto-mode/gp'],
    [{ 'karpenter.sh/nodepool': 'default' }, 'karpenter/default'],
    [{ 'eks.amazonaws.com/nodegroup': 'web', 'alpha.eksctl.io/nodegroup-name': 'x' }, 'managed/web'],
    [{ 'alpha.eksctl.io/nodegroup-name': 'own' }, 'self-managed/own'],
    [{}, 'self-managed'],
  ])('%j is %s', (labels, text) => {
    expect(nodeGroupText(nodeGroupOf(node({ name: 'a', labels })))).toBe(text);
  });

  it('names a self-managed node by its Auto Scaling group', () => {
    const tags = { 'aws:autoscaling:groupName': 'asg-1' };
    expect(nodeGroupText(nodeGroupOf(node({ name: 'a' }), instance({ instanceId: 'i-a', tags })))).toBe(
      'self-managed/asg-1',
    );
  });
});

describe('demand', () => {
  it('counts live pods by how they get an address', async () => {
    const on = { node: 'a' };
    const pods = [
      pod({ name: 'log', ...on, owner: 'DaemonSet/log' }),
      pod({ name: 'web', ...on, owner: 'Deployment/web' }),
      pod({ name: 'new', ...on, phase: 'Pending', waiting: true }),
      pod({ name: 'job', ...on, phase: 'Succeeded' }),
      pod({ name: 'bad', ...on, phase: 'Failed' }),
      pod({ name: 'sgp', ...on, class: 'branch' }),
      pod({ name: 'aws-node', ...on, class: 'host-network', owner: 'DaemonSet/aws-node' }),
      pod({ name: 'win', ...on, class: 'windows' }),
      pod({ name: 'waiting', createdAt: ago(5) }),
    ];
    const found = (await runOf(snapshot({ pods }))).valueOf(demand)!;
    expect(Object.fromEntries(found)).toEqual({
      a: { daemonSet: 1, other: 2, branch: 1, hostNetwork: 1, addressed: 3, holding: 2, total: 6 },
    });
  });

  it('is unknown without pods', async () => {
    expect((await runOf(snapshot({ pods: denied('pods:list') }))).get(demand).known).toBe(false);
  });
});
