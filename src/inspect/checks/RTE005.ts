import * as v from 'valibot';
import { type Cidr, contains, overlaps, parseCidr } from '../../calc/cidr.ts';
import { section } from '../facts/define-fact.ts';
import { isToPeer } from '../facts/support/routing-paths.ts';
import { named } from '../shell.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { aws } from './support/commands.ts';
import { unjudged } from './support/unjudged.ts';

const evidence = v.object({ what: v.string(), cidr: v.string(), other: v.string(), otherCidr: v.string() });
type Evidence = v.InferOutput<typeof evidence>;

interface NamedRange {
  readonly what: string;
  readonly cidr: string;
}

export const RTE005 = defineCheck({
  code: 'RTE005',
  title: 'Address ranges overlap',
  severity: 'error',
  grain: 'cluster',
  platform: 'any',
  needs: { cluster: section('cluster'), vpc: section('vpc') },
  helps: { tables: section('routeTables') },
  partialOk: true,
  evidence,
  evaluate: ({ cluster, vpc, tables }) => {
    const service = cluster.serviceIpv4Cidr ? [{ what: 'Services', cidr: cluster.serviceIpv4Cidr }] : [];
    const ofVpc = vpc.cidrs.filter((c) => c.state === 'associated').map((c) => ({ what: 'the VPC', cidr: c.cidr }));
    const remote = [
      ...cluster.remoteNodeCidrs.map((cidr) => ({ what: 'hybrid nodes', cidr })),
      ...cluster.remotePodCidrs.map((cidr) => ({ what: 'pods of hybrid nodes', cidr })),
    ];
    const peers = (tables ?? []).flatMap((t) =>
      t.routes.flatMap((r) => (isToPeer(r.target) ? [{ what: `peers behind ${r.target}`, cidr: r.destination }] : [])),
    );
    const look = [
      aws(
        cluster,
        'ec2',
        'describe-vpcs',
        '--vpc-ids',
        named('vpc', vpc.vpcId),
        '--query',
        'Vpcs[0].CidrBlockAssociationSet',
      ),
    ];
    const draft = (a: NamedRange, b: NamedRange, severity: 'error' | 'warning'): Draft<Evidence> => ({
      key: `${a.cidr}-${b.cidr}`,
      severity,
      confidence: 'derived',
      resources: [{ kind: 'cluster', id: cluster.name }],
      scope: {},
      evidence: { what: a.what, cidr: a.cidr, other: b.what, otherCidr: b.cidr },
      fixes: [
        {
          title: 'See which range can go',
          commands: look,
          changes:
            'Nothing: it lists the ranges of the VPC. The range of Services cannot be changed: move pods to another secondary range, or use a private NAT gateway between overlapping networks.',
          effect: 'immediate',
        },
      ],
    });
    const found = [
      ...pairs([...ofVpc, ...remote], service, overlaps).map(([a, b]) => draft(a, b, 'error')),
      ...pairs(remote, ofVpc, overlaps).map(([a, b]) => draft(a, b, 'error')),
      // A route to a wide range is a rule of thumb; only one that lies within the range of Services is certain to be shadowed.
      ...pairs(peers, service, (a, b) => contains(b, a)).map(([a, b]) => draft(a, b, 'warning')),
    ];
    return [...new Map(found.map((f) => [f.key, f])).values()];
  },
  unjudged: (_, { gapsOf }) => unjudged('set of routes', 1, gapsOf('tables')),
  summary: (e) => `the range of ${e.what}, ${e.cidr}, overlaps that of ${e.other}, ${e.otherCidr}`,
  explanation: {
    why: 'kube-proxy translates every address in the range of Services, and the VPC keeps its own ranges local, so packets to the other side of the overlap vanish without an error.',
    how: 'Ranges of the VPC and of hybrid nodes and their pods against the range of Services and against each other: an error. Routes to peering connections, transit and VPN gateways that lie within the range of Services: a warning; wider routes are left out.',
    fix: 'Use another secondary range for pods; for networks that have to stay as they are a private NAT gateway.',
    verify: 'vpccni inspect no longer names the pair.',
    references: [
      'https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html',
      'https://docs.aws.amazon.com/eks/latest/best-practices/custom-networking.html',
    ],
  },
});

function pairs(
  left: readonly NamedRange[],
  right: readonly NamedRange[],
  meet: (a: Cidr, b: Cidr) => boolean,
): (readonly [NamedRange, NamedRange])[] {
  return left.flatMap((a) =>
    right.flatMap((b) => {
      const [x, y] = [parseCidr(a.cidr), parseCidr(b.cidr)];
      return x && y && meet(x, y) ? [[a, b] as const] : [];
    }),
  );
}
