/**
 * What upstream reports tell of, built in small: the facts of each report, and nothing else wrong. Each is to be told by its
 * cause, once, with nothing else at warning or above.
 */
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../src/calc/catalog/index.ts';
import { Run } from '../../src/inspect/facts/define-fact.ts';
import { DEFAULT_POLICY } from '../../src/inspect/policy.ts';
import { buildInspection } from '../../src/inspect/report/inspection.ts';
import type { IamRole } from '../../src/inspect/snapshot/account.ts';
import type { NetworkInterface } from '../../src/inspect/snapshot/ec2.ts';
import type { ClusterSnapshot } from '../../src/inspect/snapshot.ts';
import { shownIn, toldOf } from '../rig/scenarios/told.ts';
import {
  addon,
  ago,
  cluster,
  cni,
  eniConfig,
  event,
  iamOfNodes,
  NODE_ROLE,
  nodegroup,
  subnet,
} from '../support/snapshot-builder.ts';
import { CUSTOM, custom, customSections, plain } from './checks/cases/worlds.ts';
import { World } from './checks/world.ts';

const catalog = await loadCatalog();

interface Report {
  /** Where it was reported, and what. */
  readonly story: string;
  readonly of: () => ClusterSnapshot;
  readonly told: readonly string[];
  /** Part of the evidence. */
  readonly shows?: Readonly<Record<string, unknown>>;
  /** A command of the first finding that is no symptom of another. */
  readonly command?: RegExp;
}

const CNI_ROLE = 'arn:aws:iam::111122223333:role/cni';
const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/ABC';
const rest = { notActions: [], notResources: [], conditions: [] };
const cniRole = (subject = 'system:serviceaccount:kube-system:aws-node'): IamRole => ({
  ...iamOfNodes().roles[0]!,
  arn: CNI_ROLE,
  name: 'cni',
  usedBy: ['aws-node'],
  trust: [
    {
      effect: 'Allow' as const,
      actions: ['sts:AssumeRoleWithWebIdentity'],
      principals: [`arn:aws:iam::111122223333:oidc-provider/${ISSUER}`],
      conditions: [
        { operator: 'StringEquals', key: `${ISSUER}:sub`, values: [subject] },
        { operator: 'StringEquals', key: `${ISSUER}:aud`, values: ['sts.amazonaws.com'] },
      ],
    },
  ],
});
const bareNodes = {
  ...iamOfNodes().roles[0]!,
  attachedPolicies: [],
  statements: [{ effect: 'Allow' as const, actions: ['ec2:DescribeInstances'], resources: ['*'], ...rest }],
};
const irsa = (over: Parameters<World['snapshot']>[0], own = cniRole()) =>
  plain().snapshot({
    cluster: cluster({ oidcIssuer: `https://${ISSUER}` }),
    nodegroups: [nodegroup({ nodeRole: NODE_ROLE })],
    addons: [addon({ serviceAccountRoleArn: CNI_ROLE, configuration: {} })],
    iam: { ...iamOfNodes(), roles: [bareNodes, own], oidcIssuers: [ISSUER] },
    cni: cni({
      serviceAccountRoleArn: CNI_ROLE,
      pods: plain().cniPods.map((p) => ({ ...p, revision: 'abc', credentials: 'web-identity' as const })),
      desired: 2,
    }),
    ...over,
  });
const crashing = (exitCode = 1) =>
  plain().cniPods.map((p) => ({
    ...p,
    revision: 'abc',
    ready: false,
    restarts: 12,
    containers: [
      { name: 'aws-node', init: false, ready: false, restarts: 12, waitingReason: 'CrashLoopBackOff', exitCode },
    ],
  }));

const trunkOf = (instanceId: string, deviceIndex: number): Partial<NetworkInterface> => ({
  type: 'trunk',
  status: 'in-use',
  origin: { kind: 'cni-trunk' },
  attachment: { instanceId, deviceIndex, networkCardIndex: 0, status: 'attached', deleteOnTermination: true },
});

const REPORTS: readonly Report[] = [
  {
    story:
      'amazon-eks-ami#2051: m6i.large with security groups for pods admits 29 pods, and the trunk gives none an address',
    of: () =>
      new World()
        .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
        .node('n1', { home: 'subnet-0a', type: 'm6i.large', primary: 9, further: [9], running: 18, waiting: 4 })
        .foreign('eni-trunk', 'subnet-0a', 1, trunkOf('i-n1', 2))
        .snapshot({ env: { ENABLE_POD_ENI: 'true' } }),
    told: ['MAX001/trunk', 'SGP013 <- MAX001'],
  },
  {
    story: 'amazon-vpc-cni-k8s#3238: custom networking, and kubelet keeps the number of the AMI',
    of: () =>
      new World()
        .subnet('subnet-na', '10.0.0.0/24', 'eu-west-1a')
        .subnet('subnet-pa', '100.64.0.0/22', 'eu-west-1a')
        .node('n1', { home: 'subnet-na', pods: 'subnet-pa', further: [9, 9], running: 18, waiting: 3 })
        .snapshot({
          ...customSections,
          nodegroups: [nodegroup({ subnetIds: ['subnet-na'] })],
          eniConfigs: [eniConfig({ name: 'eu-west-1a', subnetId: 'subnet-pa', securityGroupIds: ['sg-pods'] })],
          env: CUSTOM,
          addons: [addon({ configuration: { env: CUSTOM } })],
        }),
    told: ['MAX001/custom'],
  },
  {
    story: 'amazon-vpc-cni-k8s#264: the node came before its ENIConfig, and pods keep addresses of the node subnet',
    of: () => {
      const world = new World()
        .subnet('subnet-na', '10.0.0.0/24', 'eu-west-1a')
        .subnet('subnet-pa', '100.64.0.0/22', 'eu-west-1a')
        .node('n1', { home: 'subnet-na', primary: 9, further: [9], running: 12, maxPods: 20 });
      return world.snapshot({
        ...customSections,
        nodegroups: [nodegroup({ subnetIds: ['subnet-na'] })],
        eniConfigs: [eniConfig({ name: 'eu-west-1a', subnetId: 'subnet-pa', securityGroupIds: ['sg-pods'] })],
        env: CUSTOM,
        addons: [addon({ configuration: { env: CUSTOM } })],
      });
    },
    told: ['CUS006/primary'],
  },
  {
    story: 'amazon-vpc-cni-k8s#2521: the ENIs of pods lack a group that the ENIConfig names',
    of: () =>
      custom().snapshot({
        ...customSections,
        eniConfigs: [
          eniConfig({ name: 'eu-west-1a', subnetId: 'subnet-pa', securityGroupIds: ['sg-pods', 'sg-extra'] }),
          eniConfig({ name: 'eu-west-1b', subnetId: 'subnet-pb', securityGroupIds: ['sg-pods'] }),
        ],
        securityGroups: ['sg-pods', 'sg-extra'].map((groupId) => ({
          groupId,
          vpcId: customSections.securityGroups[0]!.vpcId,
          name: groupId,
        })),
      }),
    told: ['CUS006/groups'],
  },
  {
    story:
      'amazon-vpc-cni-k8s#1338: the add-on got a role, aws-node was not restarted, and the role of the nodes lost its policy',
    of: () =>
      irsa({
        cni: cni({
          serviceAccountRoleArn: CNI_ROLE,
          pods: plain().cniPods.map((p) => ({ ...p, revision: 'abc' })),
          desired: 2,
        }),
        events: [
          event({
            kind: 'unauthorized',
            reason: 'MissingIAMPermissions',
            action: 'ec2:AssignPrivateIpAddresses',
            object: { kind: 'Pod', namespace: 'kube-system', name: 'aws-node-n1' },
            node: 'n1',
            count: 3,
            firstAt: ago(900),
            lastAt: ago(60),
          }),
        ],
      }),
    told: ['IAM001 <- IAM005', 'IAM005/pod-older'],
    command: /rollout restart ds\/aws-node/,
  },
  {
    story: 'terraform-aws-eks#1894: the role of aws-node trusts another service account',
    of: () =>
      irsa(
        {
          cni: cni({
            serviceAccountRoleArn: CNI_ROLE,
            pods: crashing().map((p) => ({ ...p, credentials: 'web-identity' as const })),
            desired: 2,
          }),
        },
        cniRole('system:serviceaccount:kube-system:vpc-cni'),
      ),
    told: ['HLT002/crash <- IAM005', 'IAM005/trust'],
    command: /aws iam update-assume-role-policy /,
  },
  {
    story: 'amazon-vpc-cni-k8s#2793: nodes of few pods hold a whole spare ENI of many addresses each',
    of: () => {
      const world = new World().subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a');
      for (const n of ['n1', 'n2', 'n3'])
        world.node(n, {
          home: 'subnet-0a',
          type: 'm5.2xlarge',
          primary: 14,
          further: [14, 14],
          running: 6,
          maxPods: 58,
        });
      return world.snapshot({ addons: [addon({ configuration: {} })] });
    },
    told: ['SUB006'],
    command: /MINIMUM_IP_TARGET/,
  },
  {
    story: 'amazon-vpc-cni-k8s#2482: WARM_IP_TARGET=0 and WARM_ENI_TARGET=0, and pods wait each time',
    of: () => plain().snapshot({ env: { WARM_IP_TARGET: '0', WARM_ENI_TARGET: '0' } }),
    told: [],
  },
  {
    story: 'amazon-vpc-cni-k8s#2423: another CNI was taken away, and aws-node ends at once',
    of: () => plain().snapshot({ cni: cni({ pods: crashing(), desired: 2 }) }),
    told: ['HLT002/crash'],
    command: /logs .*-c aws-node/,
  },
  {
    story: 'terraform-aws-eks#2623: the role of aws-node carries no policy',
    of: () =>
      irsa(
        {
          cni: cni({
            serviceAccountRoleArn: CNI_ROLE,
            pods: crashing().map((p) => ({ ...p, credentials: 'web-identity' as const })),
            desired: 2,
          }),
        },
        { ...cniRole(), statements: [], attachedPolicies: [] },
      ),
    told: ['HLT002/crash <- IAM002', 'IAM002/missing'],
    command: /attach-role-policy --role-name cni /,
  },
  {
    story: 'aws-eks-best-practices: all three zones of a managed group are out of addresses while EKS reports it',
    of: () => {
      const world = new World()
        .subnet('subnet-0a', '10.0.0.0/27', 'eu-west-1a')
        .subnet('subnet-0b', '10.0.0.32/27', 'eu-west-1b')
        .subnet('subnet-0c', '10.0.0.64/27', 'eu-west-1c')
        .node('n1', { home: 'subnet-0a', primary: 9, further: [9], running: 10 })
        .node('n2', { home: 'subnet-0b', primary: 9, further: [9], running: 10 })
        .node('n3', { home: 'subnet-0c', primary: 9, further: [9], running: 10 })
        .foreign('eni-x', 'subnet-0a', 7)
        .foreign('eni-y', 'subnet-0b', 7)
        .foreign('eni-z', 'subnet-0c', 7);
      return world.snapshot({
        addons: [addon({ configuration: {} })],
        nodegroups: [
          nodegroup({
            subnetIds: ['subnet-0a', 'subnet-0b', 'subnet-0c'],
            nodeRole: NODE_ROLE,
            health: [{ code: 'InsufficientFreeAddresses', message: '', resourceIds: [] }],
          }),
        ],
      });
    },
    told: ['NOD007/addresses <- SUB001', 'SUB001'],
  },
  {
    story:
      'amazon-vpc-cni-k8s#1055: nodes in a subnet of their own, whose network ACL lets no answer of the API server in',
    of: () => {
      const all = (egress: boolean) =>
        ({ rule: 100, egress, action: 'allow', protocol: '-1', cidr: '0.0.0.0/0' }) as const;
      const ports = { fromPort: 443, toPort: 443 };
      return plain().snapshot({
        cni: cni({ pods: crashing(), desired: 2 }),
        cluster: cluster({ subnetIds: ['subnet-cp', 'subnet-cq'] }),
        subnets: [
          ...(plain().sections().subnets as never[]),
          subnet({ subnetId: 'subnet-cp', cidr: '10.0.9.0/24', availableIps: 240 }),
          subnet({ subnetId: 'subnet-cq', cidr: '10.0.10.0/24', availabilityZone: 'eu-west-1b', availableIps: 240 }),
        ],
        networkAcls: [
          {
            networkAclId: 'acl-open',
            isDefault: true,
            subnetIds: ['subnet-cp', 'subnet-cq'],
            entries: [all(true), all(false)],
          },
          {
            networkAclId: 'acl-nodes',
            isDefault: false,
            subnetIds: ['subnet-0a', 'subnet-0b'],
            entries: [
              all(true),
              { rule: 100, egress: false, action: 'allow', protocol: '6', cidr: '0.0.0.0/0', ...ports },
            ],
          },
        ],
      });
    },
    told: ['HLT002/crash <- HLT004', 'HLT004/network-acl'],
    command: /create-network-acl-entry --network-acl-id acl-nodes --ingress .*From=32768,To=60999/,
  },
  {
    story:
      'eksctl: a group launches nothing because its only subnet has no address left, which EKS tells as a failed launch',
    of: () =>
      plain()
        .subnet('subnet-new', '10.0.8.0/28', 'eu-west-1a')
        .hide('subnet-new', 11)
        .snapshot({
          addons: [addon({ configuration: {} })],
          nodegroups: [
            nodegroup({ subnetIds: ['subnet-0a', 'subnet-0b'], nodeRole: NODE_ROLE }),
            nodegroup({
              name: 'new',
              subnetIds: ['subnet-new'],
              nodeRole: NODE_ROLE,
              health: [{ code: 'AsgInstanceLaunchFailures', message: '', resourceIds: [] }],
            }),
          ],
        }),
    told: ['NOD007/launch <- SUB001', 'SUB001'],
    command: /aws eks wait nodegroup-active .*new-2 .* && aws eks delete-nodegroup .*--nodegroup-name new /,
  },
  {
    story: 'karpenter: security groups for pods on an r6g.medium: of two ENIs the trunk takes the only further one',
    of: () =>
      new World()
        .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
        .node('n1', { home: 'subnet-0a', type: 'r6g.medium', primary: 3, running: 3, waiting: 2, maxPods: 8 })
        .foreign('eni-trunk', 'subnet-0a', 1, trunkOf('i-n1', 1))
        .snapshot({ env: { ENABLE_POD_ENI: 'true' } }),
    told: ['MAX001/trunk', 'SGP013 <- MAX001'],
  },
  {
    story:
      'amazon-vpc-cni-k8s#3685: prefixes with WARM_IP_TARGET=0 and MINIMUM_IP_TARGET=22: the pool stops at two prefixes, and pods wait beside a large subnet',
    of: () => {
      const env = {
        ...CUSTOM,
        ENABLE_PREFIX_DELEGATION: 'true',
        WARM_ENI_TARGET: '0',
        WARM_IP_TARGET: '0',
        WARM_PREFIX_TARGET: '1',
        MINIMUM_IP_TARGET: '22',
      };
      return new World()
        .subnet('subnet-na', '10.0.0.0/24', 'eu-west-1a')
        .subnet('subnet-pa', '100.64.0.0/18', 'eu-west-1a')
        .node('n1', {
          ...{ home: 'subnet-na', pods: 'subnet-pa', type: 'm5.4xlarge', further: [2], prefixes: true },
          ...{ running: 32, waiting: 9, maxPods: 110 },
        })
        .snapshot({
          ...customSections,
          nodegroups: [nodegroup({ subnetIds: ['subnet-na'] })],
          eniConfigs: [eniConfig({ name: 'eu-west-1a', subnetId: 'subnet-pa', securityGroupIds: ['sg-pods'] })],
          env,
          addons: [addon({ configuration: { env } })],
        });
    },
    told: ['CFG003'],
    command: /WARM_IP_TARGET/,
  },
  {
    story: 'aws-network-policy-agent#553: agent 1.3.2 is on, no policy exists, and pods are cut off all the same',
    of: () => {
      const tag = 'v1.21.1-eksbuild.7';
      const env = { NETWORK_POLICY_ENFORCING_MODE: 'standard' };
      const on = cni({ pods: plain().cniPods, desired: 2, version: tag, env });
      const released = <T extends { image: string }>(c: T): T => ({ ...c, image: `amazon-k8s-cni:${tag}` });
      const kinds = ['policyendpoints', 'clusterpolicyendpoints'];
      const image = '602401143452.dkr.ecr.eu-west-1.amazonaws.com/amazon/aws-network-policy-agent:v1.3.2-eksbuild.2';
      return plain().snapshot({
        addons: [addon({ version: 'v1.21.1-eksbuild.7', configuration: { enableNetworkPolicy: 'true' } })],
        cni: {
          ...on,
          configMap: { 'enable-network-policy-controller': 'true' },
          containers: [
            ...on.containers.map(released),
            {
              ...on.containers[0]!,
              ...{ name: 'aws-eks-nodeagent', image, env: {}, args: ['--enable-network-policy=true'] },
            },
          ],
          initContainers: on.initContainers.map(released),
        },
        crds: kinds.map((n) => ({ name: `${n}.networking.k8s.aws`, versions: ['v1alpha1'], createdAt: ago(86_400) })),
        rbac: {
          rules: [{ groups: ['networking.k8s.aws'], resources: kinds, verbs: ['get', 'list', 'watch'], urls: [] }],
          bound: true,
        },
      });
    },
    told: ['ADD007'],
    command: /update-addon .*--addon-version v1\.21\.2-eksbuild\.1 /,
  },
];

describe.each(REPORTS)('$story', ({ of, told, shows = {}, command }) => {
  const seen = buildInspection(new Run(of(), catalog), DEFAULT_POLICY, { name: 'vpccni', version: '0.0.0' });

  it('is told by its cause, and nothing else', () => {
    expect(toldOf(seen)).toEqual([...told].sort());
    expect(shownIn(seen, Object.keys(shows))).toMatchObject(shows);
  });

  it.runIf(command)('has the command that ends it', () => {
    const causes = seen.findings.filter((f) => f.severity !== 'info' && !f.causedBy);
    expect(causes.flatMap((f) => f.fixes.flatMap((x) => x.commands)).join('\n')).toMatch(command!);
  });
});
