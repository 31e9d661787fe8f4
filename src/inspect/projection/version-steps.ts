/** Steps between releases of the VPC CNI that go wrong (ADD004; amazon-vpc-cni-k8s README.md, docs/troubleshooting.md, CHANGELOG.md). */
import { atLeastRelease, type CniVersion, formatCniVersion, parseCniVersion } from '../../calc/maxpods/index.ts';
import { things } from '../contract/words.ts';
import type { CniIdentity } from '../facts/cni-identity.ts';
import type { Networking } from '../facts/networking.ts';
import { subnetAction } from '../facts/support/cni-actions.ts';
import { behaves } from '../facts/support/cni-release.ts';
import { verdictOn } from '../facts/support/iam-policy.ts';

interface Fall {
  /** A step from this release or later to one before it. */
  readonly below: CniVersion;
  readonly when: (net: Networking, policyOn: boolean) => boolean;
  readonly text: string;
}

const v = (minor: number, patch = 0): CniVersion => ({ major: 1, minor, patch });

const FALLS: readonly Fall[] = [
  { below: v(9), when: (net) => net.settings.prefixDelegation, text: 'it knows no prefixes, which nodes hold' },
  { below: v(10, 1), when: (net) => net.settings.ipv6, text: 'it does not work in an IPv6 cluster' },
  { below: v(12, 1), when: () => true, text: 'pods made by the later release cannot be deleted by it' },
  { below: v(14), when: (_, policyOn) => policyOn, text: 'it enforces no network policy' },
  { below: v(20), when: (net) => net.settings.multiNic, text: 'pods with several interfaces are lost to it' },
];

/** The one release that asks for the groups of the VPC, whatever its mode. */
const ASKS_FOR_GROUPS = v(22, 1);

/** What a release asks of EC2 that a role of aws-node does not allow while the one that runs does without (IAM003), in words. */
export function lackingFor(
  from: string | undefined,
  to: string,
  net: Networking,
  { identity, region }: { readonly identity: CniIdentity | undefined; readonly region: string | undefined },
): string[] {
  const asked = (release: string | undefined): string[] => {
    const subnets = behaves(release, 'subnetsReadAtStart')
      ? subnetAction({ ...net, cniVersion: release })?.action
      : undefined;
    const groups = formatOf(release) === formatCniVersion(ASKS_FOR_GROUPS) ? 'ec2:DescribeSecurityGroups' : undefined;
    return [subnets ?? [], groups ?? []].flat();
  };
  const before = new Set(asked(from));
  return asked(to)
    .filter((action) => !before.has(action))
    .flatMap((action) =>
      (identity?.roles ?? []).flatMap(({ role, nodes }) => {
        const verdict = verdictOn(role, action, '*', region);
        return verdict === 'allowed' || verdict === 'conditional'
          ? []
          : [`unsafe: role ${role.name} of ${things(nodes.length, 'node')} does not allow ${action}, which it needs`];
      }),
    );
}

function formatOf(release: string | undefined): string | undefined {
  const parsed = parseCniVersion(release ?? '');
  return parsed && formatCniVersion(parsed);
}

/** What makes the step from one release to another unsafe, in words; empty for one that is not, and where a release is not told. */
export function unsafeSteps(from: string | undefined, to: string, net: Networking, policyOn: boolean): string[] {
  const [own, next] = [parseCniVersion(from ?? ''), parseCniVersion(to)];
  if (from === undefined || !own || !next) return [];
  const is = (release: string, least: CniVersion) => atLeastRelease(release, least) === true;
  const minors = own.major === next.major ? next.minor - own.minor : 0;
  const back = FALLS.filter((f) => is(from, f.below) && !is(to, f.below) && f.when(net, policyOn));
  return [
    ...(!is(from, v(7)) && is(to, v(12)) ? ['unsafe: from before 1.7.0 go to a release before 1.12 first'] : []),
    ...(minors > 1
      ? [
          `unsafe in one step: ${things(minors - 1, 'minor release')} between, each with its latest patch, one at a time`,
        ]
      : []),
    ...back.map((f) => `unsafe: below ${formatCniVersion(f.below)} ${f.text}`),
    ...(policyOn && is(from, v(23)) && !is(to, v(22, 4))
      ? ['unsafe: with network policy on, the only way back from 1.23 is 1.22.4']
      : []),
  ];
}
