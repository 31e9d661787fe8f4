import { describe, expect, it } from 'vitest';
import { eniConfigResolution } from '../../../src/inspect/facts/eni-config-resolution.ts';
import { podSubnets } from '../../../src/inspect/facts/pod-subnets.ts';
import { subnetRoles } from '../../../src/inspect/facts/subnet-roles.ts';
import { zones } from '../../../src/inspect/facts/zones.ts';
import {
  cluster,
  cni,
  denied,
  eniConfig,
  type GivenSections,
  instance,
  node,
  nodegroup,
  runOf,
  snapshot,
  subnet,
} from '../../support/snapshot-builder.ts';

const CUSTOM = { AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true', ENI_CONFIG_LABEL_DEF: 'topology.kubernetes.io/zone' };
const ROLE = 'kubernetes.io/role/cni';
const pods1a = subnet({ subnetId: 'subnet-pods-1a', cidr: '100.64.0.0/20' });
const nodes1a = subnet();
const nodes1b = subnet({ subnetId: 'subnet-1b', cidr: '10.0.1.0/24', availabilityZone: 'eu-west-1b' });

describe('the ENIConfig of a node', () => {
  const KEY = 'k8s.amazonaws.com/eniConfig';
  async function choice(part: Partial<Parameters<typeof node>[0]>, env: Record<string, string> = CUSTOM) {
    const eniConfigs = ['eu-west-1a', 'noted', 'labelled', 'outside', 'default'].map((name) => eniConfig({ name }));
    const nodes = [node({ name: 'a', ...part })];
    const run = await runOf(snapshot({ nodes, cni: cni({ env }), eniConfigs, subnets: [pods1a] }));
    return run.valueOf(eniConfigResolution)!.get('a');
  }

  it('is named by external label, annotation, label, default, in that order', async () => {
    const plain = { AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true' };
    const label = { [KEY]: 'labelled' };
    const annotations = { [KEY]: 'noted' };
    const external = { ...label, 'vpc.amazonaws.com/externalEniConfig': 'outside' };
    expect(await choice({}, plain)).toMatchObject({ name: 'default', step: 'default' });
    expect(await choice({ labels: label }, plain)).toMatchObject({ name: 'labelled', step: 'label' });
    expect(await choice({ labels: label, annotations }, plain)).toMatchObject({ name: 'noted', step: 'annotation' });
    expect(await choice({ labels: external, annotations }, plain)).toMatchObject({
      name: 'outside',
      step: 'external-label',
    });
  });

  it('comes with its object and its subnet', async () => {
    const found = await choice({});
    expect(found).toMatchObject({ name: 'eu-west-1a', step: 'label' });
    expect(found?.subnet?.subnetId).toBe('subnet-pods-1a');
  });

  it('has no object where the name leads nowhere', async () => {
    expect(await choice({ zone: 'eu-west-1c' })).toEqual({
      name: 'eu-west-1c',
      step: 'label',
      eniConfig: undefined,
      subnet: undefined,
    });
  });

  it('is nobody without custom networking, and unknown without ENIConfigs', async () => {
    expect(await choice({}, {})).toBeUndefined();
    const eniConfigs = denied('eniconfigs:list');
    const run = await runOf(snapshot({ nodes: [node({ name: 'a' })], cni: cni({ env: CUSTOM }), eniConfigs }));
    expect(run.get(eniConfigResolution).known).toBe(false);
    expect(run.get(podSubnets)).toMatchObject({ known: false, missing: [{ permission: 'eniconfigs:list' }] });
  });
});

describe('pod subnets', () => {
  async function subnetsOf(env: Record<string, string>, more: GivenSections, version = 'v1.23.1') {
    const nodes = [node({ name: 'a' })];
    const instances = [instance({ instanceId: 'i-a' })];
    const run = await runOf(snapshot({ nodes, instances, cni: cni({ env, version }), ...more }));
    return run.valueOf(podSubnets)!.byNode.get('a');
  }

  it('are the ENIConfig subnet under custom networking, none where the name leads nowhere', async () => {
    const subnets = [nodes1a, pods1a];
    expect(await subnetsOf(CUSTOM, { subnets, eniConfigs: [eniConfig({ name: 'eu-west-1a' })] })).toEqual([
      'subnet-pods-1a',
    ]);
    expect(await subnetsOf(CUSTOM, { subnets, eniConfigs: [] })).toEqual([]);
  });

  const tagged = (id: string, value: string, free: number, extra: Record<string, string> = {}) =>
    subnet({ subnetId: id, cidr: '10.7.0.0/24', availableIps: free, tags: { [ROLE]: value, ...extra } });

  it('are what discovery may use in the zone, the emptiest first', async () => {
    const subnets = [
      subnet({ availableIps: 50 }),
      tagged('subnet-more', '1', 200),
      tagged('subnet-less', '1', 20),
      tagged('subnet-off', '0', 240),
      tagged('subnet-empty-tag', '', 240),
      { ...tagged('subnet-far', '1', 240), availabilityZone: 'eu-west-1b' },
      { ...tagged('subnet-other-vpc', '1', 240), vpcId: 'vpc-other' },
    ];
    expect(await subnetsOf({}, { subnets })).toEqual(['subnet-more', 'subnet-1a', 'subnet-less']);
    expect(await subnetsOf({ ENABLE_SUBNET_DISCOVERY: 'false' }, { subnets })).toEqual(['subnet-1a']);
    expect(await subnetsOf({}, { subnets }, 'v1.17.0')).toEqual(['subnet-1a']);
  });

  it('heed cluster tags only where CLUSTER_NAME is set', async () => {
    const subnets = [nodes1a, tagged('subnet-theirs', '1', 9, { 'cni.networking.k8s.aws/cluster/other': '' })];
    expect(await subnetsOf({}, { subnets })).toEqual(['subnet-1a', 'subnet-theirs']);
    expect(await subnetsOf({ CLUSTER_NAME: 'prod' }, { subnets })).toEqual(['subnet-1a']);
  });

  it('before v1.22, took any value of the tag', async () => {
    const subnets = [nodes1a, tagged('subnet-empty-tag', '', 9)];
    expect(await subnetsOf({}, { subnets }, 'v1.21.1')).toEqual(['subnet-1a', 'subnet-empty-tag']);
    expect(await subnetsOf({}, { subnets })).toEqual(['subnet-1a']);
  });

  it('are none where the node subnet is tagged 0 and nothing else is tagged', async () => {
    expect(await subnetsOf({}, { subnets: [subnet({ tags: { [ROLE]: '0' } })] })).toEqual([]);
  });

  it('leave out a node whose subnet is unknown', async () => {
    expect(await subnetsOf({}, { subnets: [nodes1a], instances: denied('ec2:DescribeInstances') })).toBeUndefined();
  });
});

describe('roles of subnets and zones', () => {
  const given: GivenSections = {
    subnets: [nodes1a, nodes1b, pods1a, subnet({ subnetId: 'subnet-cp', cidr: '10.0.9.0/28' })],
    nodes: [
      node({ name: 'a' }),
      node({ name: 'b', zone: 'eu-west-1b', labels: { 'topology.k8s.aws/zone-id': 'euw1-az2' } }),
    ],
    instances: [
      instance({ instanceId: 'i-a' }),
      instance({ instanceId: 'i-b', subnetId: 'subnet-1b', availabilityZone: 'eu-west-1b' }),
    ],
    cluster: cluster({ subnetIds: ['subnet-cp', 'subnet-1a'] }),
    nodegroups: [nodegroup({ subnetIds: ['subnet-1b'] })],
    fargateProfiles: [{ name: 'fp', status: 'ACTIVE', subnetIds: ['subnet-1b'], selectors: [] }],
    eniConfigs: [eniConfig({ name: 'eu-west-1a' })],
  };

  it('names every reason', async () => {
    const roles = (await runOf(snapshot({ ...given, cni: cni({ env: CUSTOM }) }))).valueOf(subnetRoles)!;
    expect(Object.fromEntries(roles)).toEqual({
      'subnet-1a': ['node', 'control-plane'],
      'subnet-1b': ['node', 'fargate'],
      'subnet-pods-1a': ['eniconfig'],
      'subnet-cp': ['control-plane'],
    });
  });

  it('an ENIConfig gives no role while custom networking is off, a tag does while discovery is on', async () => {
    const subnets = [nodes1a, { ...pods1a, tags: { [ROLE]: '1' } }];
    const roles = async (env: Record<string, string>) =>
      (await runOf(snapshot({ ...given, subnets, cni: cni({ env }) }))).valueOf(subnetRoles)!.get('subnet-pods-1a');
    expect(await roles({})).toEqual(['discovery']);
    expect(await roles({ ENABLE_SUBNET_DISCOVERY: 'false' })).toBeUndefined();
  });

  it('groups nodes and the subnets that feed them by zone', async () => {
    const run = await runOf(snapshot({ ...given, cni: cni({ env: CUSTOM }) }));
    expect(run.valueOf(zones)).toEqual([
      { zone: 'eu-west-1a', nodes: ['a'], subnets: ['subnet-1a', 'subnet-pods-1a'] },
      { zone: 'eu-west-1b', zoneId: 'euw1-az2', nodes: ['b'], subnets: ['subnet-1b'] },
    ]);
  });

  it('are known from nodes alone, with a caveat', async () => {
    const result = (await runOf(snapshot({ ...given, cni: cni(), subnets: denied('ec2:DescribeSubnets') }))).get(zones);
    expect(result).toMatchObject({ known: true, value: [{ zone: 'eu-west-1a', subnets: [] }, { zone: 'eu-west-1b' }] });
    expect(result.known && result.caveats.map((g) => g.permission)).toContain('ec2:DescribeSubnets');
  });
});
