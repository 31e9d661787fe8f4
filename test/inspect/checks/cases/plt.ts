import type { ClusterEvent, NodeClass, NodePool } from '../../../../src/inspect/snapshot/kubernetes.ts';
import type { Source } from '../../../../src/inspect/snapshot.ts';
import {
  ago,
  cluster,
  cni,
  eniConfig,
  event,
  node,
  nodegroup,
  pod,
  workloads,
} from '../../../support/snapshot-builder.ts';
import { World } from '../world.ts';
import type { Case } from './case.ts';
import { CUSTOM_PREFIX, custom, customSections, plain } from './worlds.ts';

const ROLE = cluster({ roleArn: 'arn:aws:iam::111122223333:role/eks-prod' });

// ── Windows ──
const windows = (part: Partial<Parameters<typeof node>[0]> = {}) => {
  const world = plain();
  world.nodes.push(node({ name: 'w1', os: 'windows', windowsIps: 9, ...part }));
  return world;
};
const winPod = (name: string, part: Partial<Parameters<typeof pod>[0]> = {}) =>
  pod({ name, namespace: 'shop', node: 'w1', class: 'windows', ip: '10.0.0.200', ...part });
const ON = { 'enable-windows-ipam': 'true' };
const stuckOn = (world: World, ...events: ClusterEvent[]) => {
  world.waiting('iis-1', 'w1', { class: 'windows' });
  world.events.push(...events);
  return world;
};

const VPC_WEBHOOK = {
  kind: 'mutating' as const,
  configuration: 'vpc-resource-mutating-webhook',
  name: 'mpod.vpc.k8s.aws',
  failurePolicy: 'Ignore',
  podOperations: ['CREATE'],
  podStatus: false,
  selective: false,
};
const unaskedPods = () => {
  const world = stuckOn(windows());
  const selector = (nodeSelector: Record<string, string>) => ({ cpuMillis: 0, memoryBytes: 0, nodeSelector });
  const first = world.pods.findIndex((p) => p.name === 'iis-1');
  world.pods[first] = { ...world.pods[first]!, injected: false, owner: 'Deployment/web', needs: selector({}) };
  world.pods.push({
    ...world.pods[first]!,
    name: 'iis-2',
    owner: undefined,
    needs: selector({ 'kubernetes.io/os': 'windows' }),
  });
  return world;
};

export const plt005: Case = {
  whole: ['cni'],
  fires: [
    {
      name: 'never switched on, and a pod waits: there is no ConfigMap',
      of: stuckOn(windows({ windowsIps: 0 })).snapshot({ cluster: ROLE }),
      want: [
        {
          id: 'PLT005/ipam-off:windows',
          severity: 'error',
          confidence: 'observed',
          waiting: ['shop/iis-1'],
          evidence: { ipam: null, nodes: ['w1'], waiting: 1 },
          says: /^enable-windows-ipam is not set in the ConfigMap amazon-vpc-cni: .* 1 Windows node \(w1\) no addresses; 1 pod waits$/,
          commands: [
            /^kubectl -n kube-system create configmap amazon-vpc-cni --from-literal=enable-windows-ipam=true$/,
          ],
        },
      ],
    },
    {
      name: 'switched off while no Windows pod exists',
      of: windows({ windowsIps: 0 }).snapshot({ cni: cni({ configMap: { 'enable-windows-ipam': 'false' } }) }),
      want: [
        {
          id: 'PLT005/ipam-off:windows',
          severity: 'info',
          commands: [
            /^kubectl -n kube-system patch configmap amazon-vpc-cni --type merge -p '\{"data":\{"enable-windows-ipam":"true"\}\}'$/,
          ],
        },
      ],
    },
    {
      name: 'switched off while a Windows pod keeps the address it has',
      of: (() => {
        const world = windows({ windowsIps: 0 });
        world.pods.push(winPod('iis-2'));
        return world.snapshot({ cni: cni({ configMap: { 'enable-windows-ipam': 'false' } }) });
      })(),
      want: [{ id: 'PLT005/ipam-off:windows', severity: 'warning' }],
    },
    {
      name: 'the controller of before 2022 still runs, and old names of targets stand in the ConfigMap',
      of: windows().snapshot({
        cni: cni({ configMap: { ...ON, 'warm-ip-target': '3', 'windows-minimum-ip-target': '0' } }),
        workloads: workloads({
          controllers: [
            { kind: 'Deployment', namespace: 'kube-system', name: 'vpc-resource-controller', replicas: 1, ready: 1 },
          ],
        }),
      }),
      want: [
        {
          id: 'PLT005/legacy:windows',
          severity: 'warning',
          commands: [/^kubectl -n kube-system delete deployment vpc-resource-controller$/],
        },
        {
          id: 'PLT005/settings:windows',
          severity: 'info',
          evidence: {
            keys: [
              'warm-ip-target, an old name of windows-warm-ip-target',
              'windows-minimum-ip-target=0, for which the default counts',
            ],
          },
        },
      ],
    },
    {
      name: 'switched on, and the node advertises nothing: the role, says the controller',
      of: stuckOn(
        windows({ windowsIps: undefined }),
        event({
          kind: 'other',
          reason: 'ResourceAllocationFailed',
          object: { kind: 'Node', name: 'w1' },
          source: 'vpc-resource-controller',
        }),
      ).snapshot({ cluster: ROLE, cni: cni({ configMap: ON }) }),
      want: [
        {
          id: 'PLT005/no-addresses:windows',
          severity: 'error',
          waiting: ['shop/iis-1'],
          evidence: { advertised: 0, events: ['ResourceAllocationFailed'] },
          anyCommand: [/attach-role-policy --role-name eks-prod .*AmazonEKSVPCResourceController$/m],
        },
      ],
    },
    {
      name: 'pods wait and the controller reports a failure',
      of: stuckOn(
        windows(),
        event({
          kind: 'insufficient-cidr-blocks',
          reason: 'InsufficientCidrBlocks',
          object: { kind: 'Node', name: 'w1' },
        }),
      ).snapshot({ cni: cni({ configMap: ON }) }),
      want: [
        {
          id: 'PLT005/refused:windows',
          severity: 'error',
          evidence: { events: ['InsufficientCidrBlocks'], advertised: 9 },
        },
      ],
    },
    {
      name: 'pods wait and nothing asks for their addresses',
      of: stuckOn(windows()).snapshot({ cni: cni({ configMap: ON }), webhooks: [] }),
      want: [
        {
          id: 'PLT005/no-webhook:windows',
          severity: 'error',
          commands: [/^kubectl get mutatingwebhookconfiguration vpc-resource-mutating-webhook$/],
        },
      ],
    },
    {
      name: 'pods wait that do not ask: one lacks the selector, one is older than the webhook',
      of: unaskedPods().snapshot({ cni: cni({ configMap: ON }), webhooks: [VPC_WEBHOOK] }),
      want: [
        {
          id: 'PLT005/no-request:windows',
          severity: 'error',
          waiting: ['shop/iis-1', 'shop/iis-2'],
          evidence: { unasked: ['shop/iis-1', 'shop/iis-2'] },
          anyCommand: [
            /^kubectl -n shop patch deployment web --type merge -p '\{"spec":\{"template":\{"spec":\{"nodeSelector":\{"kubernetes\.io\/os":"windows"\}\}\}\}\}'$/m,
            /^kubectl -n shop delete pod iis-2$/m,
          ],
        },
      ],
    },
    {
      name: 'no node has an address left',
      of: (() => {
        const world = windows();
        world.pods.push(winPod('iis-2', { node: undefined, ip: undefined, phase: 'Pending' }));
        world.events.push(
          event({
            kind: 'windows-ip-insufficient',
            reason: 'FailedScheduling',
            object: { kind: 'Pod', namespace: 'shop', name: 'iis-2' },
          }),
        );
        return world;
      })().snapshot({ cni: cni({ configMap: ON }) }),
      want: [
        {
          id: 'PLT005/full:windows',
          severity: 'error',
          waiting: ['shop/iis-2'],
          // m5.large: ten addresses on an ENI, one of them the node's
          evidence: { advertised: 9, capacity: 9 },
          says: /^1 pod finds no Windows node with an address left: 1 Windows node \(w1\) has 9 of 9 that its one ENI holds$/,
          commands: [/"enable-windows-prefix-delegation":"true"/],
        },
      ],
    },
    {
      name: 'an IPv6 cluster',
      of: windows().snapshot({ cluster: cluster({ ipFamily: 'ipv6' }), cni: cni({ configMap: ON }) }),
      want: [{ id: 'PLT005/ipv6:windows', severity: 'warning' }],
    },
  ],
  quiet: [
    {
      name: 'all in order',
      of: (() => {
        const world = windows();
        world.pods.push(winPod('iis-3'));
        return world;
      })().snapshot({ cni: cni({ configMap: { ...ON, 'windows-warm-ip-target': '2' } }) }),
    },
    {
      name: 'the node has only just come',
      of: windows({ windowsIps: 0, createdAt: ago(60) }).snapshot({ cni: cni({ configMap: ON }) }),
    },
  ],
  notApplicable: [{ name: 'Linux alone', of: plain().snapshot() }],
};

// ── hybrid ──
const hybrid = (part: Partial<Parameters<typeof node>[0]> = {}) => {
  const world = plain();
  world.nodes.push(
    node({
      name: 'h1',
      instanceId: undefined,
      ready: 'False',
      readyReason: 'cni-not-initialized',
      labels: { 'eks.amazonaws.com/compute-type': 'hybrid' },
      ...part,
    }),
  );
  return world;
};
const CILIUM = [{ engine: 'cilium', namespace: 'kube-system', name: 'cilium' }];
const agentOn = (name: string) =>
  pod({ name: 'cilium-x', namespace: 'kube-system', node: name, class: 'host-network', owner: 'DaemonSet/cilium' });

export const plt006: Case = {
  whole: ['cni'],
  fires: [
    {
      name: 'no other CNI at all',
      of: hybrid().snapshot({
        cluster: cluster({ remoteNodeCidrs: ['10.80.0.0/16'], remotePodCidrs: ['10.85.0.0/16'] }),
      }),
      want: [
        {
          id: 'PLT006/no-cni:hybrid',
          severity: 'error',
          confidence: 'observed',
          evidence: { nodes: ['h1'], notReady: 1, engines: [] },
          commands: [
            /^helm upgrade --install cilium cilium --repo https:\/\/helm\.cilium\.io\/ --namespace kube-system .*"hybrid".*clusterPoolIPv4PodCIDRList=\["10\.85\.0\.0\/16"\]/,
          ],
        },
      ],
    },
    {
      name: 'the networks of its pods are not known to the cluster',
      of: hybrid().snapshot(),
      want: [{ id: 'PLT006/no-cni:hybrid', severity: 'error', commands: [/^kubectl get nodes -l /] }],
    },
    {
      name: 'there is an engine, and it does not run there',
      of: (() => {
        const world = hybrid();
        world.pods.push(agentOn('n9'));
        return world;
      })().snapshot({ cni: cni({ otherCnis: CILIUM }) }),
      want: [
        {
          id: 'PLT006/cni-not-there:hybrid',
          severity: 'error',
          evidence: { engines: ['cilium'] },
          commands: [/^kubectl -n kube-system describe daemonset cilium$/],
        },
      ],
    },
    {
      name: 'an IPv6 cluster',
      of: hybrid({ ready: 'True' }).snapshot({ cluster: cluster({ ipFamily: 'ipv6' }) }),
      want: [{ id: 'PLT006/ipv6:hybrid', severity: 'error' }],
    },
  ],
  quiet: [
    { name: 'ready', of: hybrid({ ready: 'True' }).snapshot() },
    { name: 'its kubelet is silent', of: hybrid({ ready: 'Unknown', readyReason: 'kubelet-silent' }).snapshot() },
    {
      name: 'its agent is there and starting',
      of: (() => {
        const world = hybrid();
        world.pods.push(agentOn('h1'));
        return world;
      })().snapshot({ cni: cni({ otherCnis: CILIUM }) }),
    },
    { name: 'it joins now', of: hybrid({ createdAt: ago(60) }).snapshot() },
  ],
  notApplicable: [{ name: 'none', of: plain().snapshot() }],
};

// ── Karpenter ──
const pool = (name: string, nodeClass: string, kind = 'EC2NodeClass'): NodePool => ({
  name,
  nodeClass: { kind, name: nodeClass },
  limits: {},
  requirements: [],
});
const ec2Class = (part: Partial<NodeClass> = {}): NodeClass => ({
  kind: 'EC2NodeClass',
  name: 'default',
  subnetSelector: [{ tags: { 'karpenter.sh/discovery': 'prod' } }],
  subnetIds: ['subnet-0a', 'subnet-0b'],
  securityGroupIds: ['sg-node'],
  ...part,
});
const karpenter = (part: Partial<NodeClass> = {}) => ({
  nodePools: [pool('general', 'default')],
  nodeClasses: [ec2Class(part)],
});

export const plt007: Case = {
  whole: ['nodeClasses', 'nodePools', 'subnets'],
  fires: [
    {
      name: 'no subnet carries the tag',
      of: plain().snapshot(karpenter({ subnetIds: [], notReady: ['SubnetsReady', 'Ready'] })),
      want: [
        {
          id: 'PLT007/no-subnets:default',
          severity: 'error',
          confidence: 'observed',
          evidence: { nodePools: ['general'], matching: 0, notReady: ['SubnetsReady', 'Ready'] },
          says: /^EC2NodeClass default \(NodePool general\) has no subnet to launch nodes in: its terms match 0 subnets/,
          anyCommand: [
            /^aws ec2 create-tags --resources subnet-0a subnet-0b --tags Key=karpenter\.sh\/discovery,Value=prod --region eu-west-1$/m,
          ],
        },
      ],
    },
    {
      name: 'no security group',
      of: plain().snapshot(karpenter({ securityGroupIds: [] })),
      want: [
        {
          id: 'PLT007/no-security-groups:default',
          severity: 'error',
          commands: [/^kubectl describe ec2nodeclass default$/],
        },
      ],
    },
    {
      name: 'a condition of another kind',
      of: plain().snapshot(karpenter({ notReady: ['AMIsReady'] })),
      want: [{ id: 'PLT007/not-ready:default', severity: 'error', says: /is not ready: AMIsReady$/ }],
    },
    {
      name: 'one zone is full',
      of: plain().hide('subnet-0a', 231).snapshot(karpenter()),
      want: [
        {
          id: 'PLT007/full-zone:default/eu-west-1a',
          severity: 'warning',
          evidence: { zone: 'eu-west-1a', subnets: [{ subnetId: 'subnet-0a' }] },
          // Karpenter finds another subnet by its tags
          commands: [
            /^aws ec2 create-subnet .*--availability-zone eu-west-1a .*\{Key=karpenter\.sh\/discovery,Value=prod\}/,
            /^aws eks describe-nodegroup /,
            /^aws ec2 describe-subnets .* aws eks create-nodegroup /,
            /^aws eks wait nodegroup-active /,
          ],
          anyCommand: [
            /^kubectl patch ec2nodeclass default --type merge -p '\{"spec":\{"subnetSelectorTerms":\[\{"id":"subnet-0b"\}\]\}\}'$/m,
          ],
        },
      ],
    },
    {
      name: 'it selects the subnets of ENIConfigs as well',
      of: custom().snapshot({
        ...customSections,
        env: CUSTOM_PREFIX,
        ...karpenter({ subnetIds: ['subnet-na', 'subnet-nb', 'subnet-pa'] }),
      }),
      want: [
        {
          id: 'PLT007/pod-subnets:default',
          severity: 'warning',
          evidence: { subnets: [{ subnetId: 'subnet-pa' }] },
          commands: [/"subnet-na"\},\{"id":"subnet-nb"\}\]/],
        },
      ],
    },
    {
      name: 'and a small subnet of the control plane',
      of: plain()
        .subnet('subnet-cp', '10.0.9.0/28', 'eu-west-1a')
        .snapshot({
          cluster: cluster({ subnetIds: ['subnet-cp', 'subnet-0a'] }),
          ...karpenter({ subnetIds: ['subnet-0a', 'subnet-0b', 'subnet-cp'] }),
        }),
      want: [
        {
          id: 'PLT007/control-plane-subnets:default',
          severity: 'warning',
          evidence: { subnets: [{ subnetId: 'subnet-cp' }] },
        },
      ],
    },
  ],
  quiet: [
    { name: 'subnets with room, groups, ready', of: plain().snapshot(karpenter()) },
    {
      name: 'no condition is told, and its nodes run: groups were not written down',
      of: (() => {
        const world = plain();
        world.nodes[0] = node({ ...world.nodes[0]!, labels: { 'karpenter.sh/nodepool': 'general' } });
        return world;
      })().snapshot(karpenter({ securityGroupIds: [] })),
    },
    {
      name: 'a class that no pool uses',
      of: plain().snapshot({
        nodePools: [pool('general', 'default')],
        nodeClasses: [ec2Class(), ec2Class({ name: 'old', subnetIds: [], securityGroupIds: [] })],
      }),
    },
    {
      name: 'large subnets that the control plane shares',
      of: plain().snapshot({ cluster: cluster({ subnetIds: ['subnet-0a', 'subnet-0b'] }), ...karpenter() }),
    },
    {
      name: 'ENIConfigs left over without custom networking',
      of: plain().snapshot({ ...karpenter(), eniConfigs: [eniConfig({ name: 'a', subnetId: 'subnet-0a' })] }),
    },
  ],
  notApplicable: [
    { name: 'no Karpenter', of: plain().snapshot() },
    {
      name: 'Auto Mode alone',
      of: plain().snapshot({
        nodePools: [pool('p', 'default', 'NodeClass')],
        nodeClasses: [ec2Class({ kind: 'NodeClass' })],
      }),
    },
  ],
};

// ── Auto Mode ──
const autoNode = (name: string, zone: string) =>
  node({ name, zone, labels: { 'eks.amazonaws.com/compute-type': 'auto', 'karpenter.sh/nodepool': 'general' } });
const autoWorld = (zones: string[], nodes = 1) => {
  const world = plain().subnet('subnet-pods', '100.64.0.0/24', 'eu-west-1a', { tags: { use: 'pods' } });
  for (const zone of zones)
    for (let i = 0; i < nodes; i++) {
      world.nodes.push(autoNode(`auto-${zone}-${i}`, zone));
      world.pods.push(pod({ name: `p-${zone}-${i}`, namespace: 'shop', node: `auto-${zone}-${i}` }));
    }
  return world;
};
const nodeClass = (part: Partial<NodeClass> = {}): NodeClass => ({
  kind: 'NodeClass',
  name: 'mine',
  subnetSelector: [
    { id: 'subnet-0a', tags: {} },
    { id: 'subnet-0b', tags: {} },
  ],
  subnetIds: ['subnet-0a', 'subnet-0b'],
  securityGroupIds: ['sg-node'],
  podSubnetTerms: [{ tags: { use: 'pods' } }],
  ...part,
});
const auto = (part: Partial<NodeClass> = {}) => ({
  nodeClasses: [nodeClass(part)],
  nodePools: [pool('general', 'mine', 'NodeClass')],
});

export const plt002: Case = {
  whole: ['nodeClasses', 'subnets'],
  fires: [
    {
      name: 'no subnet for pods in one of two zones',
      of: autoWorld(['eu-west-1a', 'eu-west-1b']).snapshot(auto()),
      want: [
        {
          id: 'PLT002/zones:mine',
          severity: 'error',
          confidence: 'derived',
          evidence: { zones: ['eu-west-1b'], nodes: 1 },
          says: /^NodeClass mine launches nodes in eu-west-1b, where none of its subnets for pods is: pods on 1 node there get no address$/,
          commands: [/create-subnet .*--availability-zone eu-west-1b .*Tags=\[\{Key=use,Value=pods\}\]/],
        },
      ],
    },
    {
      name: 'chosen by id: the new one joins the terms',
      of: autoWorld(['eu-west-1a']).snapshot(auto({ podSubnetTerms: [{ id: 'subnet-pods', tags: {} }] })),
      want: [
        {
          id: 'PLT002/zones:mine',
          severity: 'error',
          commands: [/create-subnet/, /xargs '-I\{\}' kubectl patch nodeclass mine .*"subnet-pods"\},\{"id":"\{\}"\}/],
        },
      ],
    },
    {
      name: 'no whole block is left for the next node',
      of: autoWorld(['eu-west-1a'])
        .foreign('eni-x', 'subnet-pods', 15, {}, 16)
        .snapshot(auto({ subnetIds: ['subnet-0a'] })),
      want: [
        {
          id: 'PLT002/blocks:mine/eu-west-1a',
          severity: 'warning',
          evidence: { freeBlocks: 0, nodes: 1, prefixSize: 'Auto' },
          commands: [
            /^kubectl patch nodeclass mine --type merge -p '\{"spec":\{"advancedNetworking":\{"ipv4PrefixSize":"32"\}\}\}'$/,
          ],
        },
      ],
    },
    {
      name: 'two hundred and one nodes with one pod each',
      of: autoWorld(['eu-west-1a'], 201).snapshot(auto({ subnetIds: ['subnet-0a'] })),
      want: [{ id: 'PLT002/sparse:mine/eu-west-1a', severity: 'warning', evidence: { nodes: 201, podsPerNode: 1 } }],
    },
  ],
  quiet: [
    { name: 'every zone has one', of: autoWorld(['eu-west-1a']).snapshot(auto({ subnetIds: ['subnet-0a'] })) },
    {
      name: 'pods share the subnets of nodes',
      of: autoWorld(['eu-west-1a', 'eu-west-1b']).snapshot(auto({ podSubnetTerms: undefined })),
    },
    {
      name: 'single addresses',
      of: autoWorld(['eu-west-1a'], 201).snapshot(auto({ subnetIds: ['subnet-0a'], ipv4PrefixSize: '32' })),
    },
  ],
  notApplicable: [{ name: 'Karpenter alone', of: plain().snapshot(karpenter()) }],
};

// ── HyperPod ──
const hyperPod = (events: ClusterEvent[] = [], own = true) =>
  new World()
    .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
    .node('hp1', { home: 'subnet-0a', type: 'ml.g5.xlarge', primary: 3, running: 2, node: { hyperPod: true } })
    .snapshot({
      events,
      nodegroups: [nodegroup({ nodeRole: 'arn:aws:iam::111122223333:role/nodes' })],
      cni: cni({
        ...(own ? { serviceAccountRoleArn: 'arn:aws:iam::111122223333:role/cni' } : {}),
        pods: [{ name: 'aws-node-hp1', node: 'hp1', ready: true, phase: 'Running', restarts: 0 }],
      }),
    });
const refusal = (action: string, part: Partial<ClusterEvent> = {}) =>
  event({
    kind: 'unauthorized',
    reason: 'MissingIAMPermissions',
    source: 'aws-node',
    action,
    object: { kind: 'Pod', namespace: 'kube-system', name: 'aws-node-hp1' },
    ...part,
  });

export const plt008: Case = {
  fires: [
    {
      name: 'AWS refuses the attachment',
      of: hyperPod([refusal('sagemaker:AttachClusterNodeNetworkInterface')]),
      want: [
        {
          id: 'PLT008/attach-refused:hyperpod',
          severity: 'error',
          confidence: 'observed',
          evidence: { refused: 'sagemaker:AttachClusterNodeNetworkInterface', refusedNodes: ['hp1'] },
          commands: [
            /^aws iam put-role-policy --role-name cni --policy-name hyperpod-attach-eni --policy-document='.*sagemaker:AttachClusterNodeNetworkInterface/,
          ],
        },
      ],
    },
    {
      name: 'a release that asks EC2, under the role of its nodes',
      of: hyperPod([refusal('ec2:AttachNetworkInterface')], false),
      want: [
        {
          id: 'PLT008/attach-refused:hyperpod',
          severity: 'error',
          evidence: { refused: 'ec2:AttachNetworkInterface' },
          commands: [/--role-name nodes /],
        },
      ],
    },
    {
      name: 'nothing is wrong: they are told apart',
      of: hyperPod(),
      want: [
        {
          id: 'PLT008:hyperpod',
          severity: 'info',
          evidence: { nodes: ['hp1'], types: [{ type: 'ml.g5.xlarge', ec2Type: 'g5.xlarge' }], refused: null },
        },
      ],
    },
    {
      name: 'a refusal of yesterday, and one of another call',
      of: hyperPod([
        refusal('ec2:AttachNetworkInterface', { firstAt: ago(90_000), lastAt: ago(86_400) }),
        refusal('ec2:CreateTags'),
      ]),
      want: [{ id: 'PLT008:hyperpod', severity: 'info' }],
    },
  ],
  quiet: [],
  notApplicable: [{ name: 'none', of: plain().snapshot() }],
};

// ── throttling ──
const throttled = (part: Partial<ClusterEvent> = {}) =>
  event({
    kind: 'branch-failed',
    reason: 'BranchAllocationFailed',
    source: 'vpc-resource-controller',
    throttled: true,
    object: { kind: 'Pod', namespace: 'shop', name: 'wait-1' },
    node: 'n1',
    count: 7,
    ...part,
  });
const source = (outcome: string): Source => ({
  section: 'networkInterfaces',
  call: 'ec2:DescribeNetworkInterfaces',
  requests: 6,
  items: 0,
  milliseconds: 9000,
  retries: 5,
  outcome,
});

const counted = (refused: number) => ({
  pod: 'aws-node-n1',
  node: 'n1',
  values: { awscni_ec2api_req_count: 1000 },
  awsErrors: { RequestLimitExceeded: refused },
});

export const qta002: Case = {
  fires: [
    {
      name: 'for twenty minutes, and a pod waits',
      of: plain()
        .waiting('wait-1', 'n1')
        .snapshot({ env: { WARM_IP_TARGET: '1' }, events: [throttled({ firstAt: ago(1260), lastAt: ago(60) })] }),
      want: [
        {
          id: 'QTA002:ec2',
          severity: 'error',
          confidence: 'observed',
          waiting: ['shop/wait-1'],
          evidence: { reported: 7, nodes: ['n1'], lastedSeconds: 1200, waitingPods: 1 },
          anyCommand: [/ WARM_IP_TARGET=5$/m],
        },
      ],
    },
    {
      name: 'a burst',
      of: plain().snapshot({ events: [throttled({ firstAt: ago(120), lastAt: ago(60) })] }),
      want: [
        {
          id: 'QTA002:ec2',
          severity: 'warning',
          says: /^EC2 refused 7 calls of aws-node and the resource controller for rate on 1 node \(n1\) over 60 s$/,
        },
      ],
    },
    {
      name: 'aws-node counts a tenth of its calls refused',
      of: plain().snapshot({ cniMetrics: [counted(100)] }),
      want: [
        {
          id: 'QTA002:ec2',
          severity: 'warning',
          evidence: { counted: [{ node: 'n1', refused: 100, calls: 1000 }], nodes: ['n1'] },
          says: /^aws-node counts 100 of 1,000 calls on n1 refused for rate since it started$/,
        },
      ],
    },
    {
      name: 'this program itself was refused',
      of: { ...plain().snapshot(), sources: [source('ok 3, throttled 1')] },
      want: [
        {
          id: 'QTA002:ec2',
          severity: 'warning',
          evidence: { ownCalls: ['ec2:DescribeNetworkInterfaces'], reported: 0 },
        },
      ],
    },
  ],
  quiet: [
    { name: 'one in a hundred calls', of: plain().snapshot({ cniMetrics: [counted(10)] }) },
    { name: 'nothing was refused', of: { ...plain().snapshot(), sources: [source('ok')] } },
    { name: 'yesterday', of: plain().snapshot({ events: [throttled({ firstAt: ago(90_000), lastAt: ago(86_400) })] }) },
  ],
};
