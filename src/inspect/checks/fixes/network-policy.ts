/** Network policy switched on, controller and agents together, the way aws-node was installed. */
import { updateAddon } from '../../cni-settings.ts';
import type { Fix } from '../../contract/finding.ts';
import type { FixContext } from '../../facts/fix-context.ts';
import { kubectl } from '../support/commands.ts';

/** Where aws-node is no add-on, the agent's container and arguments stand in a manifest or chart that was not read. */
export function enforcePolicies(ctx: FixContext): Fix[] {
  const { addon, cluster } = ctx;
  const risk = 'Every policy comes into force at once, also those that never were: read them first.';
  if (!addon || !cluster)
    return [
      {
        title: 'Read the policies, then turn enableNetworkPolicy on where aws-node was installed from',
        commands: [kubectl('get', 'networkpolicies', '-A')],
        changes: 'Nothing: it lists the policies. The chart has the value enableNetworkPolicy for both switches.',
        effect: 'immediate',
        risk,
      },
    ];
  return [
    {
      title: 'Turn network policy on in the add-on',
      commands: [updateAddon(cluster, addon, 'PRESERVE', { ...addon.configuration, enableNetworkPolicy: 'true' })],
      changes:
        'The controller makes a PolicyEndpoint for each policy and the agents enforce them; aws-node restarts node by node.',
      effect: 'minutes',
      risk,
    },
  ];
}
