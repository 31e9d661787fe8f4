import { addon, ago, cni, event, node, nodegroup, pod } from '../../../support/snapshot-builder.ts';
import { World } from '../world.ts';
import type { Case } from './case.ts';
import { custom, customSections, plain } from './worlds.ts';

/** A branch ENI of a trunk that is gone or lives. */
const branch = (tags: Record<string, string>, status = 'in-use') =>
  plain().foreign('eni-br', 'subnet-0a', 1, {
    type: 'branch',
    status,
    origin: { kind: 'cni-branch' },
    tags: { 'eks:eni:owner': 'eks-vpc-resource-controller', ...tags },
  });
const GONE = { 'vpcresources.k8s.aws/trunk-eni-id': 'eni-trunk-gone' };

/** m5.large: nine branch ENIs on its trunk, eight of which a pod has. */
function fullTrunk() {
  const world = plain().foreign('eni-trunk', 'subnet-0a', 1, {
    type: 'trunk',
    status: 'in-use',
    origin: { kind: 'cni-trunk' },
    attachment: {
      instanceId: 'i-n1',
      deviceIndex: 2,
      networkCardIndex: 0,
      status: 'attached',
      deleteOnTermination: true,
    },
  });
  for (let i = 0; i < 9; i++) {
    world.foreign(`eni-b${i}`, 'subnet-0a', 1, {
      type: 'branch',
      status: 'in-use',
      origin: { kind: 'cni-branch' },
      tags: {
        'vpcresources.k8s.aws/trunk-eni-id': 'eni-trunk',
        'eks:eni:owner': 'eks-vpc-resource-controller',
        'node.k8s.amazonaws.com/createdAt': ago(900),
      },
    });
    if (i < 8)
      world.pods.push(
        pod({ name: `db-${i}`, namespace: 'shop', node: 'n1', class: 'branch', branchEniId: `eni-b${i}` }),
      );
  }
  return world.snapshot({ env: { ENABLE_POD_ENI: 'true' } });
}

export const lek002: Case = {
  whole: ['networkInterfaces'],
  fires: [
    {
      name: 'its trunk is gone',
      of: branch(GONE).snapshot(),
      want: [
        {
          id: 'LEK002:subnet-0a',
          severity: 'warning',
          evidence: { enis: [{ eniId: 'eni-br', kind: 'branch', trunk: 'eni-trunk-gone' }], addresses: 1 },
          commands: [/^aws ec2 delete-network-interface --network-interface-id eni-br --region eu-west-1$/],
        },
      ],
    },
    {
      name: 'its trunk lives, and for ten minutes no pod has had it',
      of: branch({
        'vpcresources.k8s.aws/trunk-eni-id': 'eni-n1-0',
        'node.k8s.amazonaws.com/createdAt': ago(600),
      }).snapshot(),
      want: [{ id: 'LEK002:subnet-0a', severity: 'warning', evidence: { enis: [{ trunk: 'eni-n1-0' }] } }],
    },
    {
      name: 'an unattached trunk of two hours, in a subnet without room',
      of: plain()
        .foreign('eni-tr', 'subnet-0a', 1, {
          type: 'trunk',
          status: 'available',
          origin: { kind: 'cni-trunk' },
          tags: { 'eks:eni:owner': 'eks-vpc-resource-controller', 'node.k8s.amazonaws.com/createdAt': ago(7200) },
        })
        .hide('subnet-0a', 229)
        .snapshot(),
      want: [{ id: 'LEK002:subnet-0a', severity: 'error', evidence: { enis: [{ kind: 'trunk' }] } }],
    },
    {
      name: 'a trunk carries all nine that its type allows, one of them for no pod',
      of: fullTrunk(),
      want: [
        { id: 'LEK002:subnet-0a', severity: 'error', evidence: { enis: [{ eniId: 'eni-b8', trunk: 'eni-trunk' }] } },
      ],
    },
  ],
  quiet: [
    {
      name: 'in cool-down',
      of: branch({
        'vpcresources.k8s.aws/trunk-eni-id': 'eni-n1-0',
        'node.k8s.amazonaws.com/createdAt': ago(120),
      }).snapshot(),
    },
    { name: 'the trunk lives', of: branch({ 'vpcresources.k8s.aws/trunk-eni-id': 'eni-n1-0' }).snapshot() },
    {
      name: 'made a minute ago',
      of: branch({ ...GONE, 'node.k8s.amazonaws.com/createdAt': ago(60) }).snapshot(),
    },
    {
      name: 'of another cluster',
      of: branch({
        ...GONE,
        'vpcresources.k8s.aws/cluster-name': 'other',
        'cluster.k8s.amazonaws.com/name': 'other',
      }).snapshot(),
    },
  ],
};

const SGP = { ENABLE_POD_ENI: 'true' };
/** n1 carries ten branch ENIs. */
const branches = (running: number, pending = 0) => {
  const world = plain();
  world.nodes[0] = node({ ...world.nodes[0]!, podEni: 10 });
  for (let i = 0; i < running; i++)
    world.pods.push(pod({ name: `br-${i}`, namespace: 'shop', node: 'n1', class: 'branch', branchEniId: `eni-b${i}` }));
  for (let i = 0; i < pending; i++) {
    world.pods.push(pod({ name: `late-${i}`, namespace: 'shop', class: 'branch', phase: 'Pending' }));
    world.events.push(
      event({ kind: 'pod-eni-insufficient', object: { kind: 'Pod', namespace: 'shop', name: `late-${i}` } }),
    );
  }
  return world;
};

/** Eight pods with their branch ENIs of nine, one that waits on n1, and these branch ENIs of ended pods on its trunk. */
const cooling = (ended: number) => {
  const world = branches(8);
  world.nodes[0] = node({ ...world.nodes[0]!, podEni: 9 });
  for (const [i, at] of world.enis.entries())
    if (at.eniId === 'eni-n1-1')
      world.enis[i] = { ...at, type: 'trunk', origin: { kind: 'cni-trunk' }, secondaryIps: [] };
  const tags = { 'vpcresources.k8s.aws/trunk-eni-id': 'eni-n1-1', 'node.k8s.amazonaws.com/createdAt': ago(120) };
  const ids = [
    ...Array.from({ length: 8 }, (_, i) => `eni-b${i}`),
    ...Array.from({ length: ended }, (_, i) => `eni-e${i}`),
  ];
  for (const id of ids) world.foreign(id, 'subnet-0a', 1, { type: 'branch', origin: { kind: 'cni-branch' }, tags });
  return world.waiting('wait-br', 'n1', { class: 'branch' });
};

/** Ten of ten on n1, none of ten on n2. */
const besideRoom = () => {
  const world = branches(10).node('n2', { home: 'subnet-0a', further: [], running: 0 });
  world.nodes[1] = node({ ...world.nodes[1]!, podEni: 10 });
  return world;
};

export const sgp004: Case = {
  fires: [
    {
      name: 'a pod waits for the cool-down of those that ended',
      of: cooling(1).snapshot({ cni: cni({ env: SGP, configMap: { 'branch-eni-cooldown': '120' } }) }),
      want: [
        {
          id: 'SGP004/cooldown:prod',
          severity: 'error',
          confidence: 'observed',
          waiting: ['shop/wait-br'],
          evidence: { reason: 'cooldown', capacity: 9, used: 9, cooling: 1, cooldownSeconds: 120 },
          commands: [
            /^kubectl -n kube-system patch configmap amazon-vpc-cni --type merge -p '\{"data":\{"branch-eni-cooldown":"30"\}\}'$/,
          ],
        },
      ],
    },
    {
      name: 'a pod is Pending for one',
      of: branches(10, 1).snapshot({ env: SGP, nodegroups: [nodegroup({ desiredSize: 2, maxSize: 3 })] }),
      want: [
        {
          id: 'SGP004:prod',
          severity: 'error',
          confidence: 'observed',
          waiting: ['shop/late-0'],
          evidence: { capacity: 10, used: 10, nodes: 1, fullNodes: ['n1'], pendingPods: ['shop/late-0'] },
          commands: [/^aws eks update-nodegroup-config .*desiredSize=3/],
        },
      ],
    },
    {
      name: 'a pod is Pending for one, and no group may grow',
      of: branches(10, 1).snapshot({ env: SGP, nodegroups: [nodegroup({ desiredSize: 2, maxSize: 2 })] }),
      want: [{ id: 'SGP004:prod', severity: 'error', commands: [/^kubectl describe nodes/] }],
    },
    {
      name: 'four fifths are taken',
      of: branches(8).snapshot({ env: SGP }),
      want: [{ id: 'SGP004:prod', severity: 'warning', says: /^8 of 10 branch ENIs \(80 %\) on 1 node are taken$/ }],
    },
  ],
  quiet: [
    { name: 'fewer', of: branches(7).snapshot({ env: SGP }) },
    { name: 'one node is full, and another has room for as many', of: besideRoom().snapshot({ env: SGP }) },
    {
      name: 'a pod is Pending for one that this node has: another node lacks its trunk',
      of: branches(1, 1).snapshot({ env: SGP }),
    },
    { name: 'the feature is off: SGP001', of: branches(10, 1).snapshot() },
  ],
};

const ROLE = 'kubernetes.io/role/cni';
const CLUSTER = 'cni.networking.k8s.aws/cluster/';
/** The node's own subnet is closed to pods; another one of the zone has these tags. */
const closed = (tags: Record<string, string>, own: Record<string, string> = { [ROLE]: '0' }) =>
  new World()
    .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a', { tags: own })
    .subnet('subnet-pods', '10.0.8.0/24', 'eu-west-1a', { tags })
    .subnet('subnet-else', '10.0.9.0/24', 'eu-west-1b', { tags: { [ROLE]: '1' } })
    .node('n1', { home: 'subnet-0a', further: [], running: 0, waiting: 1 });

/** The node's own subnet has nothing left, and another one has these tags. */
const ownFull = (tags: Record<string, string>, zone = 'eu-west-1a') => {
  const world = new World()
    .subnet('subnet-0a', '10.0.0.0/28', 'eu-west-1a')
    .subnet('subnet-pods', '10.0.8.0/24', zone, { tags })
    .node('n1', { home: 'subnet-0a', primary: 9, running: 9, waiting: 1 });
  return world.foreign('eni-x', 'subnet-0a', 1);
};

export const sub007: Case = {
  blindWithout: ['subnets'],
  fires: [
    {
      name: 'the tag is misspelt, and a pod waits',
      of: closed({ 'kubernetes.io/roles/cni': '1' }).snapshot(),
      want: [
        {
          id: 'SUB007:subnet-0a',
          severity: 'error',
          confidence: 'observed',
          waiting: ['shop/wait-n1-0'],
          evidence: {
            nodes: 1,
            candidates: [
              { subnetId: 'subnet-0a', why: 'is tagged kubernetes.io/role/cni=0' },
              { subnetId: 'subnet-pods', why: 'is tagged kubernetes.io/roles/cni, not kubernetes.io/role/cni' },
            ],
            waitingPods: 1,
          },
          commands: [
            /^aws ec2 create-tags --resources subnet-pods --tags Key=kubernetes\.io\/role\/cni,Value=1 --region eu-west-1$/,
          ],
          anyCommand: [/ ENABLE_SUBNET_DISCOVERY=false/],
        },
      ],
    },
    {
      name: 'the own one is full, and the tag of the other is empty',
      of: ownFull({ [ROLE]: '' }).snapshot(),
      want: [
        {
          id: 'SUB007/own-full:subnet-0a',
          severity: 'error',
          waiting: ['shop/wait-n1-0'],
          evidence: {
            ownFull: true,
            candidates: [
              { subnetId: 'subnet-0a', why: 'has 0 addresses free' },
              { subnetId: 'subnet-pods', why: 'has an empty kubernetes.io/role/cni' },
            ],
          },
          commands: [
            /^aws ec2 create-tags --resources subnet-pods --tags Key=kubernetes\.io\/role\/cni,Value=1 --region eu-west-1$/,
          ],
        },
      ],
    },
    {
      name: 'the own one is full, and the tagged one lies where no node is',
      of: ownFull({ [ROLE]: '1' }, 'eu-west-1c').snapshot(),
      want: [
        {
          id: 'SUB007/own-full:subnet-0a',
          severity: 'error',
          says: /no subnet for further ENIs but their own, which is full: .*subnet-pods is tagged, but in eu-west-1c, where no node is/,
        },
      ],
    },
    {
      name: 'both are kept for another cluster',
      of: closed(
        { [ROLE]: '1', [`${CLUSTER}other`]: 'shared' },
        { [ROLE]: '1', [`${CLUSTER}other`]: 'shared' },
      ).snapshot({
        env: { CLUSTER_NAME: 'prod' },
      }),
      want: [
        {
          id: 'SUB007:subnet-0a',
          severity: 'error',
          says: /subnet-pods is kept for other clusters, not prod/,
          commands: [/Key=cni\.networking\.k8s\.aws\/cluster\/prod,Value=shared/],
        },
      ],
    },
  ],
  quiet: [
    { name: 'the own one is full, and no other was meant for pods', of: ownFull({ Name: 'db' }).snapshot() },
    { name: 'the own one is full, and the other takes more', of: ownFull({ [ROLE]: '1' }).snapshot() },
    { name: 'a tagged one is there', of: closed({ [ROLE]: '1' }).snapshot() },
    {
      name: 'before v1.22 nothing closes the own subnet',
      of: closed({}).snapshot({ cni: cni({ version: 'v1.20.4' }) }),
    },
    { name: 'discovery is off', of: closed({}).snapshot({ env: { ENABLE_SUBNET_DISCOVERY: 'false' } }) },
    { name: 'custom networking', of: custom().snapshot(customSections) },
  ],
};

const declared = (env: Record<string, string>) => ({ addons: [addon({ configuration: { env } })] });

export const add006: Case = {
  whole: ['addons'],
  fires: [
    {
      name: 'set by hand since, and taken away by hand',
      of: plain().snapshot({
        env: { WARM_ENI_TARGET: '2' },
        ...declared({ WARM_ENI_TARGET: '1', MINIMUM_IP_TARGET: '10' }),
      }),
      want: [
        {
          id: 'ADD006:vpc-cni',
          severity: 'info',
          evidence: {
            variables: [
              { variable: 'MINIMUM_IP_TARGET', live: null, declared: '10' },
              { variable: 'WARM_ENI_TARGET', live: '2', declared: '1' },
            ],
          },
          anyCommand: [/update-addon .*--configuration-values='\{"env":\{"WARM_ENI_TARGET":"2"\}\}'/],
        },
      ],
    },
    {
      name: 'a setting of a ConfigMap, one of the init container, and who wrote to the template',
      of: (() => {
        const base = cni({ env: { ENABLE_PREFIX_DELEGATION: 'true' }, templateManagers: ['eks', 'kubectl-set'] });
        return plain().snapshot({
          cni: {
            ...base,
            containers: base.containers.map((c) => ({
              ...c,
              ...(c.name === 'aws-node' ? { fromConfigMap: { ENABLE_PREFIX_DELEGATION: 'cni-env' } } : {}),
            })),
            initContainers: [
              {
                name: 'aws-vpc-cni-init',
                image: 'amazon-k8s-cni-init:v1.20.4',
                env: { DISABLE_TCP_EARLY_DEMUX: 'true' },
                unresolved: [],
                args: [],
              },
            ],
          },
          addons: [
            addon({
              configuration: {
                env: { ENABLE_PREFIX_DELEGATION: 'false' },
                init: { env: { DISABLE_TCP_EARLY_DEMUX: 'false' } },
              },
            }),
          ],
        });
      })(),
      want: [
        {
          id: 'ADD006:vpc-cni',
          severity: 'info',
          evidence: {
            variables: [
              { container: 'aws-node', variable: 'ENABLE_PREFIX_DELEGATION', live: 'true', configMap: 'cni-env' },
              { container: 'aws-vpc-cni-init', variable: 'DISABLE_TCP_EARLY_DEMUX', live: 'true', declared: 'false' },
            ],
            managers: ['kubectl-set'],
          },
          says: /ENABLE_PREFIX_DELEGATION is "true" \(ConfigMap cni-env\), declared "false".*; beside EKS kubectl-set wrote to the template$/,
          anyCommand: [
            /"env":\{"ENABLE_PREFIX_DELEGATION":"true"\}/,
            /"init":\{"env":\{"DISABLE_TCP_EARLY_DEMUX":"true"\}\}/,
          ],
        },
      ],
    },
  ],
  quiet: [
    {
      name: 'as declared',
      of: plain().snapshot({ env: { WARM_ENI_TARGET: '2' }, ...declared({ WARM_ENI_TARGET: '2' }) }),
    },
    { name: 'set by hand, and not declared', of: plain().snapshot({ env: { WARM_IP_TARGET: '2' }, ...declared({}) }) },
  ],
  notApplicable: [{ name: 'no managed add-on', of: plain().snapshot() }],
};
