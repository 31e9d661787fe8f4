import type { IamRole, PolicyStatement } from '../../../../src/inspect/snapshot/account.ts';
import {
  addon,
  cluster,
  cni,
  event,
  type GivenSections,
  nodegroup,
  pod,
  workloads,
} from '../../../support/snapshot-builder.ts';
import type { Case } from './case.ts';
import { plain } from './worlds.ts';

const ACCOUNT = '111122223333';
const arn = (name: string) => `arn:aws:iam::${ACCOUNT}:role/${name}`;
const NODE_ROLE = arn('nodes');
const CNI_ROLE = arn('cni');
const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/ABC';
const REGION_ENIS = `arn:aws:ec2:*:*:network-interface/*`;

/** AmazonEKS_CNI_Policy as it stands since 2025. */
const ALL = [
  ...['AssignPrivateIpAddresses', 'AttachNetworkInterface', 'CreateNetworkInterface', 'DeleteNetworkInterface'],
  ...['DescribeInstances', 'DescribeTags', 'DescribeNetworkInterfaces', 'DescribeInstanceTypes', 'DescribeSubnets'],
  ...[
    'DescribeSecurityGroups',
    'DetachNetworkInterface',
    'ModifyNetworkInterfaceAttribute',
    'UnassignPrivateIpAddresses',
  ],
].map((a) => `ec2:${a}`);
const WORKER = ['ec2:DescribeInstances', 'ec2:DescribeSubnets', 'eks:DescribeCluster'];

const allow = (actions: readonly string[], part: Partial<PolicyStatement> = {}): PolicyStatement => ({
  effect: 'Allow',
  actions: [...actions],
  notActions: [],
  resources: ['*'],
  notResources: [],
  conditions: [],
  ...part,
});
const TAGS = allow(['ec2:CreateTags'], { resources: [REGION_ENIS] });
const MANAGED = [allow(ALL), TAGS];
const without = (...names: readonly string[]) => ALL.filter((a) => !names.some((n) => a === `ec2:${n}`));

const ofService = (service: string, ...actions: readonly string[]): IamRole['trust'][number] => ({
  effect: 'Allow',
  actions: [...actions],
  principals: [service],
  conditions: [],
});
const ofIssuer = (
  issuer: string,
  subject = 'system:serviceaccount:kube-system:aws-node',
): IamRole['trust'][number] => ({
  effect: 'Allow',
  actions: ['sts:AssumeRoleWithWebIdentity'],
  principals: [`arn:aws:iam::${ACCOUNT}:oidc-provider/${issuer}`],
  conditions: [
    { operator: 'StringEquals', key: `${issuer}:sub`, values: [subject] },
    { operator: 'StringEquals', key: `${issuer}:aud`, values: ['sts.amazonaws.com'] },
  ],
});

const role = (roleArn: string, part: Partial<IamRole> = {}): IamRole => ({
  arn: roleArn,
  name: roleArn.split('/').at(-1)!,
  usedBy: [roleArn === NODE_ROLE ? 'nodes' : 'aws-node'],
  exists: true,
  attachedPolicies: [],
  statements: MANAGED,
  trust: [ofService('ec2.amazonaws.com', 'sts:AssumeRole')],
  ...part,
});
const iam = (roles: readonly IamRole[], oidcIssuers: readonly string[] = [ISSUER]) => ({
  roles: [...roles],
  instanceProfiles: {},
  oidcIssuers: [...oidcIssuers],
});

type Over = GivenSections & { readonly env?: Readonly<Record<string, string | undefined>> };
const GROUPS = [nodegroup({ name: 'workers', nodeRole: NODE_ROLE })];
/** aws-node under the role of its nodes, which may do this. */
const byNode = (statements: readonly PolicyStatement[], over: Over = {}, part: Partial<IamRole> = {}) =>
  plain().snapshot({
    nodegroups: GROUPS,
    iam: iam([role(NODE_ROLE, { statements: [...statements], ...part })]),
    ...over,
  });
const PODS = plain().cniPods.map((p) => ({ ...p, revision: 'abc', credentials: 'web-identity' as const }));
const IRSA_CLUSTER = cluster({ oidcIssuer: `https://${ISSUER}`, clusterSecurityGroupId: 'sg-0c1' });
/** aws-node under a role of its own by IRSA; the nodes' role may nothing. */
const byIrsa = (own: Partial<IamRole>, over: Over = {}, nodes: Partial<IamRole> = {}) =>
  plain().snapshot({
    cluster: IRSA_CLUSTER,
    nodegroups: GROUPS,
    cni: cni({ serviceAccountRoleArn: CNI_ROLE, pods: PODS, desired: 2 }),
    addons: [addon({ serviceAccountRoleArn: CNI_ROLE, configuration: {} })],
    iam: iam([
      role(CNI_ROLE, { trust: [ofIssuer(ISSUER)], ...own }),
      role(NODE_ROLE, { statements: [allow(WORKER)], ...nodes }),
    ]),
    ...over,
  });
const IPV6 = { ENABLE_IPv4: 'false', ENABLE_IPv6: 'true', ENABLE_PREFIX_DELEGATION: 'true' };
const V6_ACTIONS = [
  ...['ec2:AssignIpv6Addresses', 'ec2:DescribeInstances', 'ec2:DescribeTags'],
  ...['ec2:DescribeNetworkInterfaces', 'ec2:DescribeInstanceTypes'],
];

export const iam002: Case = {
  whole: ['iam'],
  blindWithout: ['nodegroups'],
  fires: [
    {
      name: 'the first scale-in will be refused',
      of: byNode([allow(without('DeleteNetworkInterface', 'DetachNetworkInterface')), TAGS]),
      want: [
        {
          id: 'IAM002/missing:nodes',
          severity: 'warning',
          confidence: 'derived',
          evidence: {
            role: NODE_ROLE,
            source: 'node',
            nodes: 2,
            actions: [
              { action: 'ec2:DetachNetworkInterface', use: 'giving ENIs back', verdict: 'missing' },
              { action: 'ec2:DeleteNetworkInterface', use: 'giving ENIs back', verdict: 'missing' },
            ],
          },
          commands: [
            /^aws iam attach-role-policy --role-name nodes --policy-arn arn:aws:iam::aws:policy\/AmazonEKS_CNI_Policy$/,
          ],
          anyCommand: [
            /aws iam put-role-policy --role-name nodes --policy-name vpc-cni-ipv4 --policy-document='\{"Version":"2012-10-17","Statement":\[\{"Effect":"Allow","Action":\["ec2:AssignPrivateIpAddresses",.*"ec2:DescribeSubnets"\],"Resource":"\\u002a"\},\{"Effect":"Allow","Action":\["ec2:CreateTags"\],"Resource":"arn:aws:ec2:[^"]+:network-interface\/\\u002a"\}\]\}'/,
          ],
        },
      ],
    },
    {
      name: 'the role of its service account cannot make ENIs',
      of: byIrsa({ statements: [allow(without('CreateNetworkInterface')), TAGS] }),
      want: [
        {
          id: 'IAM002/missing:cni',
          severity: 'error',
          evidence: { role: CNI_ROLE, source: 'irsa' },
          says: /role cni.*does not allow ec2:CreateNetworkInterface; it is needed for further ENIs/,
          commands: [/--role-name cni /],
        },
      ],
    },
    {
      name: 'IPv6, with the policy for IPv4: AWS manages none',
      of: byNode(MANAGED, { env: IPV6 }),
      want: [
        {
          id: 'IAM002/missing:nodes',
          severity: 'error',
          evidence: {
            actions: [{ action: 'ec2:AssignIpv6Addresses', use: 'the /80 of each node', verdict: 'missing' }],
          },
          commands: [
            /^aws iam put-role-policy --role-name nodes --policy-name vpc-cni-ipv6 .*"ec2:AssignIpv6Addresses"/,
          ],
        },
      ],
    },
    {
      name: 'a Deny stands over all, and a boundary',
      of: byNode(
        [...MANAGED, allow(['ec2:AttachNetworkInterface'], { effect: 'Deny' })],
        {},
        { boundary: [allow(['ec2:*'], { notActions: ['ec2:CreateNetworkInterface'], actions: [] })] },
      ),
      want: [
        {
          id: 'IAM002/denied:nodes',
          severity: 'error',
          evidence: {
            actions: [
              { action: 'ec2:CreateNetworkInterface', verdict: 'bounded' },
              { action: 'ec2:AttachNetworkInterface', verdict: 'denied' },
            ],
          },
          commands: [/get-role --role-name nodes/, /list-attached-role-policies/, /list-role-policies/],
        },
      ],
    },
    {
      name: 'Describe actions narrowed to resources they do not have',
      of: byNode([
        allow(ALL.filter((a) => !/Describe/.test(a))),
        TAGS,
        allow(
          ALL.filter((a) => /Describe/.test(a)),
          { resources: ['arn:aws:ec2:eu-west-1:111122223333:*'] },
        ),
      ]),
      want: [{ id: 'IAM002/missing:nodes', severity: 'error' }],
    },
    {
      name: 'the nodes may change ENIs although aws-node has its own role',
      of: byIrsa({}, {}, { statements: MANAGED, attachedPolicies: ['arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy'] }),
      want: [
        {
          id: 'IAM002/both:nodes',
          severity: 'info',
          evidence: { role: NODE_ROLE, nodes: 2 },
          commands: [
            /^aws iam detach-role-policy --role-name nodes --policy-arn arn:aws:iam::aws:policy\/AmazonEKS_CNI_Policy$/,
          ],
        },
      ],
    },
  ],
  quiet: [
    { name: 'the managed policy', of: byNode(MANAGED) },
    { name: 'everything', of: byNode([allow(['*'])]) },
    {
      name: 'a pattern, written in another case',
      of: byNode([allow(['EC2:*NetworkInterface*', 'ec2:*Address*', 'ec2:Describe*']), TAGS]),
    },
    {
      name: 'all but what has nothing to do with it',
      of: byNode([allow([], { notActions: ['iam:*', 'organizations:*'] })]),
    },
    {
      name: 'narrowed to interfaces of this account',
      of: byNode([
        allow(ALL.filter((a) => /Describe/.test(a))),
        allow([...ALL.filter((a) => !/Describe/.test(a)), 'ec2:CreateTags'], {
          resources: [`arn:aws:ec2:eu-west-1:${ACCOUNT}:*`],
        }),
      ]),
    },
    {
      name: 'only under conditions: IAM006',
      of: byNode([
        allow(ALL.filter((a) => /Describe/.test(a))),
        allow([...ALL.filter((a) => !/Describe/.test(a)), 'ec2:CreateTags'], {
          conditions: [{ operator: 'StringEquals', key: 'aws:ResourceAccount', values: [ACCOUNT] }],
        }),
      ]),
    },
    { name: 'a Deny of another thing', of: byNode([...MANAGED, allow(['ec2:RunInstances'], { effect: 'Deny' })]) },
    { name: 'a role that may nothing at all: IAM004', of: byNode([allow(WORKER)]) },
    {
      name: 'IPv6, as its guide says',
      of: byNode([allow([...V6_ACTIONS, 'ec2:DescribeSubnets']), TAGS], { env: IPV6 }),
    },
  ],
  notApplicable: [{ name: 'aws-node asks nothing of EC2', of: byNode([], { env: { ENABLE_IMDS_ONLY_MODE: 'true' } }) }],
};

const refused = (action: string) =>
  event({
    kind: 'unauthorized',
    reason: 'MissingIAMPermissions',
    source: 'aws-node',
    action,
    object: { kind: 'Pod', namespace: 'kube-system', name: 'aws-node-n1' },
  });
const OF_1_22_1 = { version: 'v1.22.1-eksbuild.1', pods: plain().cniPods };

export const iam003: Case = {
  whole: ['iam'],
  blindWithout: ['nodegroups'],
  fires: [
    {
      name: 'IPv6 after the update to 1.22',
      of: byNode([allow(V6_ACTIONS), TAGS], {
        env: IPV6,
        addons: [addon({ configuration: { env: { ENABLE_IPv6: 'true' } } })],
      }),
      want: [
        {
          id: 'IAM003:nodes',
          severity: 'error',
          confidence: 'derived',
          evidence: { role: NODE_ROLE, actions: ['ec2:DescribeSubnets'], ipv6: true, subnetDiscovery: true, nodes: 2 },
          commands: [/^aws iam put-role-policy --role-name nodes --policy-name vpc-cni-ipv6 .*"ec2:DescribeSubnets"/],
          anyCommand: [/"ENABLE_SUBNET_DISCOVERY":"false"/],
        },
      ],
    },
    {
      name: 'IPv4: read from the source alone',
      of: byNode([allow(without('DescribeSubnets')), TAGS]),
      want: [{ id: 'IAM003:nodes', severity: 'info', commands: [/attach-role-policy/] }],
    },
    {
      name: 'IPv4, and an event shows it',
      of: byNode([allow(without('DescribeSubnets')), TAGS], { events: [refused('ec2:DescribeSubnets')] }),
      want: [{ id: 'IAM003:nodes', severity: 'error', confidence: 'observed' }],
    },
    {
      name: '1.22.1 looks at groups',
      of: byNode([allow(without('DescribeSecurityGroups')), TAGS], {
        cni: cni(OF_1_22_1),
        addons: [addon({ version: 'v1.22.1-eksbuild.1' })],
        addonVersions: {
          addon: 'vpc-cni',
          kubernetesVersion: '1.34',
          versions: [
            { version: 'v1.22.2-eksbuild.3', default: true },
            { version: 'v1.22.1-eksbuild.1', default: false },
          ],
        },
      }),
      want: [
        {
          id: 'IAM003:nodes',
          severity: 'error',
          evidence: { actions: ['ec2:DescribeSecurityGroups'], version: 'v1.22.1-eksbuild.1' },
          anyCommand: [/update-addon .*--addon-version v1\.22\.2-eksbuild\.3/],
        },
      ],
    },
    {
      name: 'a boundary takes it away',
      of: byNode(MANAGED, { env: IPV6 }, { boundary: [allow(without('DescribeSubnets'))] }),
      want: [
        {
          id: 'IAM003:nodes',
          severity: 'error',
          evidence: { verdict: 'bounded' },
          commands: [/get-role/, /list-attached/, /list-role-policies/],
        },
      ],
    },
  ],
  quiet: [
    { name: 'the managed policy', of: byNode(MANAGED) },
    {
      name: 'discovery is off',
      of: byNode([allow(V6_ACTIONS), TAGS], { env: { ...IPV6, ENABLE_SUBNET_DISCOVERY: 'false' } }),
    },
    {
      name: '1.22.2 looks at groups no more',
      of: byNode([allow(without('DescribeSecurityGroups')), TAGS], {
        cni: cni({ ...OF_1_22_1, version: 'v1.22.2-eksbuild.1' }),
      }),
    },
  ],
  notApplicable: [
    {
      name: 'a release before',
      of: byNode([allow(without('DescribeSubnets')), TAGS], {
        cni: cni({ version: 'v1.21.1-eksbuild.1', pods: plain().cniPods }),
      }),
    },
  ],
};

export const iam004: Case = {
  whole: ['podIdentity'],
  blindWithout: ['iam', 'nodes', 'nodegroups'],
  fires: [
    {
      name: 'the role of the nodes has no policy for it',
      of: byNode([allow(WORKER)]),
      want: [
        {
          id: 'IAM004:prod',
          severity: 'error',
          confidence: 'derived',
          evidence: {
            reason: 'none',
            serviceAccountRole: null,
            podIdentityRole: null,
            addonRole: null,
            nodeRoles: [NODE_ROLE],
            nodes: 2,
          },
          commands: [/^aws iam attach-role-policy --role-name nodes --policy-arn .*AmazonEKS_CNI_Policy$/],
        },
      ],
    },
    {
      name: 'the annotation is gone, and nothing else serves',
      of: byNode([allow(WORKER)], { addons: [addon({ serviceAccountRoleArn: CNI_ROLE })] }),
      want: [
        {
          id: 'IAM004/annotation-lost:prod',
          severity: 'error',
          evidence: { reason: 'annotation-lost', addonRole: CNI_ROLE, nodeRoles: [NODE_ROLE] },
          commands: [
            /annotate serviceaccount aws-node eks\.amazonaws\.com\/role-arn=.*role\/cni --overwrite$/,
            /rollout restart/,
          ],
        },
      ],
    },
    {
      name: 'the annotation is gone, and the nodes serve meanwhile',
      of: byNode(MANAGED, { addons: [addon({ serviceAccountRoleArn: CNI_ROLE })] }),
      want: [{ id: 'IAM004/annotation-lost:prod', severity: 'warning', evidence: { nodes: 0 } }],
    },
  ],
  quiet: [
    { name: 'the nodes carry it', of: byNode(MANAGED) },
    { name: 'the nodes carry a part of it: IAM002', of: byNode([allow(['ec2:AssignPrivateIpAddresses'])]) },
    { name: 'the service account has its role', of: byIrsa({}) },
    {
      name: 'Pod Identity gives it one',
      of: byNode([allow(WORKER)], {
        podIdentity: [
          { associationId: 'a-1', namespace: 'kube-system', serviceAccount: 'aws-node', roleArn: CNI_ROLE },
        ],
      }),
    },
  ],
  notApplicable: [{ name: 'aws-node asks nothing of EC2', of: byNode([], { env: { ENABLE_IMDS_ONLY_MODE: 'true' } }) }],
};

const ASSOCIATION = { associationId: 'a-1', namespace: 'kube-system', serviceAccount: 'aws-node', roleArn: CNI_ROLE };
const POD_TRUST = ofService('pods.eks.amazonaws.com', 'sts:AssumeRole', 'sts:TagSession');
const AGENTS = ['n1', 'n2'].map((n) =>
  pod({
    name: `eks-pod-identity-agent-${n}`,
    namespace: 'kube-system',
    node: n,
    class: 'host-network',
    owner: 'DaemonSet/eks-pod-identity-agent',
  }),
);
const AGENT_SET = workloads({
  daemonSets: [
    { namespace: 'kube-system', name: 'eks-pod-identity-agent', hostNetwork: true, desired: 2, ready: 2, images: [] },
  ],
});
const byPodIdentity = (own: Partial<IamRole>, over: Over = {}) =>
  byIrsa(own, {
    cni: cni({ pods: PODS.map((p) => ({ ...p, credentials: 'pod-identity' as const })), desired: 2 }),
    podIdentity: [ASSOCIATION],
    pods: [...plain().pods, ...AGENTS],
    workloads: AGENT_SET,
    addons: [addon()],
    ...over,
  });
const CLOSED = [
  {
    routeTableId: 'rtb-1',
    main: true,
    subnetIds: [],
    routes: [{ destination: '10.0.0.0/16', target: 'local', state: 'active' }],
  },
];
const endpoint = (service: string) => ({
  endpointId: 'vpce-1',
  service: `com.amazonaws.eu-west-1.${service}`,
  type: 'Interface',
  state: 'available',
  subnetIds: [],
  routeTableIds: [],
  securityGroupIds: [],
  privateDns: true,
});

export const iam005: Case = {
  whole: ['podIdentity'],
  blindWithout: ['iam', 'cluster'],
  fires: [
    {
      name: 'the trust is of another cluster',
      of: byIrsa({ trust: [ofIssuer('oidc.eks.eu-west-1.amazonaws.com/id/OLD')] }),
      want: [
        {
          id: 'IAM005/trust:cni',
          severity: 'error',
          confidence: 'derived',
          evidence: { reason: 'trust', by: 'irsa', role: CNI_ROLE, fault: 'issuer' },
          commands: [
            /^aws iam update-assume-role-policy --role-name cni --policy-document='\{.*id\/OLD:sub.*oidc-provider\/oidc\.eks\.eu-west-1\.amazonaws\.com\/id\/ABC.*system:serviceaccount:kube-system:aws-node.*\}'$/,
          ],
        },
      ],
    },
    {
      name: 'the trust is for another service account',
      of: byIrsa({ trust: [ofIssuer(ISSUER, 'system:serviceaccount:kube-system:aws-nod')] }),
      want: [{ id: 'IAM005/trust:cni', severity: 'error', evidence: { fault: 'subject' } }],
    },
    {
      name: 'neither provider nor role is there',
      of: byIrsa({}, { iam: iam([role(CNI_ROLE, { exists: false, trust: [] }), role(NODE_ROLE)], []) }),
      want: [
        {
          id: 'IAM005/provider:cni',
          severity: 'error',
          commands: [
            /^aws iam create-open-id-connect-provider --cli-input-json='\{"Url":"https:\/\/oidc\.eks\.eu-west-1\.amazonaws\.com\/id\/ABC","ClientIDList":\["sts\.amazonaws\.com"\]\}'$/,
          ],
        },
        {
          id: 'IAM005/role-gone:cni',
          severity: 'error',
          commands: [
            /^aws iam create-role --role-name cni --assume-role-policy-document=/,
            /attach-role-policy --role-name cni /,
          ],
        },
      ],
    },
    {
      name: 'a pod from before the role, on nodes that may nothing',
      of: byIrsa(
        {},
        { cni: cni({ serviceAccountRoleArn: CNI_ROLE, pods: [PODS[0]!, { ...PODS[1]!, credentials: undefined }] }) },
      ),
      want: [
        {
          id: 'IAM005/pod-older:cni',
          severity: 'error',
          evidence: { nodes: ['n2'] },
          commands: [/^kubectl -n kube-system rollout restart ds\/aws-node$/],
        },
      ],
    },
    {
      name: 'a pod from before the role, and the nodes serve meanwhile',
      of: byIrsa(
        {},
        { cni: cni({ serviceAccountRoleArn: CNI_ROLE, pods: [PODS[0]!, { ...PODS[1]!, credentials: undefined }] }) },
        { statements: MANAGED },
      ),
      want: [{ id: 'IAM005/pod-older:cni', severity: 'warning' }],
    },
    {
      name: 'Pod Identity without its agent, and a trust that does not let the session be tagged',
      of: byPodIdentity(
        { trust: [ofService('pods.eks.amazonaws.com', 'sts:AssumeRole')] },
        { workloads: workloads(), pods: plain().pods },
      ),
      want: [
        {
          id: 'IAM005/trust:cni',
          severity: 'error',
          evidence: { by: 'pod-identity', fault: 'service' },
          commands: [/update-assume-role-policy --role-name cni .*"sts:TagSession"/],
        },
        {
          id: 'IAM005/agent:cni',
          severity: 'error',
          evidence: { agents: null, nodes: ['n1', 'n2'] },
          commands: [
            /^aws eks create-addon --cluster-name prod --addon-name eks-pod-identity-agent --region eu-west-1$/,
          ],
        },
      ],
    },
    {
      name: 'the agent is away from one node',
      of: byPodIdentity({ trust: [POD_TRUST] }, { pods: [...plain().pods, AGENTS[0]!] }),
      want: [
        {
          id: 'IAM005/agent:cni',
          severity: 'error',
          evidence: { nodes: ['n2'], agents: { desired: 2, ready: 2 } },
          commands: [
            /get pods -l app\.kubernetes\.io\/name=eks-pod-identity-agent/,
            /describe ds\/eks-pod-identity-agent$/,
          ],
        },
      ],
    },
    {
      name: 'a closed VPC without STS',
      of: byIrsa({}, { routeTables: CLOSED, vpcEndpoints: [endpoint('ec2')] }),
      want: [
        {
          id: 'IAM005/endpoint:cni',
          severity: 'warning',
          evidence: { nodes: ['n1', 'n2'] },
          commands: [
            /create-vpc-endpoint --vpc-id vpc-0a1b2c3d4e5f60718 .*--service-name com\.amazonaws\.eu-west-1\.sts .*--subnet-ids subnet-0a subnet-0b --security-group-ids sg-0c1/,
          ],
        },
      ],
    },
  ],
  quiet: [
    { name: 'IRSA in order', of: byIrsa({}) },
    {
      name: 'a trust for all of kube-system',
      of: byIrsa({
        trust: [
          {
            ...ofIssuer(ISSUER),
            conditions: [
              { operator: 'StringLike', key: `${ISSUER}:sub`, values: ['system:serviceaccount:kube-system:*'] },
            ],
          },
        ],
      }),
    },
    { name: 'Pod Identity in order', of: byPodIdentity({ trust: [POD_TRUST] }) },
    { name: 'a closed VPC with STS', of: byIrsa({}, { routeTables: CLOSED, vpcEndpoints: [endpoint('sts')] }) },
  ],
  notApplicable: [{ name: 'the role of the nodes', of: byNode(MANAGED) }],
};

const SCOPED = (key: string, value: string) => [
  allow(ALL.filter((a) => /Describe/.test(a))),
  allow([...ALL.filter((a) => !/Describe/.test(a)), 'ec2:CreateTags'], {
    conditions: [{ operator: 'StringEquals', key, values: [value] }],
  }),
];
const NAMED = { CLUSTER_NAME: 'prod' };

export const iam006: Case = {
  whole: ['iam'],
  blindWithout: ['nodegroups'],
  fires: [
    {
      name: 'a tag that aws-node does not set',
      of: byNode(SCOPED('aws:RequestTag/cluster.k8s.amazonaws.com/name', 'prod'), {
        addons: [addon({ configuration: {} })],
      }),
      want: [
        {
          id: 'IAM006/cluster-name:nodes',
          severity: 'error',
          confidence: 'derived',
          evidence: {
            condition: 'aws:RequestTag/cluster.k8s.amazonaws.com/name',
            wanted: ['prod'],
            found: null,
            nodes: 2,
          },
          commands: [/"CLUSTER_NAME":"prod"/],
        },
      ],
    },
    {
      name: 'another name',
      of: byNode(SCOPED('ec2:ResourceTag/cluster.k8s.amazonaws.com/name', 'prod'), {
        env: { CLUSTER_NAME: 'prod-blue' },
      }),
      want: [{ id: 'IAM006/cluster-name:nodes', severity: 'error', evidence: { found: 'prod-blue' } }],
    },
    {
      name: 'ENIs from before the name was set',
      of: byNode(SCOPED('aws:ResourceTag/cluster.k8s.amazonaws.com/name', 'prod'), { env: NAMED }),
      want: [
        {
          id: 'IAM006/old-enis:nodes',
          severity: 'warning',
          evidence: { enis: ['eni-n1-1', 'eni-n2-1'] },
          commands: [
            /^aws ec2 create-tags --resources eni-n1-1 eni-n2-1 --tags Key=cluster\.k8s\.amazonaws\.com\/name,Value=prod --region eu-west-1$/,
          ],
        },
      ],
    },
    {
      name: 'instances without the tag',
      of: byNode(SCOPED('aws:ResourceTag/kubernetes.io/cluster/prod', 'owned')),
      want: [{ id: 'IAM006/instance-tag:nodes', severity: 'warning', evidence: { wanted: ['owned'] } }],
    },
  ],
  quiet: [
    { name: 'no conditions', of: byNode(MANAGED) },
    {
      name: 'conditions, and the managed policy beside them',
      of: byNode([...SCOPED('aws:RequestTag/cluster.k8s.amazonaws.com/name', 'prod'), ...MANAGED]),
    },
    {
      name: 'the tag is set, on all',
      of: plain().snapshot({
        nodegroups: GROUPS,
        iam: iam([role(NODE_ROLE, { statements: SCOPED('aws:ResourceTag/cluster.k8s.amazonaws.com/name', 'prod') })]),
        env: NAMED,
        networkInterfaces: plain().enis.map((e) =>
          e.origin.kind === 'cni-secondary'
            ? { ...e, tags: { ...e.tags, 'cluster.k8s.amazonaws.com/name': 'prod' } }
            : e,
        ),
      }),
    },
    {
      name: 'a condition of another kind',
      of: byNode([
        allow(ALL.filter((a) => /Describe/.test(a))),
        allow([...ALL.filter((a) => !/Describe/.test(a)), 'ec2:CreateTags'], {
          conditions: [{ operator: 'StringEquals', key: 'aws:ResourceAccount', values: [ACCOUNT] }],
        }),
      ]),
    },
  ],
  notApplicable: [{ name: 'aws-node asks nothing of EC2', of: byNode([], { env: { ENABLE_IMDS_ONLY_MODE: 'true' } }) }],
};
