/** A later release of aws-node, where the present one is what is wrong. */
import type { Fix } from '../../contract/finding.ts';
import type { FixContext } from '../../facts/fix-context.ts';
import type { NodeCapacity } from '../../facts/node-capacity.ts';
import { behaves } from '../../facts/support/cni-release.ts';
import type { AddonVersions } from '../../snapshot/aws.ts';
import { aws } from '../support/commands.ts';

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
