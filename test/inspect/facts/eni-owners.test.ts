import { describe, expect, it } from 'vitest';
import { eniOwners } from '../../../src/inspect/facts/eni-owners.ts';
import type { NetworkInterface } from '../../../src/inspect/snapshot/ec2.ts';
import {
  ago,
  cluster,
  cni,
  cniEni,
  denied,
  eni,
  type GivenSections,
  instance,
  node,
  partial,
  pod,
  runOf,
  snapshot,
} from '../../support/snapshot-builder.ts';

const BASE: GivenSections = {
  cluster: cluster(),
  cni: cni(),
  nodes: [
    node({ name: 'a' }),
    node({ name: 'auto', labels: { 'eks.amazonaws.com/compute-type': 'auto' } }),
    node({ name: 'fargate-ip-10-0-0-77', instanceId: undefined, internalIps: ['10.0.0.77'] }),
  ],
  instances: [
    instance({ instanceId: 'i-a' }),
    instance({ instanceId: 'i-their', tags: { 'kubernetes.io/cluster/other': 'owned' } }),
    instance({ instanceId: 'i-web', tags: { 'aws:autoscaling:groupName': 'web', Name: 'web-1' } }),
  ],
  pods: [],
};

async function owner(e: NetworkInterface, more: GivenSections = {}, others: NetworkInterface[] = []) {
  const run = await runOf(snapshot({ ...BASE, ...more, networkInterfaces: [e, ...others] }));
  return run.valueOf(eniOwners)!.get(e.eniId)!;
}

const x = (part: Partial<Parameters<typeof eni>[0]>) => eni({ eniId: 'eni-x', status: 'in-use', ...part });
const origin = (kind: NetworkInterface['origin']['kind'], id?: string) => ({ origin: { kind, ...(id ? { id } : {}) } });
const INSTANCE = 'node.k8s.amazonaws.com/instance_id';

describe('whose an ENI is', () => {
  const rows: [string, NetworkInterface, Record<string, unknown>][] = [
    ['branch by type', x({ type: 'branch' }), { class: 'sgp-branch', confidence: 'high' }],
    ['branch by tag', x({ tags: { 'vpcresources.k8s.aws/trunk-eni-id': 'eni-t' } }), { class: 'sgp-branch' }],
    ['trunk', x({ type: 'trunk', attachedTo: 'i-a', device: 2 }), { class: 'sgp-trunk', name: 'prod', node: 'a' }],
    [
      'resource controller',
      x({ tags: { 'eks:eni:owner': 'eks-vpc-resource-controller', 'kubernetes.io/cluster/other': 'owned' } }),
      { class: 'resource-controller', name: 'other', cluster: 'other' },
    ],
    [
      'ipamd by tag',
      x({ attachedTo: 'i-a', device: 1, tags: { [INSTANCE]: 'i-a' } }),
      { class: 'cni-secondary', name: 'prod', confidence: 'high' },
    ],
    [
      'ipamd by description and cluster tag',
      x({ ...origin('cni-secondary', 'i-gone'), tags: { 'cluster.k8s.amazonaws.com/name': 'other' } }),
      { class: 'cni-secondary', name: 'other', instanceId: 'i-gone' },
    ],
    [
      'control plane',
      x(origin('eks-control-plane', 'prod')),
      { class: 'control-plane', name: 'prod', cluster: 'prod' },
    ],
    [
      'node primary, which ipamd tags like its own',
      x({ attachedTo: 'i-a', tags: { [INSTANCE]: 'i-a' } }),
      { class: 'node-primary', name: 'prod', confidence: 'high', node: 'a' },
    ],
    ['Auto Mode primary', x({ attachedTo: 'i-auto' }), { class: 'auto-mode', confidence: 'medium', node: 'auto' }],
    ['Auto Mode further', x({ attachedTo: 'i-auto', device: 1 }), { class: 'auto-mode' }],
    ['Fargate', x({ primaryIp: '10.0.0.77' }), { class: 'fargate', confidence: 'high' }],
    [
      'user-managed',
      x({ attachedTo: 'i-a', device: 3, tags: { 'node.k8s.amazonaws.com/no_manage': 'true', Name: 'multus' } }),
      { class: 'user-managed', name: 'multus', node: 'a' },
    ],
    ['EFA', x({ type: 'efa-only', attachedTo: 'i-a', device: 0, card: 1 }), { class: 'efa' }],
    [
      'NAT gateway',
      x({ type: 'nat_gateway', ...origin('nat-gateway', 'nat-1') }),
      { class: 'nat-gateway', name: 'nat-1' },
    ],
    [
      'a task of ECS on a branch that ECS made',
      x({ type: 'branch', ...origin('ecs-task', 'attachment/37a927f2') }),
      { class: 'other-service', name: 'ECS task', detail: 'attachment/37a927f2' },
    ],
    ['RDS Proxy', x(origin('rds-proxy', 'orders')), { class: 'rds', name: 'proxy orders', confidence: 'medium' }],
    ['EMR', x(origin('emr', 'j-1ABC')), { class: 'other-service', name: 'EMR', detail: 'j-1ABC' }],
    [
      'a type that EC2 added since',
      x({ type: 'agentic_ai', requesterManaged: true, requesterId: '727180483921' }),
      { class: 'aws-managed', name: 'agentic ai', confidence: 'high' },
    ],
    [
      'a service that only its requester names',
      x({ requesterManaged: true, requesterId: 'amazon-redshift' }),
      { class: 'other-service', name: 'Redshift', confidence: 'medium' },
    ],
    ['NLB by type', x({ type: 'network_load_balancer' }), { class: 'load-balancer', confidence: 'high' }],
    [
      'ALB by description',
      x(origin('load-balancer', 'app/web/1')),
      { class: 'load-balancer', name: 'app/web/1', confidence: 'medium' },
    ],
    [
      'endpoint',
      x({ type: 'vpc_endpoint', ...origin('vpc-endpoint', 'vpce-1') }),
      { class: 'vpc-endpoint', name: 'vpce-1' },
    ],
    ['Lambda', x({ type: 'lambda' }), { class: 'lambda', confidence: 'high' }],
    ['EFS', x(origin('efs', 'fs-1')), { class: 'efs', name: 'fs-1', confidence: 'high' }],
    ['transit gateway', x({ type: 'transit_gateway' }), { class: 'aws-managed', name: 'Transit Gateway' }],
    ['RDS', x(origin('rds')), { class: 'rds', confidence: 'medium' }],
    ['ElastiCache', x(origin('elasticache')), { class: 'elasticache', confidence: 'medium' }],
    ['MSK', x(origin('msk')), { class: 'other-service', name: 'MSK', confidence: 'medium' }],
    [
      'node of another cluster',
      x({ attachedTo: 'i-their' }),
      { class: 'other-cluster', name: 'other', confidence: 'high' },
    ],
    ['instance', x({ attachedTo: 'i-web' }), { class: 'ec2', name: 'web', confidence: 'high' }],
    ['unknown instance', x({ attachedTo: 'i-what', device: 1 }), { class: 'ec2', name: 'i-what' }],
    [
      'AWS service',
      x({ requesterManaged: true, requesterId: '123456789012' }),
      { class: 'aws-service', name: '123456789012', confidence: 'low' },
    ],
    ['unattached', x({ status: 'available' }), { class: 'unattached', confidence: 'low', leaked: false }],
    ['anything else', x({}), { class: 'other', confidence: 'low' }],
  ];

  it.each(rows)('%s', async (_, e, expected) => {
    expect(await owner(e)).toMatchObject(expected);
  });

  it('a branch is of the node its trunk is on', async () => {
    const branch = x({ type: 'branch', tags: { 'vpcresources.k8s.aws/trunk-eni-id': 'eni-t' } });
    const trunk = eni({ eniId: 'eni-t', type: 'trunk', attachedTo: 'i-a', device: 2 });
    expect(await owner(branch, {}, [trunk])).toMatchObject({ instanceId: 'i-a', node: 'a', leaked: false, idle: 1 });
    expect(await owner(branch)).toMatchObject({ leaked: true });
    const run = await runOf(
      snapshot({ ...BASE, networkInterfaces: partial([branch], 'ec2:DescribeNetworkInterfaces') }),
    );
    expect(run.valueOf(eniOwners)!.get('eni-x')).toMatchObject({ leaked: false });
    const pods = [pod({ name: 'p', node: 'a', class: 'branch', branchEniId: 'eni-x' })];
    expect(await owner(branch, { pods }, [trunk])).toMatchObject({ idle: 0 });
  });

  it('without the node list goes by tags, and says so by its confidence', async () => {
    const nodes = denied('nodes:list');
    const tagged = x({ attachedTo: 'i-new', tags: { [INSTANCE]: 'i-new', 'cluster.k8s.amazonaws.com/name': 'prod' } });
    expect(await owner(tagged, { nodes })).toMatchObject({ class: 'node-primary', name: 'prod', confidence: 'medium' });
    const nameless = x({ attachedTo: 'i-new', tags: { [INSTANCE]: 'i-new' } });
    expect(await owner(nameless, { nodes })).toMatchObject({ class: 'node-primary', name: 'unknown cluster' });
    expect(await owner(nameless)).toMatchObject({ class: 'other-cluster', name: 'unknown cluster' });
  });
});

describe('what an ENI wastes', () => {
  it('counts idle addresses on nodes, whole prefixes apart', async () => {
    const e = cniEni({
      eniId: 'eni-x',
      attachedTo: 'i-a',
      primaryIp: '10.0.0.9',
      secondaryIps: ['10.0.0.40'],
      prefixes: ['10.0.0.16/28', '10.0.0.48/28'],
    });
    const pods = [pod({ name: 'p', node: 'a', ip: '10.0.0.17' })];
    expect(await owner(e, { pods })).toMatchObject({ idle: 32, releasable: 17 });
  });

  it('is everything on an ENI that was left behind', async () => {
    const e = eni({
      eniId: 'eni-x',
      ...origin('cni-secondary', 'i-gone'),
      primaryIp: '10.0.0.9',
      secondaryIps: ['10.0.0.40', '10.0.0.41'],
      tags: { [INSTANCE]: 'i-gone', 'node.k8s.amazonaws.com/createdAt': ago(7200) },
    });
    expect(await owner(e)).toMatchObject({ leaked: true, idle: 3, releasable: 3, since: ago(7200) });
  });

  it('does not take a primary ENI that survived its instance for one that ipamd left behind', async () => {
    const e = eni({ eniId: 'eni-x', primaryIp: '10.0.0.9', tags: { [INSTANCE]: 'i-gone' } });
    expect(await owner(e)).toMatchObject({ leaked: false });
  });

  it('cannot be told without pods, or on what is not ours', async () => {
    const e = cniEni({ eniId: 'eni-x', attachedTo: 'i-a', secondaryIps: ['10.0.0.40'] });
    expect((await owner(e, { pods: denied('pods:list') })).idle).toBeUndefined();
    expect(
      (await owner(cniEni({ eniId: 'eni-x', attachedTo: 'i-their', secondaryIps: ['10.0.0.40'] }))).idle,
    ).toBeUndefined();
    expect((await owner(x({ type: 'lambda' }))).idle).toBeUndefined();
  });
});
