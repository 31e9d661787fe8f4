import type { GivenSections } from '../../../support/snapshot-builder.ts';
import { addon, cluster, cni, eniConfig, nodegroup, pod } from '../../../support/snapshot-builder.ts';
import { World } from '../world.ts';
import type { Case } from './case.ts';
import { CUSTOM, custom, customSections, plain } from './worlds.ts';

/** A /26 with 59 addresses; two m5.large take 40 of them and one more wants 10. */
function small(): World {
  return new World()
    .subnet('subnet-0a', '10.0.0.0/26', 'eu-west-1a')
    .node('n1', { home: 'subnet-0a', primary: 9, further: [9], running: 18, waiting: 1 })
    .node('n2', { home: 'subnet-0a', primary: 9, further: [9], running: 3 });
}

const leaky = small().leak('eni-leak', 'subnet-0a', 12, 90);

/** Cilium alone on both nodes, beside an aws-node that was taken away. */
const ciliumAlone = (world: World) =>
  world.snapshot({
    addons: [],
    cni: cni({
      ...{ installed: false, installMethod: 'none', initContainers: [], version: undefined },
      otherCnis: [{ engine: 'cilium', namespace: 'kube-system', name: 'cilium', desired: 2, ready: 2 }],
    }),
    pods: [
      ...world.pods.filter((p) => !p.name.startsWith('aws-node')),
      ...world.nodes.map(({ name }) =>
        pod({
          ...{ name: `cilium-${name}`, namespace: 'kube-system', node: name, class: 'host-network' },
          owner: 'DaemonSet/cilium',
        }),
      ),
    ],
  });

export const sub001: Case = {
  blindWithout: ['nodes', 'cni'],
  fires: [
    {
      name: 'four addresses left and a pod waits',
      of: small()
        .hide('subnet-0a', 15)
        .snapshot({ addons: [addon()] }),
      want: [
        {
          id: 'SUB001:subnet-0a',
          severity: 'error',
          confidence: 'observed',
          waiting: ['shop/wait-n1-0'],
          evidence: { free: 4, total: 59, neededByOneNode: 10, nodes: 2, waitingPods: 1 },
          says: /4 of 59 addresses free; one more node needs 10, and 1 pod waits/,
          anyCommand: [
            /aws eks update-addon .*MINIMUM_IP_TARGET/,
            /aws ec2 create-subnet .*kubernetes.io\/role\/cni,Value=1/,
          ],
        },
      ],
    },
    {
      name: 'a full subnet of nodes keeps no pod waiting whose addresses come by its ENIConfig',
      of: new World()
        .subnet('subnet-na', '10.0.0.0/28', 'eu-west-1a')
        .subnet('subnet-pa', '10.0.1.0/28', 'eu-west-1a')
        .node('n1', { home: 'subnet-na', pods: 'subnet-pa', further: [9], running: 9, waiting: 1, maxPods: 20 })
        .foreign('eni-x', 'subnet-na', 10)
        .snapshot({
          env: CUSTOM,
          eniConfigs: [eniConfig({ name: 'eu-west-1a', subnetId: 'subnet-pa', securityGroupIds: ['sg-pods'] })],
          addons: [addon({ configuration: { env: CUSTOM } })],
        }),
      want: [
        { id: 'SUB001:subnet-na', severity: 'error', waiting: [] },
        { id: 'SUB001:subnet-pa', severity: 'error', waiting: ['shop/wait-n1-0'] },
      ],
    },
    {
      name: 'leaked ENIs come first',
      of: leaky.snapshot(),
      want: [
        {
          id: 'SUB001:subnet-0a',
          severity: 'error',
          commands: [/^aws ec2 delete-network-interface --network-interface-id eni-leak --region eu-west-1$/],
        },
      ],
    },
    {
      name: 'room for one node but not for two is a warning',
      of: new World()
        .subnet('subnet-0a', '10.0.0.0/26', 'eu-west-1a')
        .node('n1', { home: 'subnet-0a', primary: 9, further: [9], running: 18 })
        .node('n2', { home: 'subnet-0a', primary: 9, further: [9], running: 3 })
        .hide('subnet-0a', 5)
        .snapshot(),
      want: [{ id: 'SUB001:subnet-0a', severity: 'warning', confidence: 'derived', evidence: { free: 14 } }],
    },
    {
      name: 'the subnet of an ENIConfig is full: another one of the same range takes its place',
      of: custom().subnet('subnet-pa2', '100.64.8.0/24', 'eu-west-1a').hide('subnet-pa', 218).snapshot(customSections),
      want: [
        {
          id: 'SUB001:subnet-pa',
          severity: 'error',
          evidence: { free: 0 },
          anyCommand: [/^kubectl patch eniconfig eu-west-1a --type merge -p '\{"spec":\{"subnet":"subnet-pa2"\}\}'$/m],
        },
      ],
    },
    {
      name: 'the node subnet is full, pods have theirs: nodes of the group are launched elsewhere',
      of: custom()
        .hide('subnet-na', 250)
        .snapshot({ ...customSections, nodegroups: [nodegroup({ subnetIds: ['subnet-na', 'subnet-nb'] })] }),
      want: [
        {
          id: 'SUB001:subnet-na',
          severity: 'error',
          evidence: { free: 0, neededByOneNode: 1 },
          commands: [
            /^aws ec2 create-subnet .*--availability-zone eu-west-1a --cidr-block 10\.0\.16\.0\/20 --region eu-west-1$/,
            /^aws eks describe-nodegroup --cluster-name prod --nodegroup-name workers .* > ng-workers-2\.json$/,
            /^aws ec2 describe-subnets .*Values=10\.0\.16\.0\/20 .* \| grep '\^subnet-' \| xargs '-I\{\}' aws eks create-nodegroup --cli-input-json file:\/\/ng-workers-2\.json --scaling-config \S+ --region eu-west-1 --subnets subnet-nb '\{\}'$/,
            /^aws eks wait nodegroup-active .*--nodegroup-name workers-2 .* && aws eks update-nodegroup-config .*--nodegroup-name workers --scaling-config minSize=1,maxSize=2,desiredSize=2 /,
          ],
        },
      ],
    },
    {
      name: 'another CNI alone, and not one address is left for a node',
      of: ciliumAlone(plain().hide('subnet-0a', 231)),
      want: [
        {
          id: 'SUB001:subnet-0a',
          severity: 'error',
          evidence: { free: 0, neededByOneNode: 1 },
          says: /one more node needs 1/,
        },
      ],
    },
  ],
  quiet: [
    { name: 'plenty of room', of: plain().snapshot() },
    { name: 'another CNI alone: one more node takes its own address', of: ciliumAlone(plain()) },
    {
      name: 'a full subnet that serves nobody here',
      of: plain()
        .subnet('subnet-db', '10.0.9.0/28', 'eu-west-1a')
        .hide('subnet-db', 11)
        .snapshot({
          nodegroups: [nodegroup({ subnetIds: ['subnet-0a', 'subnet-0b'] })],
        }),
    },
  ],
};

const controlPlane = (frees: readonly number[]) => {
  const world = plain();
  const zones = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'];
  for (const [i, free] of frees.entries())
    world.subnet(`subnet-cp${i}`, `10.0.20.${i * 32}/27`, zones[i]!).hide(`subnet-cp${i}`, 27 - free);
  return world;
};
const inCluster = (n: number): GivenSections => ({
  cluster: cluster({ subnetIds: Array.from({ length: n }, (_, i) => `subnet-cp${i}`) }),
});

export const sub004: Case = {
  whole: ['cluster', 'subnets'],
  fires: [
    {
      name: 'only one zone has six addresses: a roomy subnet of the other zone is there',
      of: controlPlane([3, 20]).subnet('subnet-spare', '10.0.30.0/27', 'eu-west-1a').snapshot(inCluster(2)),
      want: [
        {
          id: 'SUB004:prod',
          severity: 'error',
          confidence: 'derived',
          evidence: { zonesWithRoom: 1 },
          commands: [
            /^aws eks update-cluster-config --name prod --resources-vpc-config subnetIds=subnet-spare,subnet-cp1 --region eu-west-1$/,
          ],
        },
      ],
    },
    {
      name: 'no other subnet: a small one is made and found again by its range',
      of: controlPlane([3, 4]).snapshot({ ...inCluster(2), instances: [], nodes: [], ...onlyControlPlane([3, 4]) }),
      want: [
        {
          id: 'SUB004:prod',
          severity: 'error',
          commands: [
            /create-subnet .*eu-west-1a --cidr-block 10\.0\.0\.0\/27 /,
            /create-subnet .*eu-west-1b --cidr-block 10\.0\.0\.32\/27 /,
            /describe-subnets .*Values=10\.0\.0\.0\/27,10\.0\.0\.32\/27.* \| tr '\\t' ',' \| grep '\^subnet-' \| xargs '-I\{\}' aws eks update-cluster-config .*'subnetIds=\{\}'/,
          ],
        },
      ],
    },
    {
      name: 'one tight subnet out of three is a warning',
      of: controlPlane([20, 20, 9]).snapshot(inCluster(3)),
      want: [{ id: 'SUB004:prod', severity: 'warning' }],
    },
    {
      name: 'EKS reports it',
      of: controlPlane([20, 20]).snapshot({
        cluster: cluster({
          subnetIds: ['subnet-cp0', 'subnet-cp1'],
          health: [{ code: 'SECURITY_GROUP_NOT_FOUND', message: 'gone', resourceIds: [] }],
        }),
      }),
      want: [
        {
          id: 'SUB004/health:prod',
          severity: 'error',
          confidence: 'observed',
          says: /SECURITY_GROUP_NOT_FOUND/,
          commands: [/^aws eks describe-cluster /],
        },
      ],
    },
    ...['InsufficientFreeAddresses', 'IP_NOT_AVAILABLE'].map((code) => ({
      name: `EKS reports ${code}, which the subnets show as well: told once`,
      of: controlPlane([3, 20]).snapshot({
        cluster: cluster({
          subnetIds: ['subnet-cp0', 'subnet-cp1'],
          health: [{ code, message: 'no room', resourceIds: ['subnet-cp0'] }],
        }),
      }),
      want: [
        {
          id: 'SUB004/health:prod',
          severity: 'error' as const,
          confidence: 'observed' as const,
          says: new RegExp(`${code} .*subnet-cp0 \\(eu-west-1a\\) 3 free`),
          anyCommand: [/update-cluster-config/],
        },
      ],
    })),
    {
      name: 'a key of the cluster is gone and its subnets are short: two things',
      of: controlPlane([3, 20]).snapshot({
        cluster: cluster({
          subnetIds: ['subnet-cp0', 'subnet-cp1'],
          health: [{ code: 'KmsKeyNotFound', message: 'gone', resourceIds: [] }],
        }),
      }),
      want: [
        { id: 'SUB004/health:prod', severity: 'error', says: /KmsKeyNotFound/ },
        { id: 'SUB004:prod', severity: 'error' },
      ],
    },
  ],
  quiet: [{ name: 'three roomy subnets', of: controlPlane([20, 20, 20]).snapshot(inCluster(3)) }],
  notApplicable: [
    { name: 'a local cluster', of: controlPlane([0, 0]).snapshot({ cluster: cluster({ outpost: true }) }) },
  ],
};

function onlyControlPlane(frees: readonly number[]): GivenSections {
  const world = new World();
  for (const [i, free] of frees.entries())
    world
      .subnet(`subnet-cp${i}`, `10.0.20.${i * 32}/27`, ['eu-west-1a', 'eu-west-1b'][i]!)
      .hide(`subnet-cp${i}`, 27 - free);
  const { subnets } = world.sections();
  return { subnets, networkInterfaces: [], pods: [], events: [], nodegroups: [] };
}

/** 160 addresses of an endpoint service in the nodes' subnet. */
const crowded = () =>
  plain().foreign('eni-lambda', 'subnet-0a', 160, { type: 'lambda', origin: { kind: 'lambda' }, status: 'in-use' });

export const sub005: Case = {
  fires: [
    {
      name: 'Lambda holds most of it',
      of: crowded().snapshot(),
      want: [
        {
          id: 'SUB005:subnet-0a',
          severity: 'info',
          confidence: 'observed',
          evidence: { foreign: 160, ours: 20, total: 251 },
        },
      ],
    },
    {
      name: 'services that only a description tells are named, each for itself',
      of: plain()
        .foreign('eni-emr', 'subnet-0a', 90, { origin: { kind: 'emr' }, requesterManaged: true, status: 'in-use' })
        .foreign('eni-apigw', 'subnet-0a', 50, {
          type: 'api_gateway_managed',
          origin: { kind: 'api-gateway' },
          status: 'in-use',
        })
        .snapshot(),
      want: [{ id: 'SUB005:subnet-0a', severity: 'info', says: /largest: EMR 90,? (?:and )?API Gateway 50/ }],
    },
    {
      name: 'and the next node finds no room',
      of: crowded().hide('subnet-0a', 66).snapshot(),
      want: [{ id: 'SUB005:subnet-0a', severity: 'warning', anyCommand: [/create-subnet/] }],
    },
  ],
  quiet: [{ name: 'the cluster has it to itself', of: plain().snapshot() }],
};

/** Five nodes that hold 18 addresses for one pod each. */
function idle(): World {
  const world = new World().subnet('subnet-0a', '10.0.0.0/23', 'eu-west-1a');
  for (let i = 0; i < 8; i++) world.node(`n${i}`, { home: 'subnet-0a', primary: 9, further: [9], running: 1 });
  return world;
}

function idlePrefixes(): World {
  const world = new World().subnet('subnet-0a', '10.0.0.0/23', 'eu-west-1a');
  for (let i = 0; i < 5; i++)
    world.node(`n${i}`, { home: 'subnet-0a', primary: 2, prefixes: true, running: 5, maxPods: 110 });
  return world;
}

export const sub006: Case = {
  fires: [
    {
      name: '136 of 144 addresses idle, managed add-on with a configuration of its own',
      of: idle().snapshot({ addons: [addon({ configuration: { env: { ENABLE_POD_ENI: 'false' }, init: { x: 1 } } })] }),
      want: [
        {
          id: 'SUB006:prod',
          severity: 'warning',
          evidence: { held: 144, used: 8, idle: 136, nodes: 8 },
          commands: [
            /^aws eks update-addon --cluster-name prod --addon-name vpc-cni --resolve-conflicts PRESERVE --configuration-values='\{"env":\{"ENABLE_POD_ENI":"false","MINIMUM_IP_TARGET":"3","WARM_IP_TARGET":"2"\},"init":\{"x":1\}\}' --region eu-west-1$/,
          ],
        },
      ],
    },
    {
      name: 'one spare prefix a node is what prefix mode keeps: only information',
      of: idlePrefixes().snapshot({ env: { ENABLE_PREFIX_DELEGATION: 'true' } }),
      want: [{ id: 'SUB006:prod', severity: 'info', evidence: { held: 160, used: 25 } }],
    },
    {
      name: 'three spare prefixes are not',
      of: idlePrefixes().snapshot({ env: { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '3' } }),
      want: [{ id: 'SUB006:prod', severity: 'warning', says: /WARM_PREFIX_TARGET=3/ }],
    },
    {
      name: 'an error where the subnet that holds them is empty',
      of: idle().hide('subnet-0a', 345).snapshot(),
      want: [{ id: 'SUB006:prod', severity: 'error' }],
    },
  ],
  quiet: [
    { name: 'most are in use', of: plain().snapshot() },
    {
      name: 'few nodes: under 64 idle addresses',
      of: new World()
        .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
        .node('n1', { home: 'subnet-0a', primary: 9, further: [9], running: 1 })
        .snapshot(),
    },
  ],
};

const reserved = (cidr: string, type: 'explicit' | 'prefix'): GivenSections => ({
  cidrReservations: {
    subnetIds: ['subnet-0a', 'subnet-0b'],
    reservations: [{ reservationId: 'scr-0a1', subnetId: 'subnet-0a', cidr, type }],
  },
});

export const sub009: Case = {
  whole: ['subnets', 'networkInterfaces'],
  fires: [
    {
      name: 'a prefix reservation over most of a subnet of single addresses',
      of: plain().hide('subnet-0a', 225).snapshot(reserved('10.0.0.0/25', 'prefix')),
      want: [
        {
          id: 'SUB009:subnet-0a',
          severity: 'error',
          commands: [
            /^aws ec2 delete-subnet-cidr-reservation --subnet-cidr-reservation-id scr-0a1 --region eu-west-1$/,
          ],
        },
      ],
    },
  ],
  quiet: [
    { name: 'no reservation', of: plain().snapshot() },
    { name: 'a small explicit one leaves plenty', of: plain().snapshot(reserved('10.0.0.224/28', 'explicit')) },
    {
      name: 'a prefix reservation in prefix mode serves pods',
      of: custom().snapshot({
        ...customSections,
        cidrReservations: {
          subnetIds: ['subnet-pa'],
          reservations: [{ reservationId: 'scr-0a1', subnetId: 'subnet-pa', cidr: '100.64.0.128/25', type: 'prefix' }],
        },
      }),
    },
  ],
};

export const sub010: Case = {
  blindWithout: ['cidrReservations'],
  whole: ['subnets', 'networkInterfaces'],
  fires: [
    {
      name: '30 addresses on interfaces nobody here can see',
      of: plain().hide('subnet-0a', 30).snapshot(),
      want: [{ id: 'SUB010:subnet-0a', severity: 'info', evidence: { invisible: 30, ownerAccount: null } }],
    },
    {
      name: 'the subnet belongs to another account',
      of: plain()
        .subnet('subnet-0c', '10.0.2.0/24', 'eu-west-1c', { ownerId: '999900001111' })
        .node('n3', { home: 'subnet-0c', primary: 9, running: 4 })
        .snapshot(),
      want: [{ id: 'SUB010:subnet-0c', severity: 'info', evidence: { ownerAccount: '999900001111' } }],
    },
  ],
  quiet: [
    { name: 'all accounted for', of: plain().snapshot() },
    { name: 'a lag of two addresses', of: plain().hide('subnet-0a', 2).snapshot() },
  ],
};
