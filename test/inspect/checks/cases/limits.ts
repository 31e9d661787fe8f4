/** Limits of a node that no setting of aws-node moves: memory, ENI slots, what EC2 refuses, a cordon. */
import { event, type GivenSections, nodegroup } from '../../../support/snapshot-builder.ts';
import { type NodeWish, World } from '../world.ts';
import type { Case } from './case.ts';
import { CUSTOM, customSections, plain } from './worlds.ts';

/** The same node out of a Karpenter NodePool, and out of a group of its own with a launch template. */
const KARPENTER: GivenSections = {
  nodePools: [{ name: 'default', nodeClass: { kind: 'EC2NodeClass', name: 'al2023' }, limits: {}, requirements: [] }],
};
const POOL = { 'karpenter.sh/nodepool': 'default' };
const ownGroup = (instanceId: string, maxPods: number): GivenSections => ({
  nodegroups: [],
  launchTemplates: [{ id: 'lt-2', version: 7, maxPods }],
  autoScalingGroups: [
    {
      name: 'batch',
      minSize: 1,
      maxSize: 3,
      desiredCapacity: 1,
      subnetIds: ['subnet-0a'],
      instanceIds: [instanceId],
      launchTemplate: { id: 'lt-2', version: '7' },
      tags: {},
    },
  ],
});

const PREFIX = { ENABLE_PREFIX_DELEGATION: 'true' };
const small = (node: NonNullable<NodeWish['node']>, maxPods = 110, type = 't4g.small') =>
  new World()
    .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
    .node('n1', { type, home: 'subnet-0a', primary: 1, prefixes: true, running: 3, maxPods, node });
const BOTTLEROCKET = { osImage: 'Bottlerocket OS 1.40.0 (aws-k8s-1.34)' };

export const max006: Case = {
  fires: [
    {
      name: 'Bottlerocket reserves for 110 pods on a small type',
      of: small(BOTTLEROCKET).snapshot({ env: PREFIX, nodegroups: [nodegroup({ instanceTypes: ['t4g.small'] })] }),
      want: [
        {
          id: 'MAX006:managed/workers/t4g.small',
          severity: 'warning',
          confidence: 'derived',
          // 255 + 11 × 110 = 1465; (2048 / 3 - 255) / 11 = 38.8
          evidence: { maxPods: 110, reservedMib: 1465, memoryMib: 2048, roomyMaxPods: 38 },
          says: /1,465 of 2,048 MiB \(72 %\); 38 pods would leave two thirds/,
        },
      ],
    },
    {
      name: 'the node shows what was kept back',
      of: small({
        ...BOTTLEROCKET,
        osImage: 'Amazon Linux 2023',
        labels: {},
        memoryMib: 1860,
        allocatableMemoryMib: 288,
      }).snapshot({ env: PREFIX, ...ownGroup('i-n1', 110) }),
      want: [
        {
          id: 'MAX006:self-managed/t4g.small',
          severity: 'warning',
          anyCommand: [/sed -E .*110.*38/, /--auto-scaling-group-name batch /],
        },
      ],
    },
    {
      name: 'Karpenter launches by a class that says 110',
      of: small({ ...BOTTLEROCKET, labels: POOL }).snapshot({ env: PREFIX, ...KARPENTER }),
      want: [
        {
          id: 'MAX006:karpenter/default/t4g.small',
          severity: 'warning',
          commands: [
            /^kubectl patch ec2nodeclass al2023 --type merge -p '\{"spec":\{"kubelet":\{"maxPods":\d+\}\}\}'$/,
          ],
        },
      ],
    },
  ],
  quiet: [
    {
      name: 'the number was set by hand on AL2023: the node keeps what the table says',
      of: small({ memoryMib: 1860, allocatableMemoryMib: 1380 }).snapshot({ env: PREFIX }),
    },
    { name: 'exactly a number that fits', of: small(BOTTLEROCKET, 38).snapshot({ env: PREFIX }) },
    { name: 'a large type', of: small(BOTTLEROCKET, 110, 'm5.large').snapshot({ env: PREFIX }) },
  ],
};

/** m5.large with every address in use, and one daemon less on the host network than maxPods counts on. */
const crowded = (part: Partial<NodeWish> = {}) => {
  const world = new World().subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a').node('n1', {
    home: 'subnet-0a',
    primary: 9,
    further: [9, 9],
    running: 27,
    waiting: 1,
    maxPods: 29,
    ...part,
  });
  world.pods.splice(
    world.pods.findIndex((p) => p.name === 'kube-proxy-n1'),
    1,
  );
  return world;
};

export const nod001: Case = {
  fires: [
    {
      name: '27 addresses, 28 pods that need one, and 29 admitted',
      of: crowded().snapshot(),
      want: [
        {
          id: 'NOD001:n1',
          severity: 'error',
          confidence: 'observed',
          waiting: ['shop/wait-n1-0'],
          evidence: {
            maxPods: 29,
            podIps: 27,
            hostNetworkPods: 1,
            eniLimit: 3,
            enis: [
              { eniId: 'eni-n1-0', deviceIndex: 0, forPods: true, addresses: 9 },
              { eniId: 'eni-n1-1', deviceIndex: 1, forPods: true, addresses: 9 },
              { eniId: 'eni-n1-2', deviceIndex: 2, forPods: true, addresses: 9 },
            ],
            waitingPods: 1,
          },
          commands: [/^kubectl cordon n1$/, /^kubectl -n shop delete pod --wait=false wait-n1-0$/],
        },
      ],
    },
    {
      name: 'a group of its own',
      of: crowded({ node: { labels: {} } }).snapshot(ownGroup('i-n1', 29)),
      want: [
        { id: 'NOD001:n1', severity: 'error', anyCommand: [/sed -E .*29.*28/, /--auto-scaling-group-name batch /] },
      ],
    },
    {
      name: 'Karpenter',
      of: crowded({ node: { labels: POOL } }).snapshot(KARPENTER),
      want: [{ id: 'NOD001:n1', severity: 'error', anyCommand: [/patch ec2nodeclass al2023 .*"maxPods":28/] }],
    },
  ],
  quiet: [
    { name: 'kubelet admits more than the node can address: MAX001', of: crowded({ maxPods: 110 }).snapshot() },
    { name: 'an address is idle', of: crowded({ running: 26 }).snapshot() },
    { name: 'a slot is empty: its subnet, or time', of: crowded({ further: [9, 8], running: 26 }).snapshot() },
    {
      name: 'the slots hold addresses of the other mode: PFX004',
      of: crowded({ running: 0 }).snapshot({ env: PREFIX }),
    },
  ],
};

const REFUSED = (name: string, kind = 'Node') =>
  event({ kind: 'attachment-limit', reason: 'FailedAttachENI', object: { kind, namespace: 'kube-system', name } });
const M5 = { hypervisor: 'nitro', bareMetal: false, vcpus: 2, networkCards: 1, ipv4PerEni: 10 };
const stated = (maxEnis: number): GivenSections['instanceTypes'] => [
  { ...M5, instanceType: 'm5.large', maxEnis, maxEnisTotal: maxEnis },
];
/** Two interfaces are attached, all of their addresses are used. */
const refused = (part: Partial<NodeWish> = {}) => {
  const world = new World()
    .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
    .node('n1', { home: 'subnet-0a', primary: 9, further: [9], running: 18, waiting: 1, maxPods: 29, ...part });
  world.events.push(REFUSED('n1'));
  return world;
};

export const nod002: Case = {
  fires: [
    {
      name: 'an event says so, and a pod waits',
      of: refused().snapshot(),
      want: [
        {
          id: 'NOD002/refused:managed/workers/m5.large',
          severity: 'error',
          confidence: 'observed',
          waiting: ['shop/wait-n1-0'],
          evidence: { table: 3, attached: 2, waitingPods: 1, nodes: ['n1'] },
          commands: [/^kubectl cordon n1$/, /^kubectl -n shop delete pod --wait=false wait-n1-0$/],
        },
      ],
    },
    {
      name: 'the event is about the pod of aws-node, in a group of its own',
      of: (() => {
        const world = refused({ node: { labels: {} } });
        world.events.pop();
        world.events.push(REFUSED('aws-node-n1', 'Pod'));
        return world.snapshot(ownGroup('i-n1', 29));
      })(),
      want: [
        {
          id: 'NOD002/refused:self-managed/m5.large',
          severity: 'error',
          anyCommand: [/sed -E .*29.*20/, /--auto-scaling-group-name batch /],
        },
      ],
    },
    {
      name: 'Karpenter',
      of: refused({ node: { labels: POOL } }).snapshot(KARPENTER),
      want: [
        {
          id: 'NOD002/refused:karpenter/default/m5.large',
          severity: 'error',
          anyCommand: [/patch ec2nodeclass al2023 .*"maxPods":20/],
        },
      ],
    },
    {
      name: 'EC2 states less than the table',
      of: plain().snapshot({ instanceTypes: stated(2) }),
      want: [
        {
          id: 'NOD002/table:m5.large',
          severity: 'info',
          confidence: 'derived',
          evidence: { table: 3, ec2: 2, nodes: ['n1', 'n2'] },
        },
      ],
    },
  ],
  quiet: [
    { name: 'both say the same', of: plain().snapshot({ instanceTypes: stated(3) }) },
    { name: 'EC2 states more, which harms nobody', of: plain().snapshot({ instanceTypes: stated(4) }) },
    {
      name: 'an event of yesterday',
      of: plain().snapshot({
        events: [{ ...REFUSED('n1'), firstAt: '2026-10-30T12:00:00.000Z', lastAt: '2026-10-30T12:00:00.000Z' }],
      }),
    },
  ],
};

const CORDONED = {
  unschedulable: true,
  taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }],
};
const cordoned = (part: Partial<NodeWish> = {}) =>
  new World().subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a').node('n1', {
    home: 'subnet-0a',
    primary: 9,
    further: [],
    running: 9,
    waiting: 1,
    node: CORDONED,
    ...part,
  });

export const nod006: Case = {
  blindWithout: ['networkInterfaces', 'subnets'],
  whole: ['nodes'],
  fires: [
    {
      name: 'a pod landed there, and nothing is left in the pool',
      of: cordoned().snapshot(),
      want: [
        {
          id: 'NOD006:nodes',
          severity: 'warning',
          confidence: 'derived',
          waiting: ['shop/wait-n1-0'],
          evidence: { nodes: ['n1'], waitingPods: ['shop/wait-n1-0'] },
          commands: [/^kubectl uncordon n1$/],
          anyCommand: [/AWS_MANAGE_ENIS_NON_SCHEDULABLE=true/],
        },
      ],
    },
  ],
  quiet: [
    { name: 'nothing waits there', of: cordoned({ waiting: 0 }).snapshot() },
    {
      name: 'aws-node manages cordoned nodes too',
      of: cordoned().snapshot({ env: { AWS_MANAGE_ENIS_NON_SCHEDULABLE: 'true' } }),
    },
    { name: 'the node is full', of: cordoned({ further: [9, 9], running: 27, maxPods: 110 }).snapshot() },
    { name: 'its subnet is', of: cordoned().hide('subnet-0a', 241).snapshot() },
    {
      name: 'custom networking without its ENIConfig: CUS001',
      of: cordoned().snapshot({ ...customSections, env: CUSTOM, eniConfigs: [] }),
    },
  ],
};
