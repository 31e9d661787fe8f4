import type { SectionData } from '../../../../src/inspect/snapshot.ts';
import { addon, cluster, cni, type GivenSections } from '../../../support/snapshot-builder.ts';
import { World } from '../world.ts';
import type { Case } from './case.ts';
import { plain } from './worlds.ts';

const SIX = { ENABLE_IPv4: 'false', ENABLE_IPv6: 'true', ENABLE_PREFIX_DELEGATION: 'true' };
const IMAGE = 'amazon-k8s-cni:v1.23.1-eksbuild.1';
type Env = Readonly<Record<string, string | undefined>>;

const container = (name: string, env: Record<string, string>, args: string[] = []) => ({
  name,
  image: IMAGE,
  env,
  unresolved: [],
  args,
});
/** aws-node whose three containers say what they are given. */
const said = (env: Env, init: Record<string, string>, agent?: readonly string[]) => {
  const base = cni({ env, initContainers: [container('aws-vpc-cni-init', init)] });
  return agent ? { ...base, containers: [...base.containers, container('aws-eks-nodeagent', {}, [...agent])] } : base;
};
const six = (of: ReturnType<typeof cni>, method: 'addon' | 'helm' | 'manifest' = 'addon') =>
  new World()
    .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a', { ipv6Cidrs: ['2001:db8:0:1::/64'], assignIpv6: true })
    .node('n1', { home: 'subnet-0a', maxPods: 110 })
    .snapshot({
      cluster: cluster({ ipFamily: 'ipv6' }),
      cni:
        method === 'addon'
          ? of
          : {
              ...of,
              installMethod: method,
              ...(method === 'helm'
                ? { helmRelease: { name: 'cni', namespace: 'kube-system', chart: 'aws-vpc-cni-1.20.4' } }
                : {}),
            },
      addons: method === 'addon' ? [addon({ configuration: { env: SIX } })] : [],
    });
const egress = (init: Record<string, string>, ipv6: readonly string[] = ['2001:db8::1']) => {
  const world = plain();
  for (const [i, e] of world.enis.entries())
    if (e.attachment?.deviceIndex === 0) world.enis[i] = { ...e, ipv6Addresses: [...ipv6] };
  return world.snapshot({ cni: said({ ENABLE_V6_EGRESS: 'true' }, init), addons: [addon()] });
};

export const ip6002: Case = {
  fires: [
    {
      name: 'an IPv6 cluster whose aws-node gives IPv4',
      of: six(said({}, { ENABLE_IPv6: 'true' })),
      want: [
        {
          id: 'IP6002/family:aws-node',
          severity: 'error',
          confidence: 'derived',
          evidence: {
            family: 'ipv6',
            settings: [
              { container: 'aws-node', variable: 'ENABLE_IPv4', value: 'true' },
              { container: 'aws-node', variable: 'ENABLE_IPv6', value: '' },
            ],
          },
          anyCommand: [/"ENABLE_IPv4":"false","ENABLE_IPv6":"true","ENABLE_PREFIX_DELEGATION":"true"/],
        },
      ],
    },
    {
      name: 'an IPv4 cluster whose aws-node gives IPv6',
      of: plain().snapshot({ cni: said(SIX, {}), addons: [addon()] }),
      want: [
        {
          id: 'IP6002/family:aws-node',
          severity: 'error',
          anyCommand: [/"ENABLE_IPv4":"true","ENABLE_IPv6":"false"/],
        },
      ],
    },
    {
      name: 'the init container was forgotten; an add-on',
      of: six(said(SIX, { DISABLE_TCP_EARLY_DEMUX: 'false' })),
      want: [
        {
          id: 'IP6002/init:aws-node',
          severity: 'error',
          commands: [/^aws eks update-addon .*"init":\{"env":\{"ENABLE_IPv6":"true"\}\}/],
        },
      ],
    },
    {
      name: 'the init container was forgotten; a chart',
      of: six(said(SIX, { ENABLE_IPv6: 'false' }), 'helm'),
      want: [
        {
          id: 'IP6002/init:aws-node',
          severity: 'error',
          commands: [
            /^helm upgrade cni aws-vpc-cni .*--version 1\.20\.4 .*--reuse-values --set-string init\.env\.ENABLE_IPv6=true$/,
          ],
        },
      ],
    },
    {
      name: 'the init container was forgotten; a manifest',
      of: six(said(SIX, {}), 'manifest'),
      want: [
        {
          id: 'IP6002/init:aws-node',
          severity: 'error',
          commands: [
            /^kubectl -n kube-system patch ds aws-node -p '\{"spec":\{"template":\{"spec":\{"initContainers":\[\{"name":"aws-vpc-cni-init","env":\[\{"name":"ENABLE_IPv6","value":"true"\}\]\}\]\}\}\}\}'$/,
          ],
        },
      ],
    },
    {
      name: 'the agent looks for IPv4, and enforces',
      of: six(said(SIX, { ENABLE_IPv6: 'true' }, ['--enable-ipv6=false', '--enable-network-policy=true'])),
      want: [
        {
          id: 'IP6002/agent:aws-node',
          severity: 'error',
          commands: [/^aws eks update-addon .*--resolve-conflicts OVERWRITE/],
        },
      ],
    },
    {
      name: 'the agent enforces nothing yet',
      of: six(said(SIX, { ENABLE_IPv6: 'true' }, ['--enable-network-policy=false'])),
      want: [{ id: 'IP6002/agent:aws-node', severity: 'info' }],
    },
    {
      name: 'IPv6 out of the cluster in one container only',
      of: egress({}),
      want: [
        {
          id: 'IP6002/egress:aws-node',
          severity: 'error',
          commands: [/"init":\{"env":\{"ENABLE_V6_EGRESS":"true"\}\}/],
        },
      ],
    },
    {
      name: 'IPv6 out of the cluster, and nodes without an IPv6 address',
      of: egress({ ENABLE_V6_EGRESS: 'true' }, []),
      want: [
        {
          id: 'IP6002/no-address:aws-node',
          severity: 'error',
          evidence: { nodes: ['n1', 'n2'] },
          commands: [/ENABLE_V6_EGRESS=false/, /"ENABLE_V6_EGRESS":"false"/],
        },
      ],
    },
  ],
  quiet: [
    {
      name: 'both families on, in both containers alike: CFG001',
      of: plain().snapshot({ cni: said({ ENABLE_IPv4: 'true', ENABLE_IPv6: 'true' }, { ENABLE_IPv6: 'true' }) }),
    },
    { name: 'an IPv4 cluster as it comes', of: plain().snapshot() },
    {
      name: 'an IPv6 cluster as it comes',
      of: six(said(SIX, { ENABLE_IPv6: 'true' }, ['--enable-ipv6=true', '--enable-network-policy=true'])),
    },
    {
      name: 'both families, which aws-node itself refuses: CFG001',
      of: six(said({ ENABLE_IPv6: 'true' }, { ENABLE_IPv6: 'true' })),
    },
    { name: 'IPv6 out of the cluster as it should be', of: egress({ ENABLE_V6_EGRESS: 'true' }) },
  ],
  notApplicable: [{ name: 'no family told', of: plain().snapshot({ cluster: cluster({ ipFamily: undefined }) }) }],
};

const V6_OUT = { destination: '::/0', target: 'eigw-1', state: 'active' };
const V4_OUT = { destination: '0.0.0.0/0', target: 'nat-1', state: 'active' };
type Routes = SectionData<'routeTables'>[number]['routes'];
const table = (routeTableId: string, routes: Routes, part: { main?: boolean; subnetIds?: string[] } = {}) => ({
  routeTableId,
  main: false,
  subnetIds: [],
  ...part,
  routes,
});
const away = (tables: SectionData<'routeTables'>, over: GivenSections = {}, dns64 = false, egress = '::/0') =>
  new World()
    .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a', { ipv6Cidrs: ['2001:db8:0:1::/64'], assignIpv6: true, dns64 })
    .node('n1', { home: 'subnet-0a', maxPods: 110 })
    .snapshot({
      env: SIX,
      cluster: cluster({ ipFamily: 'ipv6' }),
      routeTables: tables,
      securityGroupRules: {
        groupIds: ['sg-node'],
        rules: [{ groupId: 'sg-node', egress: true, protocol: '-1', cidr: egress }],
      },
      ...over,
    });
const BOTH = [table('rtb-1', [V4_OUT, V6_OUT], { main: true })];
const enforcing = () => {
  const base = cni({ env: SIX });
  return {
    ...base,
    containers: [...base.containers, container('aws-eks-nodeagent', {}, ['--enable-network-policy=true'])],
  };
};
const ANY = { namespace: 'shop', name: 'deny', podSelector: { matchLabels: {}, matchExpressions: [] } };

export const ip6003: Case = {
  whole: ['routeTables'],
  fires: [
    {
      name: 'a way out for IPv4 alone',
      of: away([table('rtb-1', [V4_OUT], { main: true })]),
      want: [
        {
          id: 'IP6003/no-route:rtb-1',
          severity: 'warning',
          confidence: 'derived',
          evidence: { subnets: ['subnet-0a'], routeTableId: 'rtb-1', nodes: 1 },
          commands: [
            /^aws ec2 create-egress-only-internet-gateway --vpc-id vpc-\w+ --query \S+ --output text --region eu-west-1 \| grep '\^eigw-' \| xargs '-I\{\}' aws ec2 create-route --route-table-id rtb-1 --destination-ipv6-cidr-block ::\/0 --egress-only-internet-gateway-id='\{\}' --region eu-west-1$/,
          ],
        },
      ],
    },
    {
      name: 'another table has the gateway; the route of this one leads nowhere',
      of: away([
        table('rtb-0', [V4_OUT, V6_OUT], { main: true }),
        table('rtb-1', [V4_OUT, { ...V6_OUT, target: 'eigw-gone', state: 'blackhole' }], { subnetIds: ['subnet-0a'] }),
      ]),
      want: [
        {
          id: 'IP6003/no-route:rtb-1',
          severity: 'warning',
          commands: [
            /^aws ec2 replace-route --route-table-id rtb-1 --destination-ipv6-cidr-block ::\/0 --egress-only-internet-gateway-id eigw-1 --region eu-west-1$/,
          ],
        },
      ],
    },
    {
      name: 'the groups let out IPv4 alone',
      of: away(BOTH, {}, false, '0.0.0.0/0'),
      want: [
        {
          id: 'IP6003/groups:sg-node',
          severity: 'warning',
          evidence: { groups: ['sg-node'], nodes: 1 },
          commands: [
            /^aws ec2 authorize-security-group-egress --group-id sg-node .*"CidrIpv6":"::\/0".* --region eu-west-1$/,
          ],
        },
      ],
    },
    {
      name: 'DNS64',
      of: away(BOTH, {}, true),
      want: [
        {
          id: 'IP6003/dns64:subnets',
          severity: 'warning',
          commands: [/^aws ec2 modify-subnet-attribute --subnet-id subnet-0a --no-enable-dns64 --region eu-west-1$/],
        },
      ],
    },
    {
      name: 'policies that do not see IPv4',
      of: away(BOTH, { cni: enforcing(), networkPolicies: [ANY] }),
      want: [{ id: 'IP6003/v4-unfiltered:aws-node', severity: 'info', evidence: { policies: 1 } }],
    },
  ],
  quiet: [
    { name: 'as it should be', of: away(BOTH) },
    { name: 'closed in both families', of: away([table('rtb-1', [], { main: true })]) },
  ],
};
