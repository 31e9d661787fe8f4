/** Pod subnets, one a zone, as large as the model says that twice the pods ask for. */

import { withSubnetId } from '../../checks/fixes/new-subnet.ts';
import { count, listed, shortZone } from '../../contract/words.ts';
import { commandLine } from '../../shell.ts';
import type { Steps } from './move.ts';

export const subnets: Steps = ({ made, patient: { fix } }) => {
  const planned = made.flatMap((m) => (m.plan ? [{ ...m, plan: m.plan }] : []));
  if (planned.length === 0) return [];
  const region = fix.region ? ['--region', fix.region] : [];
  const sizes = planned.map(
    ({ subnet, wish, plan }) =>
      `${subnet.cidr} in ${shortZone(wish.zone)} (${count(plan.addresses)} addresses; the move takes ${count(wish.lack)} of them)`,
  );
  return [
    {
      id: 'subnets',
      title: planned.length === 1 ? 'Make the pod subnet' : `Make ${planned.length} pod subnets, one a zone`,
      changes: `${listed(sizes)}.`,
      held: 'Five addresses of each subnet are kept by AWS. No node uses them yet.',
      commands: planned.map((p) => p.plan.parts.create),
      check: planned
        .map(({ plan, wish }) =>
          withSubnetId(
            fix,
            wish.vpcId,
            plan,
            ...['aws', 'ec2', 'describe-subnets', '--subnet-ids', '{}'],
            ...['--query', 'Subnets[0].State', '--output', 'text', ...region],
          ),
        )
        .map((found) => `${found} | ${commandLine('grep', '^available')}`),
      undo: planned.map(({ plan, wish }) =>
        withSubnetId(fix, wish.vpcId, plan, 'aws', 'ec2', 'delete-subnet', '--subnet-id', '{}', ...region),
      ),
    },
  ];
};
