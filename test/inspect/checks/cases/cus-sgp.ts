import {
  addon,
  ago,
  cluster,
  eni,
  eniConfig,
  event,
  type GivenSections,
  iamOfNodes,
  nodegroup,
  pod,
} from '../../../support/snapshot-builder.ts';
import { World } from '../world.ts';
import type { Case } from './case.ts';
import { CUSTOM_PREFIX, custom, customSections, plain, ZONE_LABEL } from './worlds.ts';

/** A third zone whose ENIConfig nobody made; its node is not ready and two pods wait there. */
const third = (subnets = true) => {
  const world = custom().subnet('subnet-nc', '10.0.2.0/24', 'eu-west-1c');
  if (subnets) world.subnet('subnet-pc', '100.64.2.0/24', 'eu-west-1c');
  return world.node('c1', {
    home: 'subnet-nc',
    maxPods: 110,
    waiting: 2,
    node: { ready: 'False', readyReason: 'cni-not-initialized' },
  });
};

export const cus001: Case = {
  whole: ['eniConfigs'],
  fires: [
    {
      name: 'a zone without one, its pod subnet lies ready',
      of: third().snapshot(customSections),
      want: [
        {
          id: 'CUS001/az:eu-west-1c',
          severity: 'error',
          confidence: 'observed',
          waiting: ['shop/wait-c1-0', 'shop/wait-c1-1'],
          evidence: {
            eniConfig: 'eu-west-1c',
            step: 'label',
            nodes: 1,
            notReady: 1,
            existing: ['eu-west-1a', 'eu-west-1b'],
          },
          commands: [
            /^printf '%s\\n' '\{\n {2}"apiVersion": "crd.k8s.amazonaws.com\/v1alpha1", "kind": "ENIConfig",\n {2}"metadata": \{"name": "eu-west-1c"\},\n {2}"spec": \{"subnet": "subnet-pc", "securityGroups": \["sg-pods"\]\}\n\}' \| kubectl apply -f -$/,
            /^kubectl -n kube-system delete pod --wait=false aws-node-c1$/,
          ],
        },
      ],
    },
    {
      name: 'no pod subnet there either: it is made first',
      of: third(false).snapshot(customSections),
      want: [
        {
          id: 'CUS001/az:eu-west-1c',
          severity: 'error',
          commands: [
            /^aws ec2 create-subnet .*--availability-zone eu-west-1c --cidr-block 100\.64\.16\.0\/20 /,
            /xargs '-I\{\}' printf '%s\\n' '\{' ' {2}"apiVersion": .*' ' {2}"spec": \{"subnet": "\{\}", "securityGroups": \["sg-pods"\]\}' '\}' \| kubectl apply -f -$/,
            /delete pod --wait=false aws-node-c1$/,
          ],
        },
      ],
    },
    {
      name: 'ENIConfigs are named after zones but the label is not set',
      of: custom().snapshot({
        ...customSections,
        env: { AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true', ENABLE_PREFIX_DELEGATION: 'true' },
        addons: [addon({ configuration: { env: { ENABLE_PREFIX_DELEGATION: 'true' } } })],
      }),
      want: [
        {
          id: 'CUS001/label-def-missing:default',
          severity: 'error',
          confidence: 'derived',
          evidence: { step: 'default', nodes: 2 },
          commands: [/^aws eks update-addon .*"ENI_CONFIG_LABEL_DEF":"topology.kubernetes.io\/zone"/],
        },
      ],
    },
    {
      name: 'a label is misspelt',
      of: (() => {
        const world = custom();
        const [first, ...rest] = world.nodes;
        world.nodes.splice(0, 2, { ...first!, labels: { ...first!.labels, [ZONE_LABEL]: 'eu-west-1a' } }, ...rest);
        world.nodes[0] = { ...world.nodes[0]!, annotations: { 'k8s.amazonaws.com/eniConfig': 'pod-net' } };
        return world.snapshot({
          ...customSections,
          eniConfigs: [
            ...customSections.eniConfigs,
            eniConfig({ name: 'pods-net', subnetId: 'subnet-pa', securityGroupIds: ['sg-pods'] }),
          ],
        });
      })(),
      want: [
        {
          id: 'CUS001/typo:pod-net',
          severity: 'error',
          evidence: { step: 'annotation', nodes: 1 },
          commands: [
            /^kubectl annotate node a1 k8s\.amazonaws\.com\/eniConfig=pods-net --overwrite$/,
            /^kubectl -n kube-system delete pod --wait=false aws-node-a1$/,
          ],
        },
      ],
    },
    {
      name: 'the kind itself is not installed',
      of: custom().snapshot({
        ...customSections,
        eniConfigs: [],
        crds: [{ name: 'cninodes.vpcresources.k8s.aws', versions: ['v1alpha1'], createdAt: ago(90_000) }],
      }),
      want: [
        { id: 'CUS001/crd-missing:eu-west-1a', severity: 'error' },
        { id: 'CUS001/crd-missing:eu-west-1b', severity: 'error' },
      ],
    },
    {
      name: 'a node group may launch in a zone without one',
      of: custom().subnet('subnet-nc', '10.0.2.0/24', 'eu-west-1c').snapshot(customSections),
      want: [{ id: 'CUS001/future:eu-west-1c', severity: 'warning', confidence: 'derived', evidence: { nodes: 0 } }],
    },
  ],
  quiet: [
    { name: 'every zone has one', of: custom().snapshot(customSections) },
    {
      name: 'one named default satisfies nodes that name none',
      of: custom().snapshot({
        ...customSections,
        env: { AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true', ENABLE_PREFIX_DELEGATION: 'true' },
        eniConfigs: [eniConfig({ name: 'default', subnetId: 'subnet-pa' })],
      }),
    },
  ],
};

export const cus002: Case = {
  fires: [
    {
      name: 'the subnet of zone b is in zone a',
      of: custom()
        .subnet('subnet-pb2', '100.64.9.0/24', 'eu-west-1b')
        .snapshot({
          ...customSections,
          eniConfigs: [
            eniConfig({ name: 'eu-west-1a', subnetId: 'subnet-pa', securityGroupIds: ['sg-pods'] }),
            eniConfig({ name: 'eu-west-1b', subnetId: 'subnet-pa', securityGroupIds: ['sg-pods'] }),
          ],
        }),
      want: [
        {
          id: 'CUS002:eu-west-1b',
          severity: 'error',
          evidence: { subnetId: 'subnet-pa', subnetZone: 'eu-west-1a', nodeZones: ['eu-west-1b'], nodes: 1 },
          commands: [/^kubectl patch eniconfig eu-west-1b .*"subnet-pb2?"/, /delete pod --wait=false aws-node-b1$/],
        },
      ],
    },
    {
      name: 'one default for two zones: an ENIConfig for the other zone, and the label',
      of: custom().snapshot({
        ...customSections,
        env: { ...CUSTOM_PREFIX, ENI_CONFIG_LABEL_DEF: undefined },
        eniConfigs: [eniConfig({ name: 'default', subnetId: 'subnet-pa', securityGroupIds: ['sg-pods'] })],
      }),
      want: [
        {
          id: 'CUS002:default',
          severity: 'error',
          evidence: { nodeZones: ['eu-west-1b'] },
          anyCommand: [/"name": "eu-west-1b"/, new RegExp(`ENI_CONFIG_LABEL_DEF":"${ZONE_LABEL}`)],
        },
      ],
    },
    {
      name: 'zone names differ between accounts: ids decide',
      of: new World()
        .subnet('subnet-na', '10.0.0.0/24', 'eu-west-1a')
        .subnet('subnet-pa', '100.64.0.0/24', 'eu-west-1a', { availabilityZoneId: 'euw1-az2' })
        .node('a1', {
          home: 'subnet-na',
          pods: 'subnet-pa',
          maxPods: 110,
          further: [1],
          prefixes: true,
          node: { labels: { 'topology.k8s.aws/zone-id': 'euw1-az1' } },
        })
        .snapshot({ ...customSections, eniConfigs: customSections.eniConfigs.slice(0, 1) }),
      want: [{ id: 'CUS002:eu-west-1a', severity: 'error' }],
    },
    {
      name: 'a wrong one that no node uses yet',
      of: custom()
        .subnet('subnet-nc', '10.0.2.0/24', 'eu-west-1c')
        .snapshot({
          ...customSections,
          eniConfigs: [...customSections.eniConfigs, eniConfig({ name: 'eu-west-1c', subnetId: 'subnet-pb' })],
        }),
      want: [{ id: 'CUS002:eu-west-1c', severity: 'warning', evidence: { nodes: 0 } }],
    },
  ],
  quiet: [{ name: 'each in its own zone', of: custom().snapshot(customSections) }],
};

const policy = {
  namespace: 'shop',
  name: 'db-clients',
  createdAt: ago(86_400),
  podSelector: { matchLabels: { app: 'orders' }, matchExpressions: [] },
  securityGroupIds: ['sg-db'],
};

const asking = (): World => {
  const world = plain();
  world.pods.push(
    pod({ name: 'orders-1', namespace: 'shop', class: 'branch', phase: 'Pending', labels: { app: 'orders' } }),
    pod({ name: 'orders-2', namespace: 'shop', node: 'n1', ip: '10.0.0.6', labels: { app: 'orders' } }),
  );
  return world;
};

export const sgp001: Case = {
  fires: [
    {
      name: 'a policy selects two pods, one of which cannot be placed',
      of: asking().snapshot({ securityGroupPolicies: [policy], addons: [addon()] }),
      want: [
        {
          id: 'SGP001:prod',
          severity: 'error',
          confidence: 'observed',
          waiting: ['shop/orders-1'],
          evidence: { policies: ['shop/db-clients'], selectedPods: 2, pendingPods: 1 },
          commands: [
            /^aws iam attach-role-policy --role-name eks-prod --policy-arn arn:aws:iam::aws:policy\/AmazonEKSVPCResourceController$/,
            /^aws eks update-addon .*"ENABLE_POD_ENI":"true"/,
          ],
        },
      ],
    },
  ],
  quiet: [
    {
      name: 'the feature is on',
      of: asking().snapshot({ securityGroupPolicies: [policy], env: { ENABLE_POD_ENI: 'true' } }),
    },
    { name: 'no policy, no request', of: plain().snapshot() },
    {
      name: 'the policy selects pods on Fargate',
      of: (() => {
        const world = plain();
        world.pods.push(pod({ name: 'orders-1', namespace: 'shop', class: 'fargate', labels: { app: 'orders' } }));
        return world.snapshot({ securityGroupPolicies: [policy] });
      })(),
    },
  ],
};

const SGP = { ENABLE_POD_ENI: 'true' };
const cniNode = (name: string, features: readonly string[]) => ({
  name,
  features: features.map((f) => ({ name: f })),
  tags: {},
  deleting: false,
  createdAt: ago(3600),
});
const trunked = (over: GivenSections = {}) => ({
  env: SGP,
  cniNodes: ['n1', 'n2'].map((n) => cniNode(n, ['SecurityGroupsForPods'])),
  cluster: cluster({ roleArn: 'arn:aws:iam::111122223333:role/path/eks-prod' }),
  nodegroups: [nodegroup()],
  ...over,
});

/** The role of the cluster with a statement for this alone. */
const clusterMay = (action: string): GivenSections['iam'] => {
  const [role] = iamOfNodes().roles;
  const statement = { ...role!.statements[0]!, actions: [action] };
  const arn = 'arn:aws:iam::111122223333:role/path/eks-prod';
  return {
    ...iamOfNodes(),
    roles: [
      role!,
      { ...role!, arn, name: 'eks-prod', usedBy: ['cluster'], attachedPolicies: [], statements: [statement] },
    ],
  };
};

export const sgp003: Case = {
  whole: ['networkInterfaces'],
  fires: [
    {
      name: 'ordinary pods took all three ENIs',
      of: new World()
        .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
        .node('n1', { home: 'subnet-0a', primary: 9, further: [9, 9], running: 20, maxPods: 20 })
        .snapshot(trunked()),
      want: [
        {
          id: 'SGP003/no-slot:managed/workers/m5.large',
          severity: 'error',
          confidence: 'observed',
          evidence: { attached: 3, eniLimit: 3 },
          commands: [/^kubectl drain n1 .* && aws autoscaling terminate-instance/],
        },
      ],
    },
    {
      name: 'aws-node has not asked for it',
      of: plain().snapshot(trunked({ cniNodes: [cniNode('n1', []), cniNode('n2', ['CustomNetworking'])] })),
      want: [{ id: 'SGP003/feature-not-written:managed/workers/m5.large', severity: 'error', evidence: { nodes: 2 } }],
    },
    {
      name: 'no policy of the cluster role allows it, though the node asks',
      of: plain().snapshot(
        trunked({
          cniNodes: ['n1', 'n2'].map((name) => cniNode(name, ['SecurityGroupsForPods'])),
          iam: clusterMay('ec2:DescribeInstances'),
        }),
      ),
      want: [
        {
          id: 'SGP003/role:managed/workers/m5.large',
          severity: 'error',
          says: /have no trunk ENI: the cluster role may not make it \(ec2:CreateNetworkInterface\)/,
          anyCommand: [/attach-role-policy --role-name eks-prod .*AmazonEKSVPCResourceController/],
        },
      ],
    },
    {
      name: 'and where one does, it is asked for and has not come',
      of: plain().snapshot(
        trunked({
          cniNodes: ['n1', 'n2'].map((name) => cniNode(name, ['SecurityGroupsForPods'])),
          iam: clusterMay('ec2:*'),
        }),
      ),
      want: [{ id: 'SGP003:managed/workers/m5.large', severity: 'error' }],
    },
    {
      name: 'AWS refuses it to the cluster role',
      of: plain().snapshot(
        trunked({
          events: ['n1', 'n2'].map((name) =>
            event({ kind: 'trunk-failed', action: 'ec2:CreateNetworkInterface', object: { kind: 'Node', name } }),
          ),
        }),
      ),
      want: [
        {
          id: 'SGP003/role:managed/workers/m5.large',
          severity: 'error',
          commands: [/attach-role-policy --role-name eks-prod /, /delete pod --wait=false aws-node-n1 aws-node-n2/],
        },
      ],
    },
    {
      name: 'the controller says of both nodes that it does not know their type',
      of: plain().snapshot(
        trunked({
          events: ['n1', 'n2'].map((name) => event({ kind: 'trunk-unsupported', object: { kind: 'Node', name } })),
        }),
      ),
      want: [
        { id: 'SGP003/unsupported:managed/workers/m5.large', severity: 'info', evidence: { nodes: 2 }, commands: [] },
      ],
    },
    {
      name: 'a pod with groups of its own waits for it',
      of: plain().waiting('orders', 'n1', { class: 'branch' }).snapshot(trunked()),
      want: [{ id: 'SGP003:managed/workers/m5.large', severity: 'error', waiting: ['shop/orders'] }],
    },
  ],
  quiet: [
    {
      name: 'the trunk is there',
      of: (() => {
        const world = new World()
          .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
          .node('n1', { home: 'subnet-0a', primary: 9, running: 5, maxPods: 20 });
        world.enis.push(
          eni({
            eniId: 'eni-trunk',
            type: 'trunk',
            subnetId: 'subnet-0a',
            attachedTo: 'i-n1',
            device: 2,
            primaryIp: '10.0.0.60',
          }),
        );
        return world.snapshot(trunked());
      })(),
    },
    {
      name: 'a node of two minutes',
      of: new World()
        .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
        .node('n1', { home: 'subnet-0a', primary: 9, ageSeconds: 120, maxPods: 20 })
        .snapshot(trunked()),
    },
    {
      name: 'a type that cannot trunk',
      of: new World()
        .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
        .node('n1', { type: 't3.large', home: 'subnet-0a', primary: 11, maxPods: 35 })
        .snapshot(trunked()),
    },
  ],
};
