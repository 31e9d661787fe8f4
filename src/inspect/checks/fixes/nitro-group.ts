/** A managed group of the next generation of its types, which take prefixes, in place of one that cannot. */
import type { Fix } from '../../contract/finding.ts';
import { some, things } from '../../contract/words.ts';
import { type Helps, section } from '../../facts/define-fact.ts';
import { fixContext } from '../../facts/fix-context.ts';
import type { NodeCapacity } from '../../facts/node-capacity.ts';
import { named } from '../../shell.ts';
import { aws, kubectl } from '../support/commands.ts';
import { freeName, likeNodegroup } from './new-group.ts';

/** What these fixes are made from: spread into the `helps` of a check. */
export const nitroGroupInputs = { fix: fixContext, nodegroups: section('nodegroups') };
type NitroGroupInputs = Helps<typeof nitroGroupInputs>;

/** Xen families and the first Nitro one with the same share of memory to a vCPU, and sizes that are called otherwise there. */
const NITRO: Readonly<Record<string, readonly [string, Readonly<Record<string, string>>?]>> = {
  m3: ['m5', { medium: 'large' }],
  m4: ['m5', { '10xlarge': '12xlarge' }],
  c3: ['c5', { '8xlarge': '9xlarge' }],
  c4: ['c5', { '8xlarge': '9xlarge' }],
  r3: ['r5'],
  r4: ['r5'],
  t2: ['t3'],
};

/** `m5.large` for `m4.large`; undefined where there is no such type, or it is none of these families. */
export function nitroOf(type: string): string | undefined {
  const [family = '', size = ''] = type.split('.');
  const [next, sizes] = NITRO[family] ?? [];
  return next === undefined ? undefined : `${next}.${sizes?.[size] ?? size}`;
}

/** None where the type stands in a launch template, a type has no such sequel, or the group has nodes that are in order. */
export function nitroGroup(
  { fix, nodegroups }: NitroGroupInputs,
  members: readonly NodeCapacity[],
  all: readonly NodeCapacity[],
): Fix[] {
  const { kind, name } = members[0]!.group;
  const old = kind === 'managed' ? nodegroups?.find((g) => g.name === name) : undefined;
  const types = old?.instanceTypes.map(nitroOf) ?? [];
  const whole = all.filter((c) => c.group.kind === kind && c.group.name === name).length === members.length;
  if (!old || !fix.cluster || !whole || types.length === 0 || types.includes(undefined)) return [];
  const wanted = [...new Set(types.flatMap((t) => t ?? []))];
  const next = freeName(old.name, nodegroups ?? []);
  const names = members.map((c) => named('node', c.node.name));
  const of = ['--cluster-name', fix.cluster.name, '--nodegroup-name', old.name];
  const [stands, ...make] = likeNodegroup(fix, old, next, { instanceTypes: wanted }).toReversed();
  const made = make.toReversed();
  // one command: pasted as lines, nodes would be drained where the group that takes their pods was not made, and deleted undrained;
  // and where one step fails, nothing waits for a group that nobody deleted
  const moved = [
    stands,
    kubectl('cordon', ...names),
    ...names.map((n) => kubectl('drain', n, '--ignore-daemonsets', '--delete-emptydir-data')),
    aws(fix, 'eks', 'delete-nodegroup', ...of),
    aws(fix, 'eks', 'wait', 'nodegroup-deleted', ...of),
  ].join(' && ');
  return [
    {
      title: `Let a group ${next} of ${some(wanted)} take the place of ${old.name}`,
      commands: [...made, moved],
      steps: [
        { title: `Make ${next} like ${old.name}`, commands: made.length },
        {
          title: `Once its nodes are there, drain ${things(names.length, 'node')} of ${old.name} and delete it`,
          commands: 1,
        },
      ],
      changes: `EKS changes no type of a group: ${next} has the subnets, labels, taints and sizes of ${old.name}, and ${some(wanted)} in place of ${some(old.instanceTypes)}. Its nodes take /28 prefixes. Drains the nodes of ${old.name} and deletes it.`,
      effect: 'node-replacement',
      risk: 'Both groups hold addresses until the old one is gone. Drains evict pods, as PodDisruptionBudgets allow.',
    },
  ];
}
