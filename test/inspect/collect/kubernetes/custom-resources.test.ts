import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import type { KubernetesCollector } from '../../../../src/inspect/collect/define-collector.ts';
import { KUBERNETES_COLLECTORS } from '../../../../src/inspect/collect/kubernetes/index.ts';
import { SECTIONS, type SectionData, type SectionName } from '../../../../src/inspect/snapshot.ts';
import { collect, fakeAccess, type Served } from './fake-access.ts';

const collectorOf = <N extends SectionName>(section: N) =>
  KUBERNETES_COLLECTORS.find((c) => c.section === section) as unknown as KubernetesCollector<N>;

async function read<N extends SectionName>(section: N, served: Served): Promise<SectionData<N>> {
  const { data } = await collect(collectorOf(section), fakeAccess(served));
  expect(v.safeParse(SECTIONS[section] as v.GenericSchema, data).issues).toBeUndefined();
  return data;
}

const CREATED = '2026-01-02T03:04:05Z';
const meta = (name: string, namespace?: string) => ({
  metadata: { name, creationTimestamp: CREATED, ...(namespace ? { namespace } : {}) },
});

describe('custom resources', () => {
  it('reads ENIConfigs, also those of the old schema', async () => {
    const data = await read('eniConfigs', {
      '/apis/crd.k8s.amazonaws.com/v1alpha1/eniconfigs': [
        { ...meta('eu-west-1a'), spec: { subnet: 'subnet-1', securityGroups: ['sg-1', 'sg-2'] } },
        { ...meta('old'), spec: { subnet: 'subnet-2', securityGroups: 'sg-1' } },
        { ...meta('empty'), spec: {} },
      ],
    });
    expect(data).toEqual([
      { name: 'eu-west-1a', subnetId: 'subnet-1', securityGroupIds: ['sg-1', 'sg-2'] },
      { name: 'old', subnetId: 'subnet-2', securityGroupIds: ['sg-1'], groupsAreText: true },
      { name: 'empty', securityGroupIds: [] },
    ]);
  });

  it('finds the service accounts that labels of a SecurityGroupPolicy select, where they may be read', async () => {
    const path = '/apis/vpcresources.k8s.aws/v1beta1/securitygrouppolicies';
    const accounts = { serviceAccountSelector: { matchLabels: { team: 'a' } } };
    const policies = [{ ...meta('b', 'shop'), spec: accounts }];
    const served = [{ metadata: { name: 'web', labels: { team: 'a' } } }, { metadata: { name: 'job' } }];
    const [known] = await read('securityGroupPolicies', {
      [path]: policies,
      '/api/v1/namespaces/shop/serviceaccounts': served,
    });
    expect(known?.serviceAccountSelector?.selected).toEqual(['web']);
    const [unread] = await read('securityGroupPolicies', {
      [path]: policies,
      '/api/v1/namespaces/shop/serviceaccounts': 'denied',
    });
    expect(unread?.serviceAccountSelector).toEqual({
      matchLabels: { team: 'a' },
      matchExpressions: [],
      matchNames: [],
      unread: { kind: 'denied', permission: 'list serviceaccounts in shop', reason: expect.any(String) },
    });
  });

  it('keeps an empty selector of a SecurityGroupPolicy apart from none', async () => {
    const data = await read('securityGroupPolicies', {
      '/apis/vpcresources.k8s.aws/v1beta1/securitygrouppolicies': [
        { ...meta('a', 'shop'), spec: { podSelector: {}, securityGroups: { groupIds: ['sg-1'] } } },
        { ...meta('b', 'shop'), spec: { serviceAccountSelector: { matchLabels: { a: 'b' }, matchNames: ['x'] } } },
      ],
    });
    expect(data).toEqual([
      {
        namespace: 'shop',
        name: 'a',
        createdAt: CREATED,
        podSelector: { matchLabels: {}, matchExpressions: [] },
        securityGroupIds: ['sg-1'],
      },
      {
        namespace: 'shop',
        name: 'b',
        createdAt: CREATED,
        serviceAccountSelector: { matchLabels: { a: 'b' }, matchExpressions: [], matchNames: ['x'] },
        securityGroupIds: [],
      },
    ]);
  });

  it('reads what aws-node wrote into a CNINode', async () => {
    const data = await read('cniNodes', {
      '/apis/vpcresources.k8s.aws/v1alpha1/cninodes': [
        {
          ...meta('n1'),
          spec: {
            features: [{ name: 'SecurityGroupsForPods' }, { name: 'CustomNetworking', value: 'eu-west-1a' }],
            tags: { a: 'b' },
          },
        },
        {
          metadata: {
            ...meta('n2').metadata,
            deletionTimestamp: CREATED,
            finalizers: ['networking.k8s.aws/resource-cleanup'],
          },
        },
      ],
    });
    expect(data).toEqual([
      {
        name: 'n1',
        features: [{ name: 'SecurityGroupsForPods' }, { name: 'CustomNetworking', value: 'eu-west-1a' }],
        tags: { a: 'b' },
        deleting: false,
        createdAt: CREATED,
      },
      {
        name: 'n2',
        features: [],
        tags: {},
        deleting: true,
        deletingSince: CREATED,
        finalizers: ['networking.k8s.aws/resource-cleanup'],
        createdAt: CREATED,
      },
    ]);
  });

  it('reads network policies by their directions and rules, those of AWS beside those of Kubernetes', async () => {
    const any = { matchLabels: {}, matchExpressions: [] };
    expect(
      await read('networkPolicies', {
        '/apis/networking.k8s.io/v1/networkpolicies': [
          { ...meta('in', 'shop'), spec: { podSelector: { matchLabels: { app: 'web' } } } },
          { ...meta('out', 'shop'), spec: { podSelector: {}, policyTypes: ['Egress'], egress: [{}, {}] } },
          { ...meta('both', 'shop'), spec: { podSelector: {}, ingress: [{}], egress: [{}] } },
          {
            ...meta('rules', 'shop'),
            spec: {
              podSelector: {},
              policyTypes: ['Egress'],
              egress: [
                {
                  to: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] } }, { podSelector: {} }],
                  ports: [{ port: 53, protocol: 'UDP' }, { port: 'http' }, { port: 8000, endPort: 8010 }],
                },
              ],
            },
          },
        ],
        '/apis/networking.k8s.aws/v1alpha1/clusternetworkpolicies': [meta('cluster')],
      }),
    ).toEqual([
      {
        namespace: 'shop',
        name: 'in',
        podSelector: { matchLabels: { app: 'web' }, matchExpressions: [] },
        directions: { ingress: 0 },
        ingress: [],
        egress: [],
        createdAt: CREATED,
      },
      expect.objectContaining({ name: 'out', directions: { egress: 2 } }),
      expect.objectContaining({ name: 'both', directions: { ingress: 1, egress: 1 } }),
      {
        namespace: 'shop',
        name: 'rules',
        podSelector: any,
        directions: { egress: 1 },
        ingress: [],
        egress: [
          {
            peers: [{ cidr: '10.0.0.0/8', except: ['10.1.0.0/16'] }, { podSelector: any }],
            ports: [
              { protocol: 'UDP', port: '53' },
              { protocol: 'TCP', port: 'http' },
              { protocol: 'TCP', port: '8000', endPort: 8010 },
            ],
          },
        ],
        createdAt: CREATED,
      },
      expect.objectContaining({ kind: 'ClusterNetworkPolicy', namespace: '', name: 'cluster' }),
    ]);
  });

  it('reads which pods each PolicyEndpoint binds', async () => {
    expect(
      await read('policyEndpoints', {
        '/apis/networking.k8s.aws/v1alpha1/policyendpoints': [
          {
            ...meta('deny-x', 'shop'),
            spec: {
              policyRef: { name: 'deny', namespace: 'shop' },
              podSelectorEndpoints: [{ name: 'web-1', namespace: 'shop', podIP: '10.0.0.9', hostIP: '10.0.0.1' }],
            },
          },
        ],
      }),
    ).toEqual([
      { namespace: 'shop', name: 'deny-x', policy: 'deny', pods: ['web-1'], podIps: ['10.0.0.9'], createdAt: CREATED },
    ]);
  });

  it('reads NodePools of the newest version that is served', async () => {
    const pool = {
      ...meta('default'),
      spec: {
        limits: { cpu: 100, memory: '1Ti' },
        disruption: { budgets: [{ nodes: '20%' }, { nodes: '3', reasons: ['Drifted'] }] },
        template: {
          metadata: { labels: { team: 'shop' } },
          spec: {
            expireAfter: '720h',
            taints: [{ key: 'batch', value: 'true', effect: 'NoSchedule' }],
            nodeClassRef: { kind: 'NodeClass', name: 'nc' },
            requirements: [{ key: 'k', operator: 'In', values: ['a'] }],
          },
        },
      },
    };
    const expected = [
      {
        name: 'default',
        nodeClass: { kind: 'NodeClass', name: 'nc' },
        limits: { cpu: '100', memory: '1Ti' },
        requirements: [{ key: 'k', operator: 'In', values: ['a'] }],
        labels: { team: 'shop' },
        taints: [{ key: 'batch', value: 'true', effect: 'NoSchedule' }],
        budgets: ['20%', '3'],
        expireAfter: '720h',
      },
    ];
    expect(
      await read('nodePools', {
        '/apis/karpenter.sh/v1/nodepools': [pool],
        '/apis/karpenter.sh/v1beta1/nodepools': [],
      }),
    ).toEqual(expected);
    expect(await read('nodePools', { '/apis/karpenter.sh/v1beta1/nodepools': [pool] })).toEqual(expected);
  });

  it('reads node classes of Karpenter and Auto Mode', async () => {
    const data = await read('nodeClasses', {
      '/apis/karpenter.k8s.aws/v1/ec2nodeclasses': [
        {
          ...meta('default'),
          spec: {
            amiSelectorTerms: [{ alias: 'al2023@latest' }],
            kubelet: { maxPods: 58, podsPerCore: 4 },
            subnetSelectorTerms: [{ tags: { 'karpenter.sh/discovery': 'prod' } }, { id: 'subnet-9' }],
          },
          status: { subnets: [{ id: 'subnet-1', zone: 'a' }], securityGroups: [{ id: 'sg-1' }] },
        },
      ],
      '/apis/eks.amazonaws.com/v1/nodeclasses': [{ ...meta('auto'), status: { subnets: [{ id: 'subnet-2' }] } }],
    });
    expect(data).toEqual([
      {
        kind: 'EC2NodeClass',
        name: 'default',
        amiFamily: 'AL2023',
        maxPods: 58,
        podsPerCore: 4,
        subnetSelector: [{ tags: { 'karpenter.sh/discovery': 'prod' } }, { id: 'subnet-9', tags: {} }],
        subnetIds: ['subnet-1'],
        securityGroupIds: ['sg-1'],
      },
      { kind: 'NodeClass', name: 'auto', subnetSelector: [], subnetIds: ['subnet-2'], securityGroupIds: [] },
    ]);
  });

  it('reads in which zones a claimed volume can be used', async () => {
    const inZone = (key: string, zones: string[]) => ({
      nodeAffinity: {
        required: { nodeSelectorTerms: [{ matchExpressions: [{ key, operator: 'In', values: zones }] }] },
      },
    });
    const claimRef = { namespace: 'shop', name: 'data-0' };
    const data = await read('persistentVolumes', {
      '/api/v1/persistentvolumes': [
        { ...meta('ebs'), spec: { claimRef, ...inZone('topology.ebs.csi.aws.com/zone', ['eu-west-1a']) } },
        { ...meta('efs'), spec: { claimRef: { ...claimRef, name: 'shared' } } },
        { ...meta('unclaimed'), spec: inZone('topology.kubernetes.io/zone', ['eu-west-1b']) },
      ],
    });
    expect(data).toEqual([
      { name: 'ebs', claim: 'shop/data-0', zones: ['eu-west-1a'] },
      { name: 'efs', claim: 'shop/shared', zones: [] },
    ]);
  });

  it('loses one kind of node class alone, and is denied without both', async () => {
    const half = await collect(
      collectorOf('nodeClasses'),
      fakeAccess({
        '/apis/karpenter.k8s.aws/v1/ec2nodeclasses': 'denied',
        '/apis/eks.amazonaws.com/v1/nodeclasses': [meta('auto')],
      }),
    );
    expect(half.data).toHaveLength(1);
    expect(half.missing).toEqual([
      { kind: 'denied', permission: 'list ec2nodeclasses.karpenter.k8s.aws', reason: 'forbidden' },
    ]);
    const none = fakeAccess({
      '/apis/karpenter.k8s.aws/v1/ec2nodeclasses': 'denied',
      '/apis/eks.amazonaws.com/v1/nodeclasses': 'denied',
    });
    await expect(collect(collectorOf('nodeClasses'), none)).rejects.toMatchObject({ kind: 'denied' });
  });

  it('finds nothing, without a gap, where a kind does not exist', async () => {
    for (const section of [
      'eniConfigs',
      'securityGroupPolicies',
      'cniNodes',
      'policyEndpoints',
      'nodePools',
      'nodeClasses',
    ] as const) {
      const { data, missing } = await collect(collectorOf(section), fakeAccess({}));
      expect([section, data, missing ?? []]).toEqual([section, [], []]);
    }
  });
});

describe('the registry', () => {
  it('only ever gets and lists, and never names a Secret', () => {
    for (const c of KUBERNETES_COLLECTORS) {
      if (c.side !== 'kubernetes') throw new Error(`${c.section} is not of this side`);
      for (const { rbac } of c.calls) {
        expect(rbac.verbs.every((verb) => verb === 'get' || verb === 'list')).toBe(true);
        expect(rbac.resource).not.toContain('secret');
        expect(rbac.resource).not.toBe('*');
      }
    }
  });

  it('has one collector a section', () => {
    const sections = KUBERNETES_COLLECTORS.map((c) => c.section);
    expect(new Set(sections).size).toBe(sections.length);
  });
});
