import type { RouteTable } from '../../../../src/inspect/snapshot/ec2.ts';
import type { NetworkAcl } from '../../../../src/inspect/snapshot/routing.ts';
import { cni, VPC } from '../../../support/snapshot-builder.ts';
import { ACCOUNT } from '../world.ts';
import type { Case } from './case.ts';
import { CUSTOM_PREFIX, custom, customSections, plain } from './worlds.ts';

const LOCAL = [
  { destination: '10.0.0.0/16', target: 'local', state: 'active' },
  { destination: '100.64.0.0/16', target: 'local', state: 'active' },
];
const to = (destination: string, target: string, state = 'active') => ({ destination, target, state });
const OUT = to('0.0.0.0/0', 'nat-1');
const SITE = to('192.168.0.0/16', 'tgw-1');
const table = (
  routeTableId: string,
  subnetIds: string[],
  routes: RouteTable['routes'],
  part: Partial<RouteTable> = {},
): RouteTable => ({ routeTableId, main: false, subnetIds, routes: [...LOCAL, ...routes], ...part });
const main = (routes: RouteTable['routes']) => table('rtb-main', [], routes, { main: true });
const HOMES = ['subnet-na', 'subnet-nb'];
const SNAT = { AWS_VPC_K8S_CNI_EXTERNALSNAT: 'true' };
const withRoutes = (routeTables: RouteTable[], env: Record<string, string> = {}, over = {}) =>
  custom().snapshot({ ...customSections, env: { ...CUSTOM_PREFIX, ...env }, routeTables, ...over });

const acl = (
  networkAclId: string,
  subnetIds: string[],
  inbound: readonly Partial<NetworkAcl['entries'][number]>[],
): NetworkAcl => {
  const entry = (rule: number, egress: boolean, part: Partial<NetworkAcl['entries'][number]> = {}) =>
    ({ rule, egress, action: 'allow', protocol: '-1', cidr: '0.0.0.0/0', ...part }) as const;
  return {
    networkAclId,
    isDefault: false,
    subnetIds,
    entries: [
      ...inbound.map((part, i) => entry((i + 1) * 100, false, part)),
      entry(32767, false, { action: 'deny' }),
      entry(100, true),
      entry(32767, true, { action: 'deny' }),
    ],
  };
};
const OPEN = {};
const tcp = (fromPort: number, toPort: number, part = {}) => ({ protocol: '6', fromPort, toPort, ...part });

export const rte002: Case = {
  whole: ['routeTables'],
  blindWithout: ['eniConfigs'],
  fires: [
    {
      name: 'pods leave untranslated and their subnets follow a main table without any way out',
      of: withRoutes([main([]), table('rtb-nodes', HOMES, [OUT, SITE])], SNAT),
      want: ['a', 'b'].map((z) => ({
        id: `RTE002:subnet-p${z}/subnet-n${z}`,
        severity: 'error' as const,
        confidence: 'derived' as const,
        evidence: {
          podRouteTableId: 'rtb-main',
          main: true,
          missing: [
            { destination: '0.0.0.0/0', target: 'nat-1' },
            { destination: '192.168.0.0/16', target: 'tgw-1' },
          ],
          untranslated: true,
          nodes: 1,
          pods: 20,
        },
        commands: [
          new RegExp(
            `^aws ec2 associate-route-table --subnet-id subnet-p${z} --route-table-id rtb-nodes --region eu-west-1$`,
          ),
        ],
      })),
    },
    {
      name: 'translated, but for a range that is left out: the routes one by one, into a table of their own',
      of: withRoutes(
        [
          main([]),
          table('rtb-nodes', HOMES, [OUT, SITE, to('10.9.0.0/16', 'pcx-1')]),
          table('rtb-pods', ['subnet-pa', 'subnet-pb'], [OUT]),
        ],
        { AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS: '192.168.0.0/16' },
      ),
      want: ['a', 'b'].map((z) => ({
        id: `RTE002:subnet-p${z}/subnet-n${z}`,
        severity: 'warning' as const,
        commands: [
          /^aws ec2 create-route --route-table-id rtb-pods --destination-cidr-block 192\.168\.0\.0\/16 --transit-gateway-id tgw-1 /,
          /^aws ec2 create-route --route-table-id rtb-pods --destination-cidr-block 10\.9\.0\.0\/16 --vpc-peering-connection-id pcx-1 /,
        ],
      })),
    },
    {
      name: 'all is translated: only what comes from there finds no way back',
      of: withRoutes([main([OUT]), table('rtb-nodes', HOMES, [OUT, SITE])]),
      want: ['a', 'b'].map((z) => ({
        id: `RTE002:subnet-p${z}/subnet-n${z}`,
        severity: 'info' as const,
        evidence: { untranslated: false, missing: [{ destination: '192.168.0.0/16', target: 'tgw-1' }] },
        says: /finds no way back$/,
      })),
    },
    {
      name: 'nodes in public subnets: their table is no way out for pods',
      of: withRoutes([main([]), table('rtb-nodes', HOMES, [to('0.0.0.0/0', 'igw-1')])], SNAT),
      want: ['a', 'b'].map((z) => ({
        id: `RTE002:subnet-p${z}/subnet-n${z}`,
        severity: 'error' as const,
        commands: [/^aws ec2 describe-route-tables --route-table-ids rtb-nodes rtb-main /],
      })),
    },
    {
      name: 'another network ACL beside',
      of: withRoutes(
        [main([OUT]), table('rtb-nodes', HOMES, [OUT, SITE])],
        {},
        { networkAcls: [acl('acl-1', HOMES, [OPEN]), acl('acl-2', ['subnet-pa', 'subnet-pb'], [tcp(0, 1024)])] },
      ),
      want: ['a', 'b'].map((z) => ({
        id: `RTE002:subnet-p${z}/subnet-n${z}`,
        severity: 'info' as const,
        evidence: { networkAclId: 'acl-2' },
        says: /its network ACL acl-2 holds things back/,
      })),
    },
  ],
  quiet: [
    { name: 'one table for all', of: withRoutes([main([OUT, SITE])], SNAT) },
    {
      name: 'another NAT gateway, and a wider route to the same transit gateway',
      of: withRoutes(
        [
          table('rtb-nodes', HOMES, [OUT, SITE]),
          table('rtb-pods', ['subnet-pa', 'subnet-pb'], [to('0.0.0.0/0', 'nat-2'), to('192.0.0.0/8', 'tgw-1')]),
        ],
        SNAT,
      ),
    },
    {
      name: 'a blackhole is no route to miss',
      of: withRoutes([main([OUT]), table('rtb-nodes', HOMES, [OUT, to('10.9.0.0/16', 'pcx-1', 'blackhole')])], SNAT),
    },
    { name: 'pods are in the subnets of their nodes', of: plain().snapshot({ routeTables: [main([])], env: SNAT }) },
  ],
};

export const rte003: Case = {
  whole: ['routeTables'],
  fires: [
    {
      name: 'a peering and a transit gateway, one of them left out',
      of: plain().snapshot({
        env: { AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS: '10.9.0.0/16' },
        routeTables: [main([OUT, SITE, to('10.9.0.0/16', 'pcx-1'), to('10.50.0.0/16', 'pcx-2')])],
      }),
      want: [
        {
          id: 'RTE003:aws-node',
          severity: 'info',
          confidence: 'derived',
          evidence: {
            peers: [
              { cidr: '10.50.0.0/16', target: 'pcx-2', routeTableId: 'rtb-main' },
              { cidr: '192.168.0.0/16', target: 'tgw-1', routeTableId: 'rtb-main' },
            ],
            unreachable: false,
          },
          commands: [/ AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS=10\.9\.0\.0\/16,10\.50\.0\.0\/16,192\.168\.0\.0\/16'?$/],
        },
      ],
    },
    {
      name: 'before v1.8.0 they do not reach pods',
      of: plain().snapshot({ cni: cni({ version: 'v1.7.10' }), routeTables: [main([OUT, SITE])] }),
      want: [{ id: 'RTE003:aws-node', severity: 'error', evidence: { unreachable: true }, says: /before v1\.8\.0/ }],
    },
  ],
  quiet: [
    { name: 'no other network', of: plain().snapshot({ routeTables: [main([OUT, to('0.0.0.0/0', 'tgw-1')])] }) },
    { name: 'pods leave untranslated', of: plain().snapshot({ env: SNAT, routeTables: [main([OUT, SITE])] }) },
    {
      name: 'a wider range is left out',
      of: plain().snapshot({
        env: { AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS: '192.168.7.0/12, 10.0.0.0/8' },
        routeTables: [main([OUT, SITE])],
      }),
    },
    {
      name: 'a route to another range of the VPC itself',
      of: plain().snapshot({
        routeTables: [main([OUT, to('100.64.8.0/24', 'tgw-1')])],
        vpc: {
          vpcId: VPC,
          ownerId: ACCOUNT,
          cidrs: [
            { cidr: '10.0.0.0/16', state: 'associated' },
            { cidr: '100.64.0.0/16', state: 'associated' },
          ],
          ipv6Cidrs: [],
        },
      }),
    },
  ],
};

const side = (region: string) => ({ vpcId: 'vpc-x', ownerId: ACCOUNT, region, cidrs: [] });

export const rte004: Case = {
  whole: ['routeTables'],
  fires: [
    {
      name: 'a transit gateway, and an ACL without ICMP',
      of: plain().snapshot({
        routeTables: [main([OUT, SITE])],
        networkAcls: [
          acl('acl-1', ['subnet-0a', 'subnet-0b'], [tcp(0, 65535), { protocol: '17', fromPort: 0, toPort: 65535 }]),
        ],
      }),
      want: [
        {
          id: 'RTE004/no-icmp:aws-node',
          severity: 'warning',
          confidence: 'derived',
          evidence: { podMtu: 9001, paths: [{ target: 'tgw-1', mtu: 8500 }], networkAcls: ['acl-1'] },
          says: /^pods send up to 9,001 bytes at a time, more than 1 path of their subnets carries: transit gateway tgw-1 \(8,500\); acl-1 holds back/,
          anyCommand: [/ POD_MTU=8500$/m, /^aws ec2 describe-network-acls --network-acl-ids acl-1 /m],
        },
      ],
    },
    {
      name: 'a VPN and a far peering, all ACLs open',
      of: plain().snapshot({
        routeTables: [main([OUT, to('192.168.0.0/16', 'vgw-1'), to('10.9.0.0/16', 'pcx-1')])],
        networkAcls: [acl('acl-1', ['subnet-0a', 'subnet-0b'], [OPEN])],
        vpcPeerings: [
          { peeringId: 'pcx-1', status: 'active', requester: side('eu-west-1'), accepter: side('us-east-1') },
        ],
      }),
      want: [
        {
          id: 'RTE004/path:aws-node',
          severity: 'info',
          confidence: 'heuristic',
          evidence: {
            paths: [
              { target: 'vgw-1', mtu: 1500 },
              { target: 'pcx-1', kind: 'peering', mtu: 8500 },
            ],
          },
          commands: [/ POD_MTU=1500$/],
        },
      ],
    },
    {
      name: 'more than the ENI takes',
      of: plain().snapshot({ env: { AWS_VPC_ENI_MTU: '1500', POD_MTU: '8900' } }),
      want: [{ id: 'RTE004/pod-above-eni:aws-node', severity: 'warning', commands: [/ POD_MTU=1500$/] }],
    },
    {
      name: 'a release that knows the MTU of ENIs alone',
      of: plain().snapshot({
        cni: cni({ version: 'v1.15.0', env: { POD_MTU: '1500' } }),
        routeTables: [main([OUT, SITE])],
      }),
      want: [{ id: 'RTE004/path:aws-node', severity: 'info', commands: [/ AWS_VPC_ENI_MTU=8500$/] }],
    },
  ],
  quiet: [
    {
      name: 'pods send what it carries',
      of: plain().snapshot({ env: { POD_MTU: '8500' }, routeTables: [main([SITE])] }),
    },
    { name: 'a NAT gateway alone', of: plain().snapshot({ routeTables: [main([OUT])] }) },
    {
      name: 'a peering within the Region',
      of: plain().snapshot({
        routeTables: [main([OUT, to('10.9.0.0/16', 'pcx-1')])],
        vpcPeerings: [
          { peeringId: 'pcx-1', status: 'active', requester: side('eu-west-1'), accepter: side('eu-west-1') },
        ],
      }),
    },
    {
      name: 'a route that leads nowhere',
      of: plain().snapshot({ routeTables: [main([to('10.9.0.0/16', 'tgw-1', 'blackhole')])] }),
    },
  ],
};

const narrow = [tcp(443, 443), tcp(32768, 65535)];
const service = (part = {}) => ({
  namespace: 'shop',
  name: 'web',
  type: 'NodePort',
  clusterIps: [],
  selector: {},
  ports: [{ protocol: 'TCP', port: 80, targetPort: '8080', nodePort: 30080 }],
  ...part,
});

export const rte006: Case = {
  whole: ['networkAcls', 'routeTables'],
  fires: [
    {
      name: 'the ports that Linux uses by itself are let in, random ones are not',
      of: plain().snapshot({ routeTables: [main([OUT])], networkAcls: [acl('acl-1', ['subnet-0a'], narrow)] }),
      want: [
        {
          id: 'RTE006/snat-ports:acl-1',
          severity: 'warning',
          confidence: 'derived',
          evidence: {
            open: ['32768–65535'],
            setting: 'AWS_VPC_K8S_CNI_RANDOMIZESNAT=prng',
            nodes: 1,
            subnets: ['subnet-0a'],
          },
          commands: [
            /^aws ec2 create-network-acl-entry --network-acl-id acl-1 --ingress --rule-number 32766 --protocol tcp --port-range From=1024,To=65535 --cidr-block 0\.0\.0\.0\/0 --rule-action allow --region eu-west-1$/,
          ],
          anyCommand: [/ AWS_VPC_K8S_CNI_RANDOMIZESNAT=none$/m],
        },
      ],
    },
    {
      name: 'an explicit denial above, hashrandom, and fewer ports than Linux uses',
      of: plain().snapshot({
        env: { AWS_VPC_K8S_CNI_RANDOMIZESNAT: 'hashrandom' },
        routeTables: [main([OUT])],
        networkAcls: [
          acl(
            'acl-1',
            ['subnet-0a', 'subnet-0b'],
            [tcp(22, 22, { cidr: '198.51.100.0/24', action: 'deny' }), tcp(1024, 40000, { action: 'deny' }), OPEN],
          ),
        ],
      }),
      want: [
        {
          id: 'RTE006/snat-ports:acl-1',
          severity: 'warning',
          evidence: { open: ['40001–65535'], nodes: 2 },
          commands: [/ --rule-number 199 /],
        },
      ],
    },
    {
      name: 'node ports are off, and a Service has one',
      of: plain().snapshot({
        env: { AWS_VPC_CNI_NODE_PORT_SUPPORT: 'false' },
        services: [service(), service({ name: 'ip', type: 'LoadBalancer', targetType: 'ip' })],
      }),
      want: [
        {
          id: 'RTE006/node-ports:aws-node',
          severity: 'warning',
          evidence: { services: 1, networkAclId: null },
          commands: [/ AWS_VPC_CNI_NODE_PORT_SUPPORT=true$/],
        },
      ],
    },
  ],
  quiet: [
    {
      name: 'all is let in',
      of: plain().snapshot({
        routeTables: [main([OUT])],
        networkAcls: [acl('acl-1', ['subnet-0a', 'subnet-0b'], [OPEN])],
      }),
    },
    {
      name: 'in two rules that meet',
      of: plain().snapshot({ networkAcls: [acl('acl-1', ['subnet-0a'], [tcp(1000, 32767), tcp(32768, 65535)])] }),
    },
    {
      name: 'nothing comes in from the internet',
      of: plain().snapshot({ networkAcls: [acl('acl-1', ['subnet-0a'], [tcp(0, 65535, { cidr: '10.0.0.0/8' })])] }),
    },
    {
      name: 'the ports of pods are kept',
      of: plain().snapshot({
        env: { AWS_VPC_K8S_CNI_RANDOMIZESNAT: 'none' },
        networkAcls: [acl('acl-1', ['subnet-0a'], narrow)],
      }),
    },
    {
      name: 'nothing is translated',
      of: plain().snapshot({ env: SNAT, networkAcls: [acl('acl-1', ['subnet-0a'], narrow)] }),
    },
    {
      name: 'nothing goes out',
      of: plain().snapshot({ routeTables: [main([])], networkAcls: [acl('acl-1', ['subnet-0a'], narrow)] }),
    },
    {
      name: 'node ports are off and unused',
      of: plain().snapshot({
        env: { AWS_VPC_CNI_NODE_PORT_SUPPORT: 'false' },
        services: [service({ type: 'ClusterIP' })],
      }),
    },
  ],
};
