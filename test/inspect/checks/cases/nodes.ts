import { cluster, nodegroup, workloads } from '../../../support/snapshot-builder.ts';
import { World } from '../world.ts';
import type { Case } from './case.ts';
import { CUSTOM, customSections, plain } from './worlds.ts';

type Enis = World['enis'];

/** The world with some of its interfaces changed. */
function withEnis(world: World, change: (eni: Enis[number]) => Partial<Enis[number]>): World {
  for (const [i, eni] of world.enis.entries()) world.enis[i] = { ...eni, ...change(eni) };
  return world;
}

/** The second interface of n1 is someone else's. */
const foreign = (tags: Record<string, string>) =>
  withEnis(plain(), (eni) => (eni.eniId === 'eni-n1-1' ? { tags, origin: { kind: 'none' }, secondaryIps: [] } : {}));

export const nod003: Case = {
  fires: [
    {
      name: 'one that aws-node was told to leave alone',
      of: foreign({ 'node.k8s.amazonaws.com/no_manage': 'true' }).snapshot(),
      want: [
        {
          id: 'NOD003/unmanaged:nodes',
          severity: 'info',
          evidence: { enis: [{ eniId: 'eni-n1-1', node: 'n1', deviceIndex: 1 }], nodes: 1, adopted: false },
        },
      ],
    },
    {
      name: 'nobody tagged it, and Multus runs',
      of: foreign({}).snapshot({
        workloads: workloads({
          daemonSets: [
            { namespace: 'kube-system', name: 'kube-multus-ds', hostNetwork: true, desired: 2, ready: 2, images: [] },
          ],
        }),
      }),
      want: [
        {
          id: 'NOD003/adopted:nodes',
          severity: 'warning',
          evidence: { adopted: true, attachers: ['kube-system/kube-multus-ds'] },
          commands: [
            /^aws ec2 create-tags --resources eni-n1-1 --tags '?Key=node\.k8s\.amazonaws\.com\/no_manage,Value=true'? --region eu-west-1$/,
          ],
        },
      ],
    },
    {
      name: 'nobody tagged it, and nothing that attaches interfaces runs',
      of: foreign({ 'node.k8s.amazonaws.com/no_manage': 'false' }).snapshot(),
      want: [{ id: 'NOD003/adopted:nodes', severity: 'info' }],
    },
  ],
  quiet: [{ name: "all are aws-node's", of: plain().snapshot() }],
};

const kept = (eniId: string) =>
  withEnis(plain(), (eni) =>
    eni.eniId === eniId && eni.attachment ? { attachment: { ...eni.attachment, deleteOnTermination: false } } : {},
  );

export const nod004: Case = {
  fires: [
    {
      name: 'a launch template asks for it',
      of: kept('eni-n1-0').snapshot({
        launchTemplates: [{ id: 'lt-1', version: 3, primaryDeleteOnTermination: false }],
      }),
      want: [
        {
          id: 'NOD004:managed/workers',
          severity: 'warning',
          confidence: 'observed',
          evidence: { nodes: 1, enis: ['eni-n1-0'], templates: ['lt-1'] },
          commands: [
            /^aws ec2 describe-network-interfaces --network-interface-ids eni-n1-0 --query='NetworkInterfaces\[0\]\.Attachment\.AttachmentId' --output text --region eu-west-1 \| grep '\^eni-attach-' \| xargs '-I\{\}' aws ec2 modify-network-interface-attribute --network-interface-id eni-n1-0 --attachment='AttachmentId=\{\},DeleteOnTermination=true' --region eu-west-1$/,
          ],
        },
      ],
    },
  ],
  quiet: [
    { name: 'all go with their instance', of: plain().snapshot() },
    { name: 'a further one stays: aws-node deletes it itself', of: kept('eni-n1-1').snapshot() },
  ],
};

const metadata = (endpoint: string, ready: 'True' | 'False' = 'True') => {
  const world = plain();
  const off = { endpoint, tokens: 'optional', hopLimit: 1 };
  const on = { endpoint: 'enabled', tokens: 'required', hopLimit: 1 };
  for (const [i, at] of world.instances.entries()) world.instances[i] = { ...at, metadata: i === 0 ? off : on };
  world.nodes[0] = { ...world.nodes[0]!, ready };
  return world;
};

export const nod005: Case = {
  fires: [
    {
      name: 'off, and the node is not ready',
      of: metadata('disabled', 'False').snapshot(),
      want: [
        {
          id: 'NOD005:nodes',
          severity: 'error',
          confidence: 'observed',
          evidence: { instances: [{ instanceId: 'i-n1', node: 'n1', tokens: 'optional', hopLimit: 1 }], notReady: 1 },
          commands: [
            /^aws ec2 modify-instance-metadata-options --instance-id i-n1 --http-endpoint enabled --http-tokens required --region eu-west-1$/,
          ],
        },
      ],
    },
    {
      name: 'off, and aws-node still runs from before',
      of: metadata('disabled').snapshot(),
      want: [{ id: 'NOD005:nodes', severity: 'error', confidence: 'derived' }],
    },
  ],
  quiet: [{ name: 'on with a hop limit of one and no tokens needed', of: metadata('enabled').snapshot() }],
};

const oldType = (type: string, held: number) =>
  new World()
    .subnet('subnet-0a', '10.0.0.0/22', 'eu-west-1a')
    .node('n1', { type, home: 'subnet-0a', maxPods: 110, primary: held, running: 3 });

export const nod008: Case = {
  fires: [
    {
      name: '32 addresses, the primary one counted',
      of: oldType('i3.16xlarge', 31).snapshot(),
      want: [
        {
          id: 'NOD008:nodes',
          severity: 'info',
          evidence: { nodes: ['n1'], instanceTypes: ['i3.16xlarge'], enis: [{ eniId: 'eni-n1-0', addresses: 32 }] },
          commands: [/ MINIMUM_IP_TARGET=30 WARM_IP_TARGET=1$/],
        },
      ],
    },
  ],
  quiet: [
    { name: '31 addresses', of: oldType('i3.16xlarge', 30).snapshot() },
    { name: 'a smaller size is not on the list', of: oldType('i3.8xlarge', 29).snapshot() },
    { name: 'nor is a newer type', of: oldType('m5.16xlarge', 40).snapshot() },
  ],
};

/** m5.large nodes of one group with these numbers. */
const group = (values: readonly number[], ageSeconds?: number) => {
  const world = new World().subnet('subnet-0a', '10.0.0.0/23', 'eu-west-1a');
  for (const [i, maxPods] of values.entries())
    world.node(`n${i}`, {
      home: 'subnet-0a',
      primary: 9,
      running: 4,
      maxPods,
      ...(i === 0 && ageSeconds ? { ageSeconds } : {}),
    });
  return world;
};

/** An m5.large node and one of another type, of one group. */
const sizes = (type: string, maxPods: number, node?: { readonly labels: Readonly<Record<string, string>> }) =>
  new World()
    .subnet('subnet-0a', '10.0.0.0/22', 'eu-west-1a')
    .node('n1', { home: 'subnet-0a', primary: 9, running: 4, ...(node ? { node } : {}) })
    .node('n2', { type, home: 'subnet-0a', primary: 14, running: 4, maxPods, ...(node ? { node } : {}) });

/** Two nodes of an Auto Scaling group, launched by versions 7 and 8 of its template. */
const ofTemplates = () => {
  const world = new World().subnet('subnet-0a', '10.0.0.0/22', 'eu-west-1a');
  for (const [i, maxPods] of [20, 29].entries())
    world.node(`n${i}`, { home: 'subnet-0a', primary: 9, running: 4, maxPods, node: { labels: {} } });
  for (const [i, at] of world.instances.entries())
    world.instances[i] = {
      ...at,
      tags: { 'aws:autoscaling:groupName': 'batch', 'aws:ec2launchtemplate:version': String(7 + i) },
    };
  return world;
};

export const max003: Case = {
  blindWithout: ['nodegroups'],
  fires: [
    {
      name: 'two numbers in one group',
      of: group([29, 20, 29]).snapshot(),
      want: [
        {
          id: 'MAX003:managed/workers/m5.large',
          severity: 'warning',
          confidence: 'observed',
          evidence: {
            nodes: 3,
            values: [
              { maxPods: 20, nodes: 1, osImages: ['Amazon Linux 2023'] },
              { maxPods: 29, nodes: 2 },
            ],
          },
          says: /20 on 1 node and 29 on 2 nodes$/,
          commands: [
            /^aws eks update-nodegroup-version --cluster-name prod --nodegroup-name workers --region eu-west-1$/,
          ],
        },
      ],
    },
    {
      name: 'the smallest type sets the number of a larger one',
      of: sizes('m5.4xlarge', 29).snapshot({
        nodegroups: [nodegroup({ instanceTypes: ['m5.large', 'm5.4xlarge'] })],
      }),
      want: [
        {
          id: 'MAX003/types:managed/workers',
          severity: 'warning',
          evidence: {
            managed: true,
            nodes: 2,
            values: [],
            types: [
              { instanceType: 'm5.large', nodes: 1, maxPods: [29], fitting: 29 },
              { instanceType: 'm5.4xlarge', nodes: 1, maxPods: [29], fitting: 110 },
            ],
          },
          says: /^2 nodes of managed group workers are of 2 types with room for 29 \(m5\.large\) to 110 pods \(m5\.4xlarge\), and EKS gives all of them the number of the smallest$/,
          commands: [
            /^aws eks describe-nodegroup .*> ng-workers-2\.json$/,
            /^aws eks create-nodegroup --cli-input-json file:\/\/ng-workers-2\.json --scaling-config minSize=1,maxSize=\d+,desiredSize=1 --instance-types m5\.large --region eu-west-1$/,
            /^aws eks describe-nodegroup .*> ng-workers-3\.json$/,
            /^aws eks create-nodegroup --cli-input-json file:\/\/ng-workers-3\.json .* --instance-types m5\.4xlarge --region eu-west-1$/,
            /^aws eks wait nodegroup-active .* workers-2 .* && aws eks wait nodegroup-active .* workers-3 .* && aws eks delete-nodegroup .* workers --region eu-west-1$/,
          ],
        },
      ],
    },
    {
      name: 'nodes of two templates in one Auto Scaling group',
      of: ofTemplates().snapshot(),
      want: [
        {
          id: 'MAX003:self-managed/batch/m5.large',
          severity: 'warning',
          evidence: {
            managed: false,
            values: [
              { maxPods: 20, templateVersions: ['7'] },
              { maxPods: 29, templateVersions: ['8'] },
            ],
          },
        },
      ],
    },
  ],
  quiet: [
    { name: 'types of which one takes twice the pods of the other', of: sizes('m5.xlarge', 29).snapshot() },
    {
      name: 'sizes of a NodePool: Karpenter gives each its number',
      of: sizes('m5.4xlarge', 110, { labels: { 'karpenter.sh/nodepool': 'default' } }).snapshot(),
    },
    { name: 'all alike', of: group([29, 29]).snapshot() },
    { name: 'EKS is at it', of: group([29, 20]).snapshot({ nodegroups: [nodegroup({ status: 'UPDATING' })] }) },
    { name: 'the other one has just come', of: group([20, 29], 60).snapshot() },
  ],
};

const KARPENTER = { labels: { 'karpenter.sh/nodepool': 'default' } };
const karpenter = (running: number) =>
  new World()
    .subnet('subnet-na', '10.0.0.0/24', 'eu-west-1a')
    .subnet('subnet-pa', '100.64.0.0/24', 'eu-west-1a')
    .node('a1', { home: 'subnet-na', pods: 'subnet-pa', further: [9, 9], running, node: KARPENTER });
const karpenterSections = (reservedEnis: number | undefined, classMaxPods?: number) => ({
  ...customSections,
  env: CUSTOM,
  workloads: workloads({
    karpenter: { namespace: 'kube-system', name: 'karpenter', ...(reservedEnis === undefined ? {} : { reservedEnis }) },
  }),
  nodePools: [{ name: 'default', nodeClass: { kind: 'EC2NodeClass', name: 'default' }, limits: {}, requirements: [] }],
  nodeClasses: [
    {
      kind: 'EC2NodeClass',
      name: 'default',
      subnetIds: [],
      securityGroupIds: [],
      ...(classMaxPods ? { maxPods: classMaxPods } : {}),
    },
  ],
});

export const max004: Case = {
  blindWithout: ['nodePools', 'nodeClasses'],
  fires: [
    {
      name: 'custom networking, and nothing is reserved',
      of: karpenter(5).snapshot(karpenterSections(undefined)),
      want: [
        {
          id: 'MAX004:karpenter',
          severity: 'warning',
          evidence: { reservedEnis: 0, needed: 1, nodes: 1, instanceTypes: ['m5.large'], overBy: 9 },
          commands: [/^kubectl -n kube-system set env deployment\/karpenter RESERVED_ENIS=1$/],
        },
      ],
    },
    {
      name: 'the pods want every address already',
      of: karpenter(18).snapshot(karpenterSections(0)),
      want: [{ id: 'MAX004:karpenter', severity: 'error' }],
    },
    {
      name: 'a pod waits there for an address',
      of: karpenter(18).waiting('late', 'a1').snapshot(karpenterSections(0)),
      want: [
        {
          id: 'MAX004:karpenter',
          severity: 'error',
          waiting: ['shop/late'],
          evidence: { waitingPods: 1 },
          commands: [/^kubectl cordon a1$/, /^kubectl -n shop delete pod --wait=false late$/],
          anyCommand: [/kubectl -n kube-system set env deployment\/karpenter RESERVED_ENIS=1$/],
        },
      ],
    },
  ],
  quiet: [
    { name: 'one is reserved', of: karpenter(5).snapshot(karpenterSections(1)) },
    {
      name: 'one is reserved, and a hybrid node stands beside',
      of: karpenter(5)
        .node('h1', { home: 'subnet-na', node: { instanceId: undefined } })
        .snapshot({ ...karpenterSections(1), cluster: cluster({ remoteNodeCidrs: ['10.99.0.0/16'] }) }),
    },
    { name: 'the node class sets the number: MAX001', of: karpenter(5).snapshot(karpenterSections(undefined, 29)) },
  ],
  notApplicable: [{ name: 'no Karpenter', of: plain().snapshot() }],
};

const prefix = (type: string, maxPods: number) =>
  new World()
    .subnet('subnet-0a', '10.0.0.0/22', 'eu-west-1a')
    .node('n1', { type, home: 'subnet-0a', maxPods, primary: 9, running: 5 });
const PREFIX = { ENABLE_PREFIX_DELEGATION: 'true' };
const IPV6 = { ENABLE_IPv4: 'false', ENABLE_IPv6: 'true', ENABLE_PREFIX_DELEGATION: 'true' };

export const pfx003: Case = {
  fires: [
    {
      name: 'a Xen type whose maxPods fits single addresses',
      of: prefix('m4.large', 20).snapshot({ env: PREFIX }),
      want: [
        {
          id: 'PFX003/type:managed/workers/m4.large',
          severity: 'warning',
          evidence: { what: 'm4.large', hypervisor: 'xen', podIps: 18, maxPods: 20 },
        },
      ],
    },
    {
      name: 'one that admits more, of a managed group: another group takes its place',
      of: prefix('m4.large', 110).snapshot({
        env: PREFIX,
        nodegroups: [nodegroup({ instanceTypes: ['m4.large', 't2.large'] })],
      }),
      want: [
        {
          id: 'PFX003/type:managed/workers/m4.large',
          severity: 'error',
          anyCommand: [
            /^kubectl cordon n1$/m,
            /^aws eks describe-nodegroup .* > ng-workers-2\.json$/m,
            /^aws eks create-nodegroup --cli-input-json file:\/\/ng-workers-2\.json --instance-types m5\.large t3\.large /m,
            /^aws eks wait nodegroup-active .*workers-2/m,
            /wait nodegroup-active [^&]+ && kubectl cordon n1 && kubectl drain n1 --ignore-daemonsets --delete-emptydir-data && aws eks delete-nodegroup /,
            /^aws eks wait nodegroup-active .*workers-2 .*&& aws eks delete-nodegroup --cluster-name prod --nodegroup-name workers /m,
          ],
        },
      ],
    },
    {
      name: 'one that admits more, of a NodePool',
      of: new World()
        .subnet('subnet-0a', '10.0.0.0/22', 'eu-west-1a')
        .node('n1', { type: 'm4.large', home: 'subnet-0a', maxPods: 110, primary: 9, running: 5, node: KARPENTER })
        .snapshot({ ...karpenterSections(undefined), addons: [], eniConfigs: [], env: PREFIX }),
      want: [
        {
          id: 'PFX003/type:karpenter/default/m4.large',
          severity: 'error',
          anyCommand: [
            /kubectl cordon n1/,
            /kubectl patch nodepool default --type json -p '\[.*"karpenter\.k8s\.aws\/instance-hypervisor".*\]'/,
          ],
        },
      ],
    },
    {
      name: 'in IPv6 it does not even start, nor are Windows and hybrid nodes of use',
      of: prefix('m4.large', 20)
        .node('w1', { home: 'subnet-0a', node: { os: 'windows' } })
        .node('h1', { home: 'subnet-0a', node: { labels: { 'eks.amazonaws.com/compute-type': 'hybrid' } } })
        .snapshot({ env: IPV6 }),
      want: [
        { id: 'PFX003/type-v6:managed/workers/m4.large', severity: 'error', evidence: { podIps: null } },
        { id: 'PFX003/windows-v6:windows', severity: 'error', commands: [/^kubectl cordon w1$/] },
        { id: 'PFX003/hybrid-v6:hybrid', severity: 'error' },
      ],
    },
    {
      name: 'nodes on an Outpost of an IPv6 cluster',
      of: new World()
        .subnet('subnet-0a', '10.0.0.0/22', 'eu-west-1a')
        .subnet('subnet-op', '10.0.4.0/24', 'eu-west-1a', {
          outpostArn: 'arn:aws:outposts:eu-west-1:111122223333:outpost/op-0a1b2c3d4e5f67890',
        })
        .node('n1', { home: 'subnet-0a', primary: 1, prefixes: true })
        .node('o1', { home: 'subnet-op', primary: 1, prefixes: true })
        .snapshot({ env: IPV6 }),
      want: [
        {
          id: 'PFX003/outposts-v6:outposts',
          severity: 'error',
          evidence: { what: 'Outposts', nodes: 1, group: 'o1' },
          commands: [/^kubectl cordon o1$/],
        },
      ],
    },
  ],
  quiet: [
    { name: 'Nitro', of: prefix('m5.large', 110).snapshot({ env: PREFIX }) },
    { name: 'a Xen type without prefixes', of: prefix('m4.large', 20).snapshot() },
  ],
};

export const pfx004: Case = {
  fires: [
    {
      name: 'single addresses after prefixes were turned on',
      of: plain().snapshot({ env: PREFIX }),
      want: [
        {
          id: 'PFX004:managed/workers/m5.large',
          severity: 'warning',
          confidence: 'observed',
          evidence: { nodes: 2, configured: 'prefix', slots: 36, slotsOnWorst: 18, waitingPods: 0 },
          commands: [
            /^kubectl wait --for=condition=Ready node -l eks.amazonaws.com\/nodegroup=workers --timeout=15m && kubectl drain n1 --ignore-daemonsets --delete-emptydir-data && aws autoscaling terminate-instance-in-auto-scaling-group --instance-id i-n1 .* && kubectl wait --for=delete node n1 /,
            /^sh -c 'for i in .* -ge 2 .*' 'fewer than 2 nodes of .*' kubectl get nodes -l .* -o name --request-timeout=20s && kubectl wait .* && kubectl drain n2 .* --instance-id i-n2 /,
          ],
        },
      ],
    },
    {
      name: 'prefixes after they were turned off, and a pod waits there',
      of: new World()
        .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
        .node('n1', { home: 'subnet-0a', primary: 2, prefixes: true, running: 3, waiting: 1 })
        .snapshot(),
      want: [
        {
          id: 'PFX004:managed/workers/m5.large',
          severity: 'error',
          evidence: { configured: 'secondary', slots: 2, waitingPods: 1 },
          says: /still holds 2 prefixes, up to 2 on one node; 1 pod there waits for an address$/,
        },
      ],
    },
  ],
  quiet: [
    { name: 'all of the mode in force', of: plain().snapshot() },
    { name: 'a type that cannot do prefixes', of: prefix('m4.large', 20).snapshot({ env: PREFIX }) },
  ],
};
