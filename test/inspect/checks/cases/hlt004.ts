import { addon, cluster, cni, type GivenSections, pod, workloads } from '../../../support/snapshot-builder.ts';
import type { Case } from './case.ts';
import { plain } from './worlds.ts';

const DOWN = plain().cniPods.map((p, i) => ({
  ...p,
  ready: i > 0,
  restarts: i > 0 ? 0 : 7,
  containers:
    i > 0
      ? []
      : [{ name: 'aws-node', init: false, ready: false, restarts: 7, waitingReason: 'CrashLoopBackOff', exitCode: 1 }],
}));
const PROXY = workloads({
  daemonSets: [{ namespace: 'kube-system', name: 'kube-proxy', hostNetwork: true, desired: 2, ready: 2, images: [] }],
});
const ENDPOINT = 'https://ABC.gr7.eu-west-1.eks.amazonaws.com';
const says = (sign: 'api-server-unreachable' | 'throttled') => [
  { pod: 'aws-node-n1', node: 'n1', container: 'aws-node', previous: true, lines: 40, signs: [{ sign, lines: 3 }] },
];
const world = (over: GivenSections & { readonly env?: Record<string, string> } = {}) => {
  const { env, ...sections } = over;
  return plain().snapshot({
    cni: cni({ pods: DOWN, desired: 2, env }),
    workloads: PROXY,
    cluster: cluster({ endpoint: ENDPOINT }),
    addons: [addon({ configuration: {} })],
    ...sections,
  });
};
const withoutProxy = [...plain().pods].filter((p) => !(p.owner === 'DaemonSet/kube-proxy' && p.node === 'n1'));

/** The subnet of n1 with an ACL of its own, which lets answers of the control plane in on these ports; `0b` has the open one. */
const withAcls = (answers: [number, number], controlPlane = ['subnet-0b']): GivenSections => {
  const all = (egress: boolean) => ({ rule: 100, egress, action: 'allow', protocol: '-1', cidr: '0.0.0.0/0' }) as const;
  return {
    cluster: cluster({ endpoint: ENDPOINT, subnetIds: controlPlane }),
    networkAcls: [
      { networkAclId: 'acl-open', isDefault: true, subnetIds: ['subnet-0b'], entries: [all(true), all(false)] },
      {
        networkAclId: 'acl-own',
        isDefault: false,
        subnetIds: ['subnet-0a'],
        entries: [
          all(true),
          {
            ...{ rule: 100, egress: false, action: 'allow', protocol: '6', cidr: '0.0.0.0/0' },
            ...{ fromPort: answers[0], toPort: answers[1] },
          } as const,
          { rule: 32767, egress: false, action: 'deny', protocol: '-1', cidr: '0.0.0.0/0' } as const,
        ],
      },
    ],
  };
};

/** Nodes under a group of their own, which that of the control plane lets in or not. */
const apart = (open: boolean): GivenSections => ({
  cluster: cluster({
    endpoint: ENDPOINT,
    clusterSecurityGroupId: 'sg-cluster',
    securityGroupIds: [],
    subnetIds: ['subnet-0a', 'subnet-0b'],
  }),
  securityGroupRules: {
    groupIds: ['sg-node', 'sg-cluster'],
    rules: [
      { groupId: 'sg-node', egress: true, protocol: '-1', cidr: '0.0.0.0/0' },
      { groupId: 'sg-cluster', egress: true, protocol: '-1', cidr: '0.0.0.0/0' },
      { groupId: 'sg-cluster', egress: false, protocol: '-1', peerGroupId: open ? 'sg-node' : 'sg-cluster' },
    ],
  },
});

export const hlt004: Case = {
  blindWithout: ['cniLogs'],
  fires: [
    {
      name: 'its log says so, and kube-proxy runs',
      of: world({ cniLogs: says('api-server-unreachable') }),
      want: [
        {
          id: 'HLT004/log:log',
          severity: 'error',
          confidence: 'observed',
          evidence: { nodes: ['n1'], logged: 1 },
          commands: [/get endpoints kubernetes$/, /k8s-app=kube-proxy/],
        },
      ],
    },
    {
      name: 'no kube-proxy on that node',
      of: world({ pods: withoutProxy }),
      want: [
        {
          id: 'HLT004/kube-proxy:kube-proxy',
          severity: 'error',
          evidence: { nodes: ['n1'], logged: 0 },
          commands: [/get pods -l k8s-app=kube-proxy -o wide$/, /rollout restart ds\/kube-proxy$/],
        },
      ],
    },
    {
      name: 'told to ask another endpoint',
      of: world({ env: { CLUSTER_ENDPOINT: 'https://OLD.gr7.eu-west-1.eks.amazonaws.com' } }),
      want: [
        {
          id: 'HLT004/endpoint:endpoint',
          severity: 'error',
          evidence: { endpoint: ENDPOINT },
          anyCommand: [/"CLUSTER_ENDPOINT":"https:\/\/ABC\.gr7\.eu-west-1\.eks\.amazonaws\.com"/],
        },
      ],
    },
    {
      name: 'the group of the control plane does not let the node in',
      of: world(apart(false)),
      want: [
        {
          id: 'HLT004/rules:rules',
          severity: 'error',
          confidence: 'derived',
          evidence: {
            nodes: ['n1'],
            missing: [{ source: ['sg-node'], destination: ['sg-cluster'], port: 443, way: 'in' }],
          },
          commands: [
            /^aws ec2 authorize-security-group-ingress --group-id sg-cluster --ip-permissions.*"FromPort":443.*"GroupId":"sg-node".* --region eu-west-1$/,
          ],
        },
      ],
    },
    {
      name: 'the network ACL of its subnet lets no answer in: it keeps no state',
      of: world(withAcls([443, 443])),
      want: [
        {
          id: 'HLT004/network-acl:network-acl',
          severity: 'error',
          confidence: 'derived',
          evidence: {
            nodes: ['n1'],
            acls: [{ networkAclId: 'acl-own', way: 'in', ports: '32768–60999', cidr: '10.0.1.0/24' }],
          },
          says: /acl-own lets no tcp 32768–60999 in from 10\.0\.1\.0\/24/,
          commands: [
            /^aws ec2 create-network-acl-entry --network-acl-id acl-own --ingress --rule-number 32766 --protocol tcp --port-range From=32768,To=60999 --cidr-block 10\.0\.1\.0\/24 --rule-action allow --region eu-west-1$/,
          ],
        },
      ],
    },
  ],
  quiet: [
    { name: 'the network ACL lets answers in', of: world(withAcls([1024, 65535])) },
    {
      name: 'the control plane has an interface in the same subnet',
      of: world(withAcls([443, 443], ['subnet-0a', 'subnet-0b'])),
    },
    { name: 'the control plane is in a subnet that was not read', of: world(withAcls([443, 443], ['subnet-zz'])) },
    { name: 'the groups let the node in, and something else is wrong', of: world(apart(true)) },
    { name: 'aws-node is down for another reason', of: world({ cniLogs: says('throttled') }) },
    { name: 'all runs', of: plain().snapshot({ cniLogs: says('api-server-unreachable') }) },
    { name: 'another replaces kube-proxy', of: world({ pods: withoutProxy, workloads: workloads() }) },
    {
      name: 'the endpoint of this cluster, with a port',
      of: world({ env: { CLUSTER_ENDPOINT: `${ENDPOINT.toLowerCase()}:443` } }),
    },
    {
      name: 'the policy agent alone is down',
      of: world({
        cni: cni({
          pods: DOWN.map((p) => ({ ...p, containers: p.containers.map((c) => ({ ...c, name: 'aws-eks-nodeagent' })) })),
        }),
        pods: [...withoutProxy, pod({ name: 'x' })],
      }),
    },
  ],
};
