/** A later release of aws-node, where the present one is what is wrong. */
import { atLeastRelease, type CniVersion, formatCniVersion } from '../../../calc/maxpods/index.ts';
import { updateAddon } from '../../cni-settings.ts';
import type { Fix } from '../../contract/finding.ts';
import type { FixContext } from '../../facts/fix-context.ts';
import type { NodeCapacity } from '../../facts/node-capacity.ts';
import { behaves } from '../../facts/support/cni-release.ts';
import type { AddonVersions } from '../../snapshot/aws.ts';
import { aws, kubectl } from '../support/commands.ts';

/** Before v1.20.4 aws-node kept a slot for the trunk on every type (`awsutils.go:IsTrunkingCompatible`). */
export function upgradeForTrunk(fix: FixContext, versions: AddonVersions | undefined, c: NodeCapacity): Fix[] {
  if (c.trunk === 0 || c.limits.branchEnis > 0 || behaves(fix.networking?.cniVersion, 'trunkListRead')) return [];
  const wanted = versions?.versions.find((v) => v.default && behaves(v.version, 'trunkListRead'));
  const update =
    wanted && fix.addon && fix.cluster
      ? [
          aws(
            fix,
            ...['eks', 'update-addon', '--cluster-name', fix.cluster.name, '--addon-name', fix.addon.name],
            ...['--addon-version', wanted.version, '--resolve-conflicts', 'PRESERVE'],
          ),
        ]
      : [];
  return [
    {
      title: `Move aws-node to ${wanted?.version ?? 'v1.20.4 or later'}: it then keeps no slot for a trunk on ${c.instanceType}, which can carry none`,
      commands: update,
      changes: 'Updates the CNI, keeping its configuration; aws-node restarts node by node and uses the slot at once.',
      effect: 'minutes',
      risk: 'Move by one minor release at a time where it is more than one behind.',
    },
  ];
}

/** Another release of aws-node: through the add-on, or told for whoever installed it by other means. */
export function moveAddon(fix: FixContext, version: string): Fix[] {
  const { addon, cluster } = fix;
  if (!addon || !cluster) return [byHand(`Move aws-node to ${version} by what installed it`)];
  return [
    {
      title: `Move the add-on to ${version}`,
      commands: [
        aws(
          fix,
          ...['eks', 'update-addon', '--cluster-name', cluster.name, '--addon-name', addon.name],
          ...['--addon-version', version, '--resolve-conflicts', 'PRESERVE'],
        ),
      ],
      changes: 'Updates the CNI, keeping its configuration; aws-node restarts node by node.',
      effect: 'minutes',
      risk: 'Move by one minor release at a time where it is more than one behind.',
    },
  ];
}

/** The add-on version with this release or a later one that EKS offers, the default first; what it would be called where the offer was not read. */
export function offeredFrom(versions: AddonVersions | undefined, release: CniVersion): string {
  const offered = (versions?.versions ?? []).filter((o) => atLeastRelease(o.version, release) === true);
  const wanted = offered.find((o) => o.default) ?? offered.at(-1);
  return wanted?.version ?? `v${formatCniVersion(release)}-eksbuild.1`;
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
