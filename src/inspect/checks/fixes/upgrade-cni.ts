/** A later release of aws-node, where the present one is what is wrong. */
import {
  atLeastRelease,
  badReleases,
  type CniVersion,
  formatCniVersion,
  parseCniVersion,
} from '../../../calc/maxpods/index.ts';
import { updateAddon } from '../../cni-settings.ts';
import type { Fix } from '../../contract/finding.ts';
import type { FixContext } from '../../facts/fix-context.ts';
import type { NodeCapacity } from '../../facts/node-capacity.ts';
import { behaves } from '../../facts/support/cni-release.ts';
import type { Addon, AddonVersions, Cluster } from '../../snapshot/aws.ts';
import { aws, kubectl } from '../support/commands.ts';

/** Before v1.20.4 aws-node kept a slot for the trunk on every type (`awsutils.go:IsTrunkingCompatible`). */
export function upgradeForTrunk(fix: FixContext, versions: AddonVersions | undefined, c: NodeCapacity): Fix[] {
  if (c.trunk === 0 || c.limits.branchEnis > 0 || behaves(fix.networking?.cniVersion, 'trunkListRead')) return [];
  const wanted = nearestOffered(versions, (version) => behaves(version, 'trunkListRead'));
  return [
    {
      title: `Move aws-node to ${wanted ?? 'v1.20.4 or later'}: it then keeps no slot for a trunk on ${c.instanceType}, which can carry none`,
      commands: wanted ? moves(fix, wanted, versions) : [],
      changes: 'Updates the CNI, keeping its configuration; aws-node restarts node by node and uses the slot at once.',
      effect: 'minutes',
      risk: 'Minor releases are taken one at a time.',
    },
  ];
}

/** Another release of aws-node: through the add-on, or told for whoever installed it by other means. */
export function moveAddon(fix: FixContext, to: Wanted | string, versions: AddonVersions | undefined): Fix[] {
  const { addon, cluster } = fix;
  const { version, release, patchesOnly = false } = typeof to === 'string' ? { version: to, release: to } : to;
  if (!addon || !cluster) return [byHand(`Move aws-node to ${version ?? release} by what installed it`)];
  if (version === undefined)
    return [
      {
        title: `${patchesOnly ? `Neither ${release} nor a later patch of it` : `No release from ${release} on`} is offered for Kubernetes ${cluster.version}`,
        commands: [listOffer(fix, addon, cluster)],
        changes: 'Nothing: it lists what EKS offers. What else ends the fault stands in its source.',
        effect: 'immediate',
      },
    ];
  const path = stepsTo(fix, version, versions);
  return [
    {
      title:
        path && path.length > 1
          ? `Move the add-on to ${version} in ${path.length} steps: ${path.join(', ')}`
          : `Move the add-on to ${version}`,
      commands: moves(fix, version, versions),
      changes: 'Updates the CNI, keeping its configuration; aws-node restarts node by node.',
      effect: 'minutes',
      ...(path && path.length === 1
        ? {}
        : {
            risk: path
              ? 'The command goes on to the next step once EKS says that the add-on is active; to look whether new pods start first, give it step by step.'
              : 'The releases between are not known: the command lists what EKS offers. Take the latest patch of each minor release, one at a time.',
          }),
    },
  ];
}

/**
 * One update a minor release, each waited for, in one command: pasted as lines, the next would be asked for where the one before
 * had failed. Where the releases between are not known, the command that lists them.
 */
function moves(fix: FixContext, version: string, versions: AddonVersions | undefined): string[] {
  const { addon, cluster } = fix;
  if (!addon || !cluster) return [];
  const path = stepsTo(fix, version, versions);
  if (!path) return [listOffer(fix, addon, cluster)];
  const of = ['--cluster-name', cluster.name, '--addon-name', addon.name];
  const wait = aws(fix, 'eks', 'wait', 'addon-active', ...of);
  const updates = path.map((step) =>
    aws(fix, 'eks', 'update-addon', ...of, '--addon-version', step, '--resolve-conflicts', 'PRESERVE'),
  );
  return [updates.join(` && ${wait} && `)];
}

function listOffer(fix: FixContext, addon: Addon, cluster: Cluster): string {
  return aws(
    fix,
    ...['eks', 'describe-addon-versions', '--addon-name', addon.name, '--kubernetes-version', cluster.version],
    ...['--query', 'addons[0].addonVersions[].addonVersion', '--output', 'text'],
  );
}

/**
 * One release of each minor on the way up, as EKS offers them; those it does not offer are passed over. Undefined where there are
 * minor releases between and the offer was not read.
 */
export function stepsTo(fix: FixContext, to: string, versions: AddonVersions | undefined): string[] | undefined {
  const [own, wanted] = [fix.addon?.version ?? fix.networking?.cniVersion ?? '', to].map(parseCniVersion);
  if (!own || !wanted || own.major !== wanted.major || wanted.minor - own.minor <= 1) return [to];
  if (!versions) return undefined;
  const between: string[] = [];
  for (let minor = own.minor + 1; minor < wanted.minor; minor++) {
    const best = versions.versions.find((o) => parseCniVersion(o.version)?.minor === minor);
    if (best) between.push(best.version);
  }
  return [...between, to];
}

/** The add-on version with this release or the nearest later one that EKS offers; undefined where it offers none. */
export function offeredFrom(versions: AddonVersions | undefined, release: CniVersion): Wanted {
  const suits = (version: string) => atLeastRelease(version, release) === true;
  return wanted(versions, release, suits);
}

/** The latest patch of this minor release that EKS offers, from this one on; undefined where it offers none. */
export function offeredBack(versions: AddonVersions | undefined, release: CniVersion): Wanted {
  const suits = (version: string) =>
    parseCniVersion(version)?.minor === release.minor && atLeastRelease(version, release) === true;
  return { ...wanted(versions, release, suits), patchesOnly: true };
}

/** A release of aws-node, and the version of the add-on that has it. */
export interface Wanted {
  readonly release: string;
  /** What it would be called where the offer was not read; undefined where it was, and lacks it. */
  readonly version?: string | undefined;
  /** Later minor releases will not do. */
  readonly patchesOnly?: boolean;
}

function wanted(versions: AddonVersions | undefined, of: CniVersion, suits: (version: string) => boolean): Wanted {
  const release = `v${formatCniVersion(of)}`;
  const read = (versions?.versions.length ?? 0) > 0;
  return { release, version: nearestOffered(versions, suits) ?? (read ? undefined : `${release}-eksbuild.1`) };
}

/** Of the lowest minor release that will do and is not known to be bad for everybody: what EKS installs by default, else the latest patch. */
function nearestOffered(versions: AddonVersions | undefined, suits: (version: string) => boolean): string | undefined {
  const offered = (versions?.versions ?? []).flatMap(({ version, default: byDefault }) => {
    const parsed = parseCniVersion(version);
    const bad = badReleases(version).some((row) => row.when === 'always');
    return parsed && !bad && suits(version) ? [{ version, byDefault, minor: parsed.minor }] : [];
  });
  const lowest = Math.min(...offered.map((o) => o.minor));
  const patches = offered.filter((o) => o.minor === lowest);
  return (patches.find((o) => o.byDefault) ?? patches[0])?.version;
}

/** The present version as a whole, where one of its parts is of another. */
export function reapplyAddon(fix: FixContext): Fix[] {
  const { addon, cluster } = fix;
  if (!addon || !cluster) return [byHand('Apply the whole manifest or chart of one release again')];
  return [
    {
      title: `Apply ${addon.version} of the add-on as a whole again`,
      commands: [updateAddon(cluster, addon, 'OVERWRITE')],
      changes: "Puts every container of aws-node back to the add-on's own image; aws-node restarts node by node.",
      effect: 'minutes',
      risk: 'Settings made by hand on the DaemonSet are lost.',
    },
  ];
}

function byHand(title: string): Fix {
  return {
    title,
    commands: [kubectl('-n', 'kube-system', 'get', 'ds', 'aws-node', '-o', 'wide')],
    changes: 'Nothing: it shows the images in use.',
    effect: 'immediate',
  };
}
