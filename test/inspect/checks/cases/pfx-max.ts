import { addon, cni, nodegroup, pod } from '../../../support/snapshot-builder.ts';
import { World } from '../world.ts';
import type { Case } from './case.ts';
import { CUSTOM, custom, customSections, plain, TWO_RANGES } from './worlds.ts';

/** Single addresses of Lambda, one in every block that is left. */
const spoilt = (addresses: number) =>
  custom().foreign(
    'eni-lambda',
    'subnet-pa',
    addresses,
    { type: 'lambda', origin: { kind: 'lambda' }, status: 'in-use' },
    16,
  );

export const pfx001: Case = {
  blindWithout: ['cni', 'eniConfigs'],
  fires: [
    {
      name: 'no block left and a pod waits; a fresh subnet lies in the same range',
      of: spoilt(13).subnet('subnet-pa2', '100.64.8.0/24', 'eu-west-1a').waiting('late', 'a1').snapshot(customSections),
      want: [
        {
          id: 'PFX001:subnet-pa',
          severity: 'error',
          confidence: 'observed',
          waiting: ['shop/late'],
          evidence: { freeBlocks: 0, prefixes: 2, usableBlocks: 14, nodes: 1, waitingPods: 1 },
          commands: [/^kubectl patch eniconfig eu-west-1a .*subnet-pa2/],
        },
      ],
    },
    {
      name: 'nothing waits yet; a new subnet is made beside the old one',
      of: spoilt(13).snapshot(customSections),
      want: [
        {
          id: 'PFX001:subnet-pa',
          severity: 'error',
          confidence: 'derived',
          waiting: [],
          commands: [
            /^aws ec2 create-subnet --vpc-id vpc-\w+ --availability-zone eu-west-1a --cidr-block 100\.64\.16\.0\/20 --region eu-west-1$/,
            /^aws ec2 describe-subnets .*Name=cidr-block,Values=100\.64\.16\.0\/20 .* \| grep '\^subnet-' \| xargs '-I\{\}' kubectl patch eniconfig eu-west-1a --type merge -p '\{"spec":\{"subnet":"\{\}"\}\}'$/,
          ],
        },
      ],
    },
  ],
  quiet: [
    { name: 'blocks are left', of: custom().snapshot(customSections) },
    {
      name: 'without single addresses either it is SUB001',
      of: spoilt(13).hide('subnet-pa', 196).snapshot(customSections),
    },
    {
      name: 'a prefix reservation holds one',
      of: spoilt(12).snapshot({
        ...customSections,
        cidrReservations: {
          subnetIds: ['subnet-pa'],
          reservations: [{ reservationId: 'scr-1', subnetId: 'subnet-pa', cidr: '100.64.0.192/28', type: 'prefix' }],
        },
      }),
    },
  ],
};

/** One free block, and three more nodes of this kind. */
const nearly = () => {
  const world = custom();
  for (let i = 2; i < 5; i++)
    world.node(`a${i}`, {
      home: 'subnet-na',
      pods: 'subnet-pa',
      further: [1],
      prefixes: true,
      maxPods: 110,
      running: 5,
    });
  return world.foreign(
    'eni-lambda',
    'subnet-pa',
    9,
    { type: 'lambda', origin: { kind: 'lambda' }, status: 'in-use' },
    16,
  );
};

export const pfx002: Case = {
  blindWithout: ['cni', 'eniConfigs'],
  fires: [
    {
      name: 'more than half broken up and fewer blocks than nodes: what is whole is reserved',
      of: nearly().snapshot(customSections),
      want: [
        {
          id: 'PFX002:subnet-pa',
          severity: 'warning',
          evidence: { brokenBlocks: 8, usableBlocks: 14, neededByOneNode: 1, nodes: 4 },
          commands: [
            /^aws ec2 create-subnet-cidr-reservation --subnet-id subnet-pa --reservation-type prefix --cidr 100\.64\.0\.\d+\/2\d --region eu-west-1$/,
          ],
        },
      ],
    },
    {
      name: 'a reservation covers the next node: only information',
      of: nearly().snapshot({
        ...customSections,
        cidrReservations: {
          subnetIds: ['subnet-pa'],
          reservations: [{ reservationId: 'scr-1', subnetId: 'subnet-pa', cidr: '100.64.0.128/25', type: 'prefix' }],
        },
      }),
      want: [{ id: 'PFX002:subnet-pa', severity: 'info' }],
    },
  ],
  quiet: [
    { name: 'mostly whole', of: custom().snapshot(customSections) },
    { name: 'none left is PFX001', of: spoilt(13).snapshot(customSections) },
  ],
};

/** m5.large under custom networking addresses 18 pods on single addresses; the AMI still says 29. */
const overcommitted = (running: number, waiting = 0) =>
  new World()
    .subnet('subnet-na', '10.0.0.0/24', 'eu-west-1a')
    .subnet('subnet-pa', '100.64.0.0/24', 'eu-west-1a')
    .node('a1', { home: 'subnet-na', pods: 'subnet-pa', further: [9, 9], running, waiting });
const customSingle = { ...customSections, env: CUSTOM, eniConfigs: customSections.eniConfigs.slice(0, 1) };

/** m5.large with a trunk: 18 addresses, kubelet's 29. */
const plainTrunk = () =>
  new World()
    .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
    .node('n1', { home: 'subnet-0a', primary: 9, further: [9], running: 4, maxPods: 29 });

export const max001: Case = {
  fires: [
    {
      name: 'custom networking takes the primary ENI; the node is not full',
      of: overcommitted(5).snapshot(customSingle),
      want: [
        {
          id: 'MAX001/custom:managed/workers/m5.large',
          severity: 'warning',
          confidence: 'derived',
          evidence: { maxPods: 29, podIps: 18, overBy: 9, custom: 1, trunk: 0, recommendedMaxPods: 20, fullNodes: 0 },
          commands: [
            /^aws eks update-nodegroup-version --cluster-name prod --nodegroup-name workers --region eu-west-1$/,
          ],
        },
      ],
    },
    {
      name: 'full, and two pods wait: they can go elsewhere at once',
      of: overcommitted(18, 2).snapshot(customSingle),
      want: [
        {
          id: 'MAX001/custom:managed/workers/m5.large',
          severity: 'error',
          confidence: 'observed',
          waiting: ['shop/wait-a1-0', 'shop/wait-a1-1'],
          commands: [/^kubectl cordon a1$/, /^kubectl -n shop delete pod --wait=false wait-a1-0 wait-a1-1$/],
        },
      ],
    },
    {
      name: 'the subnet of the primary ENI is tagged against pods',
      of: new World()
        .subnet('subnet-na', '10.0.0.0/24', 'eu-west-1a', { tags: { 'kubernetes.io/role/cni': '0' } })
        .subnet('subnet-pa', '10.0.4.0/24', 'eu-west-1a', { tags: { 'kubernetes.io/role/cni': '1' } })
        .node('a1', { home: 'subnet-na', pods: 'subnet-pa', further: [9, 9], running: 5 })
        .snapshot(),
      want: [
        {
          id: 'MAX001/excluded:managed/workers/m5.large',
          severity: 'warning',
          evidence: { maxPods: 29, podIps: 18, custom: 1, excluded: 0 },
        },
      ],
    },
    {
      name: 'a launch template with a number of its own: it gets a version with the right one, and the group rolls',
      of: overcommitted(5).snapshot({
        ...customSingle,
        nodegroups: [nodegroup({ launchTemplate: { id: 'lt-1', version: '3' } })],
        launchTemplates: [{ id: 'lt-1', version: 3, maxPods: 29 }],
      }),
      want: [
        {
          id: 'MAX001/custom:managed/workers/m5.large',
          severity: 'warning',
          commands: [
            /^aws ec2 describe-launch-template-versions --launch-template-id lt-1 --versions 3 .*> lt-1-v3.before$/,
            /^sed -E .*29.*20.* < lt-1-v3.before > lt-1-v3.after$/,
            /diff -u lt-1-v3.before lt-1-v3.after/,
            /> lt-1-v3.json$/,
            /^cmp -s lt-1-v3.before lt-1-v3.after \|\| aws ec2 create-launch-template-version .*\| xargs '-I\{\}' aws eks update-nodegroup-version --cluster-name prod --nodegroup-name workers --launch-template='id=lt-1,version=\{\}' --region eu-west-1$/,
          ],
        },
      ],
    },
    {
      name: 'EKS would write 29 again, since it sees no trunk: no roll, but a template',
      of: plainTrunk().snapshot({
        env: { ENABLE_POD_ENI: 'true' },
        nodegroups: [nodegroup({ instanceTypes: ['m5.large'] })],
      }),
      want: [
        {
          id: 'MAX001/trunk:managed/workers/m5.large',
          severity: 'warning',
          evidence: { maxPods: 29, podIps: 18, overBy: 9, recommendedMaxPods: 20 },
          commands: [],
        },
      ],
    },
    {
      name: 'and a group of AL2023 without one gives way to a group with one',
      of: plainTrunk().snapshot({
        env: { ENABLE_POD_ENI: 'true' },
        nodegroups: [
          nodegroup({ instanceTypes: ['m5.large'], amiType: 'AL2023_x86_64_STANDARD', subnetIds: ['subnet-0a'] }),
        ],
      }),
      want: [
        {
          id: 'MAX001/trunk:managed/workers/m5.large',
          severity: 'warning',
          commands: [
            /^aws eks describe-nodegroup .*--nodegroup-name workers .*diskSize && .*UserData:.* \| sed -e '\/: null,\$\/d' > lt-workers-2.json$/,
            /^aws eks describe-nodegroup (?!.*(?:diskSize|remoteAccess|launchTemplate)).*nodegroupName:.*workers-2.* > ng-workers-2.json$/,
            /^aws ec2 create-launch-template --launch-template-name prod-workers-2 --launch-template-data file:\/\/lt-workers-2.json .*\| xargs '-I\{\}' aws eks create-nodegroup --cli-input-json file:\/\/ng-workers-2.json --launch-template='id=\{\},version=1' --region eu-west-1$/,
            /^aws eks wait nodegroup-active .* workers-2 .* && kubectl cordon -l eks.amazonaws.com\/nodegroup=workers && kubectl drain -l eks.amazonaws.com\/nodegroup=workers .* && aws eks delete-nodegroup .* workers .* && aws eks wait nodegroup-deleted /,
          ],
        },
      ],
    },
    {
      name: 'and a template without user data gets a version with some',
      of: plainTrunk().snapshot({
        env: { ENABLE_POD_ENI: 'true' },
        nodegroups: [
          nodegroup({
            ...{ instanceTypes: ['m5.large'], amiType: 'BOTTLEROCKET_x86_64' },
            launchTemplate: { id: 'lt-1', version: '3' },
          }),
        ],
        launchTemplates: [{ id: 'lt-1', version: 3, userData: false }],
      }),
      want: [
        {
          id: 'MAX001/trunk:managed/workers/m5.large',
          severity: 'warning',
          commands: [
            /^aws ec2 create-launch-template-version --launch-template-id lt-1 --source-version 3 --launch-template-data='\{"UserData":"W3NldHRpbmdzLmt1YmVybmV0ZXNdCm1heC1wb2RzID0gMjAK"\}' .*\| xargs '-I\{\}' aws eks update-nodegroup-version .*--nodegroup-name workers --launch-template='id=lt-1,version=\{\}' --region eu-west-1$/,
          ],
        },
      ],
    },
    {
      name: 'but user data of its own is not touched: it is told what to write',
      of: plainTrunk().snapshot({
        env: { ENABLE_POD_ENI: 'true' },
        nodegroups: [
          nodegroup({
            ...{ instanceTypes: ['m5.large'], amiType: 'AL2023_x86_64_STANDARD' },
            launchTemplate: { id: 'lt-1', version: '3' },
          }),
        ],
        launchTemplates: [{ id: 'lt-1', version: 3, userData: true }],
      }),
      want: [{ id: 'MAX001/trunk:managed/workers/m5.large', severity: 'warning', commands: [] }],
    },
    {
      name: 'an old aws-node keeps a trunk slot on a type without: the release that does not',
      of: new World()
        .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
        .node('n1', { type: 't3.large', home: 'subnet-0a', primary: 11, running: 3, maxPods: 35 })
        .snapshot({
          cni: cni({ env: { ENABLE_POD_ENI: 'true' }, version: 'v1.19.0-eksbuild.1' }),
          addons: [addon({ version: 'v1.19.0-eksbuild.1' })],
          addonVersions: {
            addon: 'vpc-cni',
            kubernetesVersion: '1.34',
            versions: [{ version: 'v1.20.4-eksbuild.2', default: true }],
          },
          nodegroups: [nodegroup({ instanceTypes: ['t3.large'] })],
        }),
      want: [
        {
          id: 'MAX001/trunk:managed/workers/t3.large',
          severity: 'warning',
          evidence: { recommendedMaxPods: 24 },
          commands: [/^aws eks update-addon .*--addon-version v1\.20\.4-eksbuild\.2 --resolve-conflicts PRESERVE/],
        },
      ],
    },
    {
      name: 'an image of its own that says nothing: it is told what to write, and nodes are replaced one by one',
      of: overcommitted(5).snapshot({ ...customSingle, nodegroups: [nodegroup({ amiType: 'CUSTOM' })] }),
      want: [
        {
          id: 'MAX001/custom:managed/workers/m5.large',
          severity: 'warning',
          commands: [
            /^kubectl drain a1 .* && aws autoscaling terminate-instance-in-auto-scaling-group --instance-id i-a1 /,
          ],
        },
      ],
    },
    {
      name: 'a self-managed group with a launch template',
      of: new World()
        .subnet('subnet-na', '10.0.0.0/24', 'eu-west-1a')
        .subnet('subnet-pa', '100.64.0.0/24', 'eu-west-1a')
        .node('s1', {
          home: 'subnet-na',
          pods: 'subnet-pa',
          further: [9],
          running: 3,
          node: { labels: {} },
        })
        .snapshot({
          ...customSingle,
          nodegroups: [],
          launchTemplates: [{ id: 'lt-2', version: 7, maxPods: 29 }],
          autoScalingGroups: [
            {
              name: 'batch',
              minSize: 1,
              maxSize: 3,
              desiredCapacity: 1,
              subnetIds: ['subnet-na'],
              instanceIds: ['i-s1'],
              launchTemplate: { id: 'lt-2', version: '7' },
              tags: {},
            },
          ],
        }),
      want: [
        {
          id: 'MAX001/custom:self-managed/m5.large',
          severity: 'warning',
          commands: [
            /lt-2-v7.before$/,
            /lt-2-v7.after$/,
            /diff -u/,
            /lt-2-v7.json$/,
            /\| xargs '-I\{\}' aws autoscaling update-auto-scaling-group --auto-scaling-group-name batch --launch-template='LaunchTemplateId=lt-2,Version=\{\}' --region eu-west-1$/,
            /^aws autoscaling start-instance-refresh --auto-scaling-group-name batch --preferences MinHealthyPercentage=90,/,
          ],
        },
      ],
    },
    {
      name: 'Karpenter',
      of: new World()
        .subnet('subnet-na', '10.0.0.0/24', 'eu-west-1a')
        .subnet('subnet-pa', '100.64.0.0/24', 'eu-west-1a')
        .node('k1', {
          home: 'subnet-na',
          pods: 'subnet-pa',
          further: [9],
          running: 3,
          node: { labels: { 'karpenter.sh/nodepool': 'default' } },
        })
        .snapshot({
          ...customSingle,
          nodePools: [
            { name: 'default', nodeClass: { kind: 'EC2NodeClass', name: 'al2023' }, limits: {}, requirements: [] },
          ],
        }),
      want: [
        {
          id: 'MAX001/custom:karpenter/default/m5.large',
          severity: 'warning',
          commands: [/^kubectl patch ec2nodeclass al2023 --type merge -p '\{"spec":\{"kubelet":\{"maxPods":20\}\}\}'$/],
        },
      ],
    },
    {
      name: 'a trunk takes an ENI',
      of: plain().snapshot({ env: { ENABLE_POD_ENI: 'true' } }),
      want: [{ id: 'MAX001/trunk:managed/workers/m5.large', severity: 'warning', evidence: { podIps: 18, trunk: 1 } }],
    },
    {
      name: 'prefixes on a type that has none',
      of: new World()
        .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
        .node('old', { type: 'm4.large', maxPods: 110, home: 'subnet-0a', primary: 9, running: 5 })
        .snapshot({ env: { ENABLE_PREFIX_DELEGATION: 'true' } }),
      want: [
        { id: 'MAX001/nonnitro:managed/workers/m4.large', severity: 'warning', evidence: { podIps: 18, maxPods: 110 } },
      ],
    },
    {
      name: 'MAX_ENI holds every node at one ENI of three',
      of: new World()
        .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
        .node('n1', { home: 'subnet-0a', primary: 9, running: 5 })
        .snapshot({ env: { MAX_ENI: '1' } }),
      want: [
        {
          id: 'MAX001/static:managed/workers/m5.large',
          severity: 'warning',
          evidence: { enis: 1, enisOfType: 3, podIps: 9, overBy: 18 },
          says: /1 of 3 ENIs by MAX_ENI/,
          commands: [/set env ds\/aws-node -c aws-node MAX_ENI-$/],
        },
      ],
    },
    {
      name: 'every slot is filled, four addresses rest from pods that ended, and pods get none',
      of: new World()
        .subnet('subnet-0a', '10.0.0.0/22', 'eu-west-1a')
        .node('n1', { home: 'subnet-0a', primary: 9, further: [9, 9], running: 23, waiting: 3 })
        .snapshot(),
      want: [
        {
          id: 'MAX001/churn:managed/workers/m5.large',
          severity: 'error',
          waiting: ['shop/wait-n1-0', 'shop/wait-n1-1', 'shop/wait-n1-2'],
          evidence: { podIps: 27, resting: 4, overBy: 0, recommendedMaxPods: 25 },
        },
      ],
    },
  ],
  quiet: [
    {
      name: 'every slot is filled and half of the addresses are idle: no churn explains that',
      of: new World()
        .subnet('subnet-0a', '10.0.0.0/22', 'eu-west-1a')
        .node('n1', { home: 'subnet-0a', primary: 9, further: [9, 9], running: 12, waiting: 1 })
        .snapshot(),
    },
    { name: 'the AMI default fits single addresses', of: plain().snapshot() },
    {
      name: 'a node of two minutes',
      of: new World()
        .subnet('subnet-na', '10.0.0.0/24', 'eu-west-1a')
        .subnet('subnet-pa', '100.64.0.0/24', 'eu-west-1a')
        .node('a1', { home: 'subnet-na', pods: 'subnet-pa', further: [9], running: 5, ageSeconds: 120 })
        .snapshot(customSingle),
    },
  ],
};

const lowered = (labels?: Readonly<Record<string, string>>) =>
  new World()
    .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
    .node('n1', { home: 'subnet-0a', primary: 2, prefixes: true, running: 20, maxPods: 29, node: { labels } })
    .node('n2', { home: 'subnet-0a', primary: 2, prefixes: true, running: 20, maxPods: 29, node: { labels } });
const PREFIX = { ENABLE_PREFIX_DELEGATION: 'true' };
const small = (type: string, maxPods: number, labels?: Readonly<Record<string, string>>) =>
  new World()
    .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
    .node('n1', { type, home: 'subnet-0a', primary: 1, prefixes: true, running: 2, maxPods, node: { labels } });

export const max002: Case = {
  fires: [
    {
      name: 'prefixes are on and kubelet still says 29',
      of: lowered().snapshot({ env: PREFIX }),
      want: [
        {
          id: 'MAX002:managed/workers/m5.large',
          severity: 'warning',
          evidence: { maxPods: 29, possible: 110, nodes: 2, pods: 44, nodesEnough: 1 },
          commands: [/^aws eks update-nodegroup-version /],
        },
      ],
    },
    {
      name: 'a group of two types has the number of the smaller one, which wastes more on the larger',
      of: new World()
        .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
        .node('n1', { type: 't3.medium', home: 'subnet-0a', running: 3, maxPods: 17 })
        .node('n2', { type: 'm5.xlarge', home: 'subnet-0a', running: 3, maxPods: 17 })
        .snapshot({ env: PREFIX, nodegroups: [nodegroup({ instanceTypes: ['t3.medium', 'm5.xlarge'] })] }),
      want: ['t3.medium', 'm5.xlarge'].map((type) => ({
        id: `MAX002:managed/workers/${type}`,
        severity: 'warning' as const,
        evidence: { maxPods: 17, possible: 110 },
        commands: [/^aws eks update-nodegroup-version /],
      })),
    },
    {
      name: 'in IPv6 addresses never bind, and kubelet still says 29',
      of: lowered().snapshot({
        env: { ENABLE_IPv4: 'false', ENABLE_IPv6: 'true', ENABLE_PREFIX_DELEGATION: 'true' },
      }),
      want: [{ id: 'MAX002:managed/workers/m5.large', severity: 'warning', evidence: { maxPods: 29, possible: 110 } }],
    },
    {
      name: 'two branch pods beside 20: as many as run there today are added',
      of: (() => {
        const world = plainTrunk();
        world.nodes[0] = { ...world.nodes[0]!, maxPods: 20 };
        world.pods.push(...['p', 'q'].map((name) => pod({ name, node: 'n1', class: 'branch', ip: '10.0.0.200' })));
        return world.snapshot({ env: { ENABLE_POD_ENI: 'true' }, nodegroups: [nodegroup()] });
      })(),
      want: [{ id: 'MAX002:managed/workers/m5.large', severity: 'info', evidence: { maxPods: 20, possible: 22 } }],
    },
    {
      name: 'someone wrote 29 down: only information',
      of: lowered().snapshot({
        env: PREFIX,
        nodegroups: [nodegroup({ launchTemplate: { id: 'lt-1', version: '3' } })],
        launchTemplates: [{ id: 'lt-1', version: 3, maxPods: 29 }],
      }),
      want: [{ id: 'MAX002:managed/workers/m5.large', severity: 'info' }],
    },
    {
      name: 'a node class of Karpenter says 29: only information',
      of: lowered({ 'karpenter.sh/nodepool': 'default' }).snapshot({
        env: PREFIX,
        nodePools: [
          { name: 'default', nodeClass: { kind: 'EC2NodeClass', name: 'al2023' }, limits: {}, requirements: [] },
        ],
        nodeClasses: [{ kind: 'EC2NodeClass', name: 'al2023', maxPods: 29, subnetIds: [], securityGroupIds: [] }],
      }),
      want: [
        {
          id: 'MAX002:karpenter/default/m5.large',
          severity: 'info',
          commands: [/^kubectl patch ec2nodeclass al2023 .*"maxPods":110/],
        },
      ],
    },
    {
      name: '110 pods would have kubelet keep 1465 of 2048 MiB: 38 leave two thirds to the pods',
      of: small('t3.small', 11, { 'karpenter.sh/nodepool': 'default' }).snapshot({
        env: PREFIX,
        nodePools: [
          { name: 'default', nodeClass: { kind: 'EC2NodeClass', name: 'al2023' }, limits: {}, requirements: [] },
        ],
      }),
      want: [
        {
          id: 'MAX002:karpenter/default/t3.small',
          severity: 'warning',
          evidence: { maxPods: 11, possible: 110 },
          commands: [/^kubectl patch ec2nodeclass al2023 .*"maxPods":38\}/],
        },
      ],
    },
    {
      name: 'a managed group whose roll would bring 110 to such a node is not rolled',
      of: small('t3.small', 11).snapshot({ env: PREFIX, nodegroups: [nodegroup({ instanceTypes: ['t3.small'] })] }),
      want: [{ id: 'MAX002:managed/workers/t3.small', severity: 'warning', evidence: { possible: 110 }, commands: [] }],
    },
    {
      name: 'the launch template of a self-managed group says 29: only information',
      of: lowered({}).snapshot({
        env: PREFIX,
        nodegroups: [],
        launchTemplates: [{ id: 'lt-2', version: 7, maxPods: 29 }],
        autoScalingGroups: [
          {
            name: 'batch',
            minSize: 1,
            maxSize: 3,
            desiredCapacity: 2,
            subnetIds: ['subnet-0a'],
            instanceIds: ['i-n1', 'i-n2'],
            launchTemplate: { id: 'lt-2', version: '7' },
            tags: {},
          },
        ],
      }),
      want: [{ id: 'MAX002:self-managed/m5.large', severity: 'info', anyCommand: [/--auto-scaling-group-name batch/] }],
    },
  ],
  quiet: [
    {
      name: 'no memory for more pods than the AMI gives it: 255 of 512 MiB go without any',
      of: small('t3.nano', 4).snapshot({ env: PREFIX, nodegroups: [nodegroup({ instanceTypes: ['t3.nano'] })] }),
    },
    {
      name: 'already 110',
      of: custom().snapshot({ ...customSections, vpc: TWO_RANGES }),
    },
  ],
  notApplicable: [{ name: 'single addresses, no branch ENIs', of: plain().snapshot() }],
};
