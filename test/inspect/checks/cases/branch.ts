/** Security groups for pods: trunks, branches, and where their traffic goes. */
import type { Pod } from '../../../../src/inspect/snapshot/pods.ts';
import type { SectionData } from '../../../../src/inspect/snapshot.ts';
import {
  addon,
  ago,
  cluster,
  cni,
  eni,
  eniConfig,
  event,
  type GivenSections,
  nodegroup,
  pod,
  VPC,
  workloads,
} from '../../../support/snapshot-builder.ts';
import { type NodeWish, World } from '../world.ts';
import type { Case } from './case.ts';
import { CUSTOM, plain } from './worlds.ts';

const ON = { ENABLE_POD_ENI: 'true' };
const STANDARD = { ...ON, POD_SECURITY_GROUP_ENFORCING_MODE: 'standard' };

export const POLICY = {
  namespace: 'shop',
  name: 'db-clients',
  createdAt: '2026-10-01T00:00:00.000Z',
  podSelector: { matchLabels: { app: 'orders' }, matchExpressions: [] },
  securityGroupIds: ['sg-db'],
};

/** n1 with a trunk, and one pod on a branch of it. */
export const branched = (part: Partial<NodeWish> = {}, pods = 1): World => {
  const world = new World()
    .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
    .node('n1', { home: 'subnet-0a', primary: 9, running: 5, maxPods: 20, ...part, node: { podEni: 9, ...part.node } });
  world.enis.push(
    eni({
      eniId: 'eni-trunk',
      type: 'trunk',
      origin: { kind: 'cni-trunk' },
      subnetId: 'subnet-0a',
      attachedTo: 'i-n1',
      device: 1,
      primaryIp: '10.0.0.60',
      securityGroupIds: ['sg-node'],
    }),
  );
  for (let i = 0; i < pods; i++) {
    const ip = `10.0.0.${70 + i}`;
    const eniId = `eni-branch-${i}`;
    world.enis.push(
      eni({
        eniId,
        type: 'branch',
        status: 'in-use',
        origin: { kind: 'cni-branch' },
        subnetId: 'subnet-0a',
        primaryIp: ip,
        securityGroupIds: ['sg-db'],
        tags: { 'vpcresources.k8s.aws/trunk-eni-id': 'eni-trunk' },
      }),
    );
    world.pods.push(
      pod({
        name: `orders-${i}`,
        namespace: 'shop',
        node: 'n1',
        ip,
        class: 'branch',
        branchEniId: eniId,
        labels: { app: 'orders' },
        owner: 'Deployment/orders',
      }),
    );
  }
  return world;
};

const routed = (target: string): GivenSections['routeTables'] => [
  {
    routeTableId: 'rtb-1',
    main: true,
    subnetIds: [],
    routes: [
      { destination: '10.0.0.0/16', target: 'local', state: 'active' },
      { destination: '0.0.0.0/0', target, state: 'active' },
    ],
  },
];
const IGW = routed('igw-1');

export const sgp011: Case = {
  whole: ['routeTables'],
  fires: [
    {
      name: 'strict, in a subnet that goes to an internet gateway',
      of: branched().snapshot({ env: ON, routeTables: IGW, securityGroupPolicies: [POLICY] }),
      want: [
        {
          id: 'SGP011:subnet-0a',
          severity: 'error',
          confidence: 'derived',
          evidence: { subnetId: 'subnet-0a', routeTableId: 'rtb-1', gateway: 'igw-1', pods: ['shop/orders-0'] },
          commands: [/^aws ec2 describe-nat-gateways --filter Name=vpc-id,Values=vpc-\w+ --region eu-west-1$/],
        },
      ],
    },
    {
      name: 'standard with external SNAT',
      of: branched().snapshot({ env: { ...STANDARD, AWS_VPC_K8S_CNI_EXTERNALSNAT: 'true' }, routeTables: IGW }),
      want: [{ id: 'SGP011:subnet-0a', severity: 'error', evidence: { strict: false } }],
    },
  ],
  quiet: [
    { name: 'a NAT gateway', of: branched().snapshot({ env: ON, routeTables: routed('nat-1') }) },
    { name: 'standard: the node translates', of: branched().snapshot({ env: STANDARD, routeTables: IGW }) },
    { name: 'no such pod', of: branched({}, 0).snapshot({ env: ON, routeTables: IGW }) },
  ],
};

export const sgp013: Case = {
  whole: ['securityGroupPolicies', 'pods'],
  fires: [
    {
      name: 'on, and nobody asked for it',
      of: branched({}, 0).snapshot({ env: ON, addons: [addon()] }),
      want: [
        {
          id: 'SGP013:prod',
          severity: 'info',
          evidence: { enablePodEni: true, policies: 0, nodes: 1, trunks: 1, addresses: 9, tooFullFor: 0 },
          anyCommand: [/"ENABLE_POD_ENI":"false"/, /^kubectl drain n1 /m],
        },
      ],
    },
    {
      name: 'off again, the trunk still there, and kubelet takes pods for its slot',
      of: branched({ maxPods: 29 }, 0).snapshot(),
      want: [
        {
          id: 'SGP013/leftover:prod',
          severity: 'warning',
          evidence: { enablePodEni: false, trunks: 1, tooFullFor: 1 },
          commands: [/^kubectl drain n1 .* && aws autoscaling terminate-instance/],
        },
      ],
    },
  ],
  quiet: [
    { name: 'a pod has a branch', of: branched().snapshot({ env: ON }) },
    {
      name: 'a policy is ready for pods to come',
      of: branched({}, 0).snapshot({ env: ON, securityGroupPolicies: [POLICY] }),
    },
    { name: 'off, and no trunk', of: plain().snapshot() },
  ],
};

const pending = (name: string, part: Partial<Pod> = {}) =>
  pod({ name, namespace: 'shop', class: 'branch', phase: 'Pending', labels: { app: 'orders' }, ...part });
const burstable = (node: NonNullable<NodeWish['node']> = {}) =>
  new World()
    .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
    .node('t1', { type: 't3.large', home: 'subnet-0a', primary: 11, maxPods: 35, node });
const needs = (nodeSelector: Record<string, string>) => ({ cpuMillis: 0, memoryBytes: 0, nodeSelector });
const joined = (world: World, ...pods: Pod[]) => {
  world.pods.push(...pods);
  return world;
};

export const sgp002: Case = {
  whole: ['securityGroupPolicies'],
  fires: [
    {
      name: 'all nodes are t3, and a pod is Pending',
      of: joined(burstable(), pending('orders-1')).snapshot({ env: ON, securityGroupPolicies: [POLICY] }),
      want: [
        {
          id: 'SGP002:managed/workers/t3.large',
          severity: 'error',
          confidence: 'derived',
          waiting: ['shop/orders-1'],
          evidence: { nodes: ['t1'], nodesWithTrunk: 0, stranded: ['shop/orders-1'] },
          commands: [],
        },
      ],
    },
    {
      name: 'the controller does not know a type that can',
      of: joined(plain(), pending('orders-1')).snapshot({
        env: ON,
        securityGroupPolicies: [POLICY],
        events: ['n1', 'n2'].map((name) => event({ kind: 'trunk-unsupported', object: { kind: 'Node', name } })),
      }),
      want: [
        {
          id: 'SGP002:managed/workers/m5.large',
          severity: 'error',
          confidence: 'observed',
          evidence: { refused: 2, nodesWithTrunk: 0, stranded: ['shop/orders-1'] },
          says: /can carry no trunk ENI, by the word of the VPC resource controller; /,
        },
      ],
    },
    {
      name: 'a NodePool launches t3 among others, and its pods are kept to it',
      of: joined(
        burstable({ labels: { 'karpenter.sh/nodepool': 'default' } }).node('m1', { home: 'subnet-0a', maxPods: 20 }),
        pending('orders-1', { needs: needs({ 'karpenter.sh/nodepool': 'default' }) }),
      ).snapshot({
        env: ON,
        securityGroupPolicies: [POLICY],
        nodePools: [
          { name: 'default', nodeClass: { kind: 'EC2NodeClass', name: 'al2023' }, limits: {}, requirements: [] },
        ],
      }),
      want: [
        {
          id: 'SGP002:karpenter/default/t3.large',
          severity: 'error',
          evidence: { nodesWithTrunk: 1, stranded: ['shop/orders-1'] },
          commands: [
            /^kubectl patch nodepool default --type json -p '\[.*"karpenter\.k8s\.aws\/instance-family","operator":"NotIn","values":\["t3"\].*\]'$/,
          ],
        },
      ],
    },
    {
      name: 'required affinity keeps a pod to the types that cannot, beside nodes that can; the group is a managed one',
      of: joined(
        burstable({ labels: { 'eks.amazonaws.com/nodegroup': 'small', size: 'small' } }).node('m1', {
          home: 'subnet-0a',
          maxPods: 20,
        }),
        pending('orders-1', {
          needs: { ...needs({}), affinity: [[{ key: 'size', operator: 'In', values: ['small'] }]] },
        }),
      ).snapshot({
        env: ON,
        securityGroupPolicies: [POLICY],
        nodegroups: [nodegroup({ name: 'small', instanceTypes: ['t3.medium', 't3.large'], subnetIds: ['subnet-0a'] })],
      }),
      want: [
        {
          id: 'SGP002:managed/small/t3.large',
          severity: 'error',
          evidence: { nodesWithTrunk: 1, stranded: ['shop/orders-1'] },
          commands: [
            /^aws eks describe-nodegroup .*--nodegroup-name small .*> ng-small-2\.json$/,
            /^aws eks create-nodegroup --cli-input-json file:\/\/ng-small-2\.json --instance-types m5\.large/,
            /^aws eks wait nodegroup-active .*small-2/,
          ],
        },
      ],
    },
    {
      name: 'a policy and no node for it, though no pod waits yet',
      of: burstable().snapshot({ env: ON, securityGroupPolicies: [POLICY] }),
      want: [{ id: 'SGP002:managed/workers/t3.large', severity: 'warning', evidence: { stranded: [] } }],
    },
    {
      name: 'other nodes can',
      of: joined(burstable().node('m1', { home: 'subnet-0a', maxPods: 20 }), pending('orders-1')).snapshot({
        env: ON,
        securityGroupPolicies: [POLICY],
      }),
      want: [{ id: 'SGP002:managed/workers/t3.large', severity: 'info', says: /1 other node can$/ }],
    },
  ],
  quiet: [
    { name: 'no policy and no such pod', of: burstable().snapshot({ env: ON }) },
    { name: 'a type that can', of: branched().snapshot({ env: ON, securityGroupPolicies: [POLICY] }) },
  ],
};

const group = (groupId: string, vpcId = VPC) => ({ groupId, vpcId, name: groupId });
const many = (n: number) => Array.from({ length: n }, (_, i) => `sg-${i}`);
const quota = (value: number): GivenSections['quotas'] => [
  { service: 'vpc', code: 'L-2AFB9258', name: 'Security groups per network interface', value },
];
const refusedPod = (): World => {
  const world = joined(branched(), pending('orders-1', { node: 'n1', waiting: true, createdAt: ago(600) }));
  world.events.push(
    event({
      kind: 'security-group-refused',
      reason: 'BranchAllocationFailed',
      object: { kind: 'Pod', namespace: 'shop', name: 'orders-1' },
    }),
  );
  return world;
};

export const sgp006: Case = {
  whole: ['securityGroups'],
  fires: [
    {
      name: 'a group that does not exist, and AWS says so',
      of: refusedPod().snapshot({
        env: ON,
        securityGroupPolicies: [{ ...POLICY, securityGroupIds: ['sg-db', 'sg-gone'] }],
        securityGroups: [group('sg-db')],
      }),
      want: [
        {
          id: 'SGP006/missing:shop/db-clients',
          severity: 'error',
          confidence: 'observed',
          waiting: ['shop/orders-1'],
          evidence: { missing: ['sg-gone'], pods: 2, waitingPods: 1, refused: true },
          commands: [
            /^kubectl -n shop patch securitygrouppolicy db-clients --type merge -p '\{"spec":\{"securityGroups":\{"groupIds":\["sg-db"\]\}\}\}'$/,
          ],
          anyCommand: [/^kubectl -n shop delete pod --wait=false orders-1$/m],
        },
      ],
    },
    {
      name: 'a group of another VPC may be associated with this one',
      of: branched().snapshot({
        env: ON,
        securityGroupPolicies: [POLICY],
        securityGroups: [group('sg-db', 'vpc-other')],
      }),
      want: [
        {
          id: 'SGP006/other-vpc:shop/db-clients',
          severity: 'warning',
          confidence: 'derived',
          evidence: { otherVpc: ['sg-db'], missing: [], pods: 1 },
        },
      ],
    },
    {
      name: 'two policies together name six, and the quota is five',
      of: branched().snapshot({
        env: ON,
        quotas: quota(5),
        securityGroupPolicies: [
          { ...POLICY, securityGroupIds: many(4) },
          { ...POLICY, name: 'second', securityGroupIds: ['sg-3', 'sg-4', 'sg-5'] },
        ],
        securityGroups: many(6).map((id) => group(id)),
      }),
      want: [
        {
          id: 'SGP006/too-many:shop/db-clients+shop/second',
          severity: 'error',
          evidence: { groups: many(6), limit: 5 },
          commands: [
            /^aws service-quotas request-service-quota-increase --service-code vpc --quota-code L-2AFB9258 --desired-value 6 --region eu-west-1$/,
          ],
        },
      ],
    },
    {
      name: 'six in one, and the quota was not read',
      of: branched().snapshot({
        env: ON,
        securityGroupPolicies: [{ ...POLICY, securityGroupIds: many(6) }],
        securityGroups: many(6).map((id) => group(id)),
      }),
      want: [{ id: 'SGP006/over-default-quota:shop/db-clients', severity: 'warning' }],
    },
    {
      name: 'it selects nothing',
      of: branched().snapshot({
        env: ON,
        securityGroupPolicies: [{ ...POLICY, namespace: 'empty', securityGroupIds: ['sg-gone'] }],
        securityGroups: [],
      }),
      want: [{ id: 'SGP006/missing:empty/db-clients', severity: 'info', evidence: { pods: 0 } }],
    },
    {
      name: 'AWS refused groups that look right',
      of: refusedPod().snapshot({ env: ON, securityGroupPolicies: [POLICY], securityGroups: [group('sg-db')] }),
      want: [
        {
          id: 'SGP006/refused:shop/db-clients',
          severity: 'error',
          confidence: 'observed',
          waiting: ['shop/orders-1'],
          says: /names sg-db, which AWS refused/,
        },
      ],
    },
  ],
  quiet: [
    {
      name: 'all exist',
      of: branched().snapshot({ env: ON, securityGroupPolicies: [POLICY], securityGroups: [group('sg-db')] }),
    },
    {
      name: 'six, and the quota was raised',
      of: branched().snapshot({
        env: ON,
        quotas: quota(10),
        securityGroupPolicies: [{ ...POLICY, securityGroupIds: many(6) }],
        securityGroups: many(6).map((id) => group(id)),
      }),
    },
  ],
  notApplicable: [{ name: 'no policy', of: plain().snapshot() }],
};

type Rule = SectionData<'securityGroupRules'>['rules'][number];
const rule = (groupId: string, way: 'in' | 'out', part: Partial<Rule> = {}): Rule => ({
  groupId,
  egress: way === 'out',
  protocol: '-1',
  fromPort: -1,
  toPort: -1,
  ...part,
});
const OPEN = { cidr: '0.0.0.0/0' };
const port = (n: number, protocol = 'tcp') => ({ protocol, fromPort: n, toPort: n });
const rules = (...all: Rule[]): SectionData<'securityGroupRules'> => ({
  groupIds: ['sg-db', 'sg-node', 'sg-cluster', 'sg-pods'],
  rules: all,
});
const NODE_RULES = [rule('sg-node', 'out', OPEN), rule('sg-node', 'in', { peerGroupId: 'sg-node' })];
/** CoreDNS on the pool of n1, under the groups of the node. */
const named = (world: World, ip = '10.0.0.5'): World =>
  joined(
    world,
    pod({ name: 'coredns-1', namespace: 'kube-system', node: 'n1', ip, labels: { 'k8s-app': 'kube-dns' } }),
  );
const OWN = cluster({ clusterSecurityGroupId: 'sg-cluster' });

export const sgp007: Case = {
  blindWithout: ['pods'],
  fires: [
    {
      name: 'CoreDNS lets in nothing from the group of the pods',
      of: named(branched()).snapshot({
        env: STANDARD,
        cluster: OWN,
        securityGroupPolicies: [POLICY],
        securityGroupRules: rules(...NODE_RULES, rule('sg-db', 'out', OPEN)),
      }),
      want: [
        {
          id: 'SGP007:sg-db',
          severity: 'warning',
          confidence: 'heuristic',
          evidence: {
            policies: ['shop/db-clients'],
            pods: ['shop/orders-0'],
            dnsPods: 1,
            dnsCutOff: 1,
            missing: [
              { source: ['sg-db'], destination: ['sg-node'], protocol: 'udp', port: 53, way: 'in' },
              { source: ['sg-db'], destination: ['sg-node'], protocol: 'tcp', port: 53, way: 'in' },
            ],
          },
          commands: [
            /^aws ec2 authorize-security-group-ingress --group-id sg-node --ip-permissions='\[\{"IpProtocol":"udp","FromPort":53,"ToPort":53,"UserIdGroupPairs":\[\{"GroupId":"sg-db"\}\]\}\]' --region eu-west-1$|^aws ec2 authorize-security-group-ingress --group-id sg-node --ip-permissions '\[\{"IpProtocol":"udp".*sg-db.*' --region eu-west-1$/,
            /"IpProtocol":"tcp"/,
          ],
          anyCommand: [
            /^kubectl -n shop patch securitygrouppolicy db-clients --type merge -p '.*"groupIds":\["sg-db","sg-cluster"\].*'$/m,
            /^kubectl -n shop rollout restart deployment\/orders$/m,
          ],
        },
      ],
    },
    {
      name: 'the group lets nothing out',
      of: named(branched()).snapshot({
        env: STANDARD,
        securityGroupRules: rules(...NODE_RULES, rule('sg-node', 'in', { cidr: '10.0.0.0/16' })),
        securityGroupPolicies: [POLICY],
      }),
      want: [{ id: 'SGP007:sg-db', severity: 'warning', evidence: { missing: [{ way: 'out' }, { way: 'out' }] } }],
    },
    {
      name: 'strict: kubelet may not ask its port, and its probes fail',
      of: (() => {
        const world = named(branched());
        world.pods.splice(
          world.pods.findIndex((p) => p.name === 'orders-0'),
          1,
          {
            ...world.pods.find((p) => p.name === 'orders-0')!,
            probes: [{ kind: 'readiness', by: 'http', port: 8080 }],
          },
        );
        world.events.push(
          event({
            kind: 'probe-failed',
            reason: 'Unhealthy',
            object: { kind: 'Pod', namespace: 'shop', name: 'orders-0' },
          }),
        );
        return world.snapshot({
          env: ON,
          securityGroupPolicies: [POLICY],
          securityGroupRules: rules(
            ...NODE_RULES,
            rule('sg-node', 'in', { peerGroupId: 'sg-db' }),
            rule('sg-db', 'out', OPEN),
            rule('sg-db', 'in', { ...port(80), peerGroupId: 'sg-node' }),
          ),
        });
      })(),
      want: [
        {
          id: 'SGP007:sg-db',
          severity: 'error',
          confidence: 'observed',
          evidence: {
            failing: ['shop/orders-0'],
            missing: [{ source: ['sg-node'], destination: ['sg-db'], protocol: 'tcp', port: 8080, way: 'in' }],
          },
          commands: [/authorize-security-group-ingress --group-id sg-db .*8080.*sg-node/],
        },
      ],
    },
  ],
  quiet: [
    {
      name: 'both ends allow it, by group and by range',
      of: named(branched()).snapshot({
        env: STANDARD,
        securityGroupPolicies: [POLICY],
        securityGroupRules: rules(
          ...NODE_RULES,
          rule('sg-node', 'in', { ...port(53, 'udp'), cidr: '10.0.0.0/16' }),
          rule('sg-node', 'in', { ...port(53), peerGroupId: 'sg-db' }),
          rule('sg-db', 'out', { prefixListId: 'pl-1' }),
        ),
        prefixLists: [{ prefixListId: 'pl-1', cidrs: ['10.0.0.0/8'] }],
      }),
    },
    { name: 'no pod with groups', of: named(branched({}, 0)).snapshot({ env: ON, securityGroupRules: rules() }) },
  ],
};

const service = (part: Partial<SectionData<'services'>[number]> = {}): SectionData<'services'>[number] => ({
  namespace: 'shop',
  name: 'orders',
  type: 'LoadBalancer',
  clusterIps: ['172.20.0.9'],
  selector: { app: 'orders' },
  externalTrafficPolicy: 'Local',
  ports: [{ protocol: 'TCP', port: 80, targetPort: '8080' }],
  ...part,
});
const daemon = (name: string, images: string[] = []) =>
  workloads({ daemonSets: [{ namespace: 'kube-system', name, hostNetwork: true, desired: 1, ready: 1, images }] });
const selecting = [
  { namespace: 'shop', name: 'deny', podSelector: { matchLabels: { app: 'orders' }, matchExpressions: [] } },
];
const enforcing = (env: Record<string, string>) => {
  const base = cni({ env });
  const agent = {
    name: 'aws-eks-nodeagent',
    image: 'agent',
    env: {},
    unresolved: [],
    args: ['--enable-network-policy=true'],
  };
  return { ...base, containers: [...base.containers, agent] };
};

export const sgp008: Case = {
  blindWithout: ['workloads'],
  fires: [
    {
      name: 'NodeLocal DNS',
      of: branched().snapshot({ env: ON, workloads: daemon('node-local-dns'), addons: [addon()] }),
      want: [
        {
          id: 'SGP008/nodelocaldns:aws-node',
          severity: 'error',
          confidence: 'derived',
          evidence: { mode: '', objects: ['kube-system/node-local-dns'], pods: ['shop/orders-0'] },
          commands: [/^aws eks update-addon .*"POD_SECURITY_GROUP_ENFORCING_MODE":"standard"/],
          anyCommand: [/^kubectl -n shop rollout restart deployment\/orders$/m],
        },
      ],
    },
    {
      name: 'a load balancer that sends to the nodes, and a mesh',
      of: (() => {
        const world = branched();
        world.pods[world.pods.length - 1] = { ...world.pods.at(-1)!, ambient: true };
        return world.snapshot({ env: ON, services: [service(), service({ name: 'direct', targetType: 'ip' })] });
      })(),
      want: [
        { id: 'SGP008/etp-local:aws-node', severity: 'error', evidence: { objects: ['shop/orders'] } },
        { id: 'SGP008/istio-ambient:aws-node', severity: 'error' },
      ],
    },
    {
      name: 'network policies, and IPVS',
      of: branched().snapshot({
        cni: enforcing(ON),
        networkPolicies: selecting,
        addons: [addon(), addon({ name: 'kube-proxy', configuration: { mode: 'ipvs' } })],
      }),
      want: [
        { id: 'SGP008/netpol:aws-node', severity: 'warning', evidence: { objects: ['shop/deny'] } },
        { id: 'SGP008/ipvs:aws-node', severity: 'warning' },
      ],
    },
    {
      name: 'policies of Calico',
      of: branched().snapshot({
        cni: cni({ env: ON, otherCnis: [{ engine: 'calico', namespace: 'calico-system', name: 'calico-node' }] }),
        networkPolicies: selecting,
      }),
      want: [{ id: 'SGP008/calico:aws-node', severity: 'warning' }],
    },
    {
      name: 'standard is set, and this aws-node does not know it',
      of: branched().snapshot({ cni: cni({ env: STANDARD, version: 'v1.10.4' }) }),
      want: [{ id: 'SGP008/pre-1.11:aws-node', severity: 'warning', evidence: { cniVersion: 'v1.10.4' } }],
    },
  ],
  quiet: [
    { name: 'standard', of: branched().snapshot({ env: STANDARD, workloads: daemon('node-local-dns') }) },
    { name: 'nothing that conflicts', of: branched().snapshot({ env: ON, workloads: daemon('fluent-bit') }) },
    {
      name: 'the Service selects other pods, or sends to them directly',
      of: branched().snapshot({
        env: ON,
        services: [
          service({ selector: { app: 'web' } }),
          service({ targetType: 'ip' }),
          service({ externalTrafficPolicy: 'Cluster' }),
          service({ selector: {} }),
        ],
      }),
    },
    { name: 'no such pod', of: branched({}, 0).snapshot({ env: ON, workloads: daemon('node-local-dns') }) },
  ],
};

const probed = (by: 'http' | 'exec', unready = false) => {
  const world = branched();
  world.pods[world.pods.length - 1] = {
    ...world.pods.at(-1)!,
    unready,
    probes: [{ kind: 'liveness', by, ...(by === 'exec' ? {} : { port: 8080 }) }],
  };
  return world;
};
const demux = (env: Record<string, string>, init: Record<string, string>) =>
  cni({
    env,
    initContainers: [{ name: 'aws-vpc-cni-init', image: 'init', env: init, unresolved: [], args: [] }],
  });

export const sgp009: Case = {
  fires: [
    {
      name: 'a pod is not ready',
      of: probed('http', true).snapshot({ cni: demux(ON, { DISABLE_TCP_EARLY_DEMUX: 'false' }), addons: [addon()] }),
      want: [
        {
          id: 'SGP009:aws-node',
          severity: 'error',
          confidence: 'derived',
          evidence: { unready: ['shop/orders-0'], probes: ['http liveness'], value: 'false', misplaced: false },
          commands: [/^aws eks update-addon .*'\{"init":\{"env":\{"DISABLE_TCP_EARLY_DEMUX":"true"\}\}\}'/],
        },
      ],
    },
    {
      name: 'set on the wrong container',
      of: probed('http').snapshot({ cni: demux({ ...ON, DISABLE_TCP_EARLY_DEMUX: 'true' }, {}) }),
      want: [{ id: 'SGP009:aws-node', severity: 'warning', evidence: { misplaced: true }, says: /it does nothing/ }],
    },
  ],
  quiet: [
    { name: 'commands', of: probed('exec', true).snapshot({ cni: demux(ON, {}) }) },
    { name: 'off already', of: probed('http').snapshot({ cni: demux(ON, { DISABLE_TCP_EARLY_DEMUX: 'true' }) }) },
    { name: 'standard mode', of: probed('http').snapshot({ cni: demux(STANDARD, {}) }) },
  ],
};

export const sgp010: Case = {
  fires: [
    {
      name: 'the nodes let out everything, the pods little',
      of: branched().snapshot({
        env: STANDARD,
        addons: [addon({ configuration: { env: STANDARD } })],
        securityGroupPolicies: [POLICY],
        securityGroupRules: rules(...NODE_RULES, rule('sg-db', 'out', { ...port(5432), cidr: '10.0.0.0/16' })),
        routeTables: routed('nat-1'),
      }),
      want: [
        {
          id: 'SGP010:prod',
          severity: 'warning',
          confidence: 'derived',
          evidence: {
            policies: ['shop/db-clients'],
            podGroups: ['sg-db'],
            nodeGroups: ['sg-node'],
            pods: ['shop/orders-0'],
            harmless: false,
          },
          commands: [/^aws eks update-addon .*"AWS_VPC_K8S_CNI_EXTERNALSNAT":"true"/],
          anyCommand: [/"POD_SECURITY_GROUP_ENFORCING_MODE":"strict"/, /rollout restart deployment\/orders/],
        },
      ],
    },
    {
      name: 'straight to an internet gateway: no external SNAT is advised',
      of: branched().snapshot({ env: STANDARD, securityGroupPolicies: [POLICY], routeTables: IGW }),
      want: [{ id: 'SGP010:prod', severity: 'warning', commands: [/ENFORCING_MODE=strict/] }],
    },
    {
      name: 'the nodes allow no more',
      of: branched().snapshot({
        env: STANDARD,
        securityGroupPolicies: [POLICY],
        securityGroupRules: rules(...NODE_RULES, rule('sg-db', 'out', OPEN)),
      }),
      want: [{ id: 'SGP010:prod', severity: 'info', evidence: { harmless: true } }],
    },
  ],
  quiet: [
    { name: 'strict', of: branched().snapshot({ env: ON, securityGroupPolicies: [POLICY] }) },
    {
      name: 'external SNAT',
      of: branched().snapshot({ env: { ...STANDARD, AWS_VPC_K8S_CNI_EXTERNALSNAT: 'true' } }),
    },
    { name: 'no such pod', of: branched({}, 0).snapshot({ env: STANDARD }) },
  ],
};

const CUSTOM_SGP = { ...CUSTOM, ...ON };
const CONFIGS = [eniConfig({ name: 'eu-west-1a', subnetId: 'subnet-pa', securityGroupIds: ['sg-pods'] })];
/** A trunk where it is, of a node that takes ENIConfig eu-west-1a. */
const trunkIn = (subnetId: string, groups: string[] = ['sg-pods'], labels: Record<string, string> = {}): World => {
  const world = new World()
    .subnet('subnet-na', '10.0.0.0/24', 'eu-west-1a')
    .subnet('subnet-pa', '100.64.0.0/24', 'eu-west-1a')
    .node('a1', {
      home: 'subnet-na',
      pods: 'subnet-pa',
      further: [9],
      running: 3,
      maxPods: 11,
      node: { labels: { 'topology.kubernetes.io/zone': 'eu-west-1a', ...labels } },
    });
  world.enis.push(
    eni({
      eniId: 'eni-trunk',
      type: 'trunk',
      origin: { kind: 'cni-trunk' },
      subnetId,
      attachedTo: 'i-a1',
      device: 2,
      primaryIp: '10.0.0.60',
      securityGroupIds: groups,
    }),
  );
  return world;
};
const record = (value?: string): GivenSections['cniNodes'] => [
  {
    name: 'a1',
    features: [{ name: 'SecurityGroupsForPods' }, ...(value ? [{ name: 'CustomNetworking', value }] : [])],
    tags: {},
    deleting: false,
    createdAt: ago(3600),
  },
];
const sgpCustom = (value: string | undefined, over: GivenSections = {}) => ({
  env: CUSTOM_SGP,
  eniConfigs: CONFIGS,
  cniNodes: record(value),
  ...over,
});

export const sgp012: Case = {
  fires: [
    {
      name: 'the trunk is older than custom networking',
      of: trunkIn('subnet-na').snapshot(sgpCustom('eu-west-1a')),
      want: [
        {
          id: 'SGP012/subnet:eu-west-1a',
          severity: 'error',
          confidence: 'observed',
          evidence: {
            wantedSubnetId: 'subnet-pa',
            nodes: [{ node: 'a1', trunk: 'eni-trunk', subnetId: 'subnet-na', cniNode: 'eu-west-1a' }],
          },
          commands: [/^kubectl drain a1 .* && aws autoscaling terminate-instance/],
        },
      ],
    },
    {
      name: 'other groups',
      of: trunkIn('subnet-pa', ['sg-old']).snapshot(sgpCustom('eu-west-1a')),
      want: [{ id: 'SGP012/groups:eu-west-1a', severity: 'warning' }],
    },
    {
      name: 'the CNINode names no ENIConfig',
      of: trunkIn('subnet-pa').snapshot(sgpCustom(undefined)),
      want: [{ id: 'SGP012/feature:eu-west-1a', severity: 'warning', says: /names no ENIConfig/ }],
    },
    {
      name: 'no trunk yet, and the CNINode names another: aws-node writes it anew',
      of: (() => {
        const world = trunkIn('subnet-pa');
        world.enis.pop();
        return world.snapshot(sgpCustom('eu-west-1b', { eniConfigs: [...CONFIGS, eniConfig({ name: 'eu-west-1b' })] }));
      })(),
      want: [
        {
          id: 'SGP012/feature:eu-west-1a',
          severity: 'warning',
          commands: [/^kubectl -n kube-system delete pod --wait=false aws-node-a1$/],
        },
      ],
    },
    {
      name: 'the controller does not find the one the CNINode names',
      of: (() => {
        const world = trunkIn('subnet-pa');
        world.events.push(
          event({ kind: 'eniconfig-not-found', reason: 'EniConfigNameNotFound', object: { kind: 'Node', name: 'a1' } }),
        );
        return world.snapshot(sgpCustom('gone'));
      })(),
      want: [{ id: 'SGP012/not-found:gone', severity: 'error' }],
    },
    {
      name: 'the label of the node names one that does not exist',
      of: trunkIn('subnet-pa', ['sg-pods'], { 'vpc.amazonaws.com/eniConfig': 'typo' }).snapshot(
        sgpCustom('eu-west-1a'),
      ),
      want: [{ id: 'SGP012/not-found:typo', severity: 'error' }],
    },
  ],
  quiet: [
    { name: 'as it should be', of: trunkIn('subnet-pa').snapshot(sgpCustom('eu-west-1a')) },
    {
      name: 'before v1.15 nothing stood in the CNINode',
      of: trunkIn('subnet-pa').snapshot({
        ...sgpCustom(undefined, { cniNodes: [] }),
        cni: cni({ env: CUSTOM_SGP, version: 'v1.14.1' }),
      }),
    },
    {
      name: 'the ENIConfig itself is missing: CUS001',
      of: trunkIn('subnet-pa').snapshot(sgpCustom('eu-west-1a', { eniConfigs: [] })),
    },
  ],
};

/** Pods of a1 under sg-pods; CoreDNS on a node of its own under sg-node. */
const customNamed = (): World => {
  const world = trunkIn('subnet-pa');
  world.enis.pop();
  world.subnet('subnet-nb', '10.0.1.0/24', 'eu-west-1b').node('n1', { home: 'subnet-nb', primary: 9 });
  return named(world, world.enis.find((e) => e.eniId === 'eni-n1-0')!.secondaryIps[0]);
};
const customRules = (...all: Rule[]): Parameters<World['snapshot']>[0] => ({
  env: CUSTOM,
  cluster: OWN,
  eniConfigs: CONFIGS,
  securityGroups: [group('sg-pods'), group('sg-node')],
  securityGroupRules: rules(...all),
});
const SELF = rule('sg-pods', 'in', { peerGroupId: 'sg-pods' });
const FROM_NODES = rule('sg-pods', 'in', { peerGroupId: 'sg-node' });

export const cus007: Case = {
  blindWithout: ['pods', 'networkInterfaces'],
  fires: [
    {
      name: 'CoreDNS lets nothing in from the pods',
      of: customNamed().snapshot(customRules(...NODE_RULES, rule('sg-pods', 'out', OPEN), SELF, FROM_NODES)),
      want: [
        {
          id: 'CUS007:eu-west-1a',
          severity: 'error',
          confidence: 'derived',
          evidence: {
            groups: ['sg-pods'],
            nodes: ['a1'],
            dnsPods: 1,
            dnsCutOff: 1,
            missing: [
              { protocol: 'udp', port: 53, way: 'in', source: ['sg-pods'], destination: ['sg-node'] },
              { protocol: 'tcp', port: 53, way: 'in' },
            ],
          },
          commands: [
            /^aws ec2 authorize-security-group-ingress --group-id sg-node .*"udp".*"sg-pods".* --region eu-west-1$/,
            /"tcp".*"sg-pods"/,
          ],
          anyCommand: [/^kubectl patch eniconfig eu-west-1a .*\["sg-pods","sg-cluster"\]/m],
        },
      ],
    },
    {
      name: 'the pods are closed to nodes and to each other, and a webhook to the API server',
      of: joined(
        customNamed(),
        pod({ name: 'hook-1', namespace: 'ops', node: 'a1', labels: { app: 'hook' } }),
      ).snapshot({
        ...customRules(
          ...NODE_RULES,
          rule('sg-node', 'in', { ...port(53), cidr: '100.64.0.0/16' }),
          rule('sg-node', 'in', { ...port(53, 'udp'), cidr: '100.64.0.0/16' }),
          rule('sg-pods', 'out', OPEN),
        ),
        webhooks: [
          {
            kind: 'validating',
            configuration: 'hook',
            name: 'hook.ops.svc',
            failurePolicy: 'Fail',
            service: 'ops/hook',
            podOperations: ['CREATE'],
            podStatus: false,
            selective: false,
          },
        ],
        services: [
          {
            namespace: 'ops',
            name: 'hook',
            type: 'ClusterIP',
            clusterIps: ['172.20.0.7'],
            selector: { app: 'hook' },
            ports: [{ protocol: 'TCP', port: 443, targetPort: '9443' }],
          },
        ],
      }),
      want: [
        {
          id: 'CUS007:eu-west-1a',
          severity: 'warning',
          confidence: 'heuristic',
          evidence: {
            dnsCutOff: 0,
            missing: [{ what: 'nodes to pods', way: 'in' }, { what: 'pods to each other' }],
            webhooks: [{ what: 'webhook ops/hook', protocol: 'tcp', port: 9443, source: ['sg-cluster'] }],
          },
          commands: [/sg-node/, /sg-pods/, /9443.*sg-cluster/],
        },
      ],
    },
    {
      name: 'nothing may leave',
      of: customNamed().snapshot(
        customRules(...NODE_RULES, rule('sg-node', 'in', { cidr: '0.0.0.0/0' }), SELF, FROM_NODES),
      ),
      want: [{ id: 'CUS007:eu-west-1a', severity: 'error', evidence: { closed: true }, says: /can send nothing/ }],
    },
  ],
  quiet: [
    {
      name: 'the group does not exist: CUS004',
      of: customNamed().snapshot({ ...customRules(...NODE_RULES), securityGroups: [group('sg-node')] }),
    },
    {
      name: 'both ends allow it',
      of: customNamed().snapshot(
        customRules(
          ...NODE_RULES,
          rule('sg-node', 'in', { peerGroupId: 'sg-pods' }),
          rule('sg-pods', 'out', OPEN),
          SELF,
          FROM_NODES,
        ),
      ),
    },
  ],
};
