/** A managed node group like one that is there, in other subnets or by other settings of the CNI: EKS changes neither in place. */
import type { Fix } from '../../contract/finding.ts';
import { some } from '../../contract/words.ts';
import type { FixContext } from '../../facts/fix-context.ts';
import { commandLine, named } from '../../shell.ts';
import type { Nodegroup } from '../../snapshot/aws.ts';
import { aws, kubectl } from '../support/commands.ts';
import { endingInSubnetIds, type SubnetPlan } from './new-subnet.ts';

/** What `create-nodegroup` takes over as it is (EKS API CreateNodegroup); what is null there must not be given here. */
const KEPT = [
  'clusterName',
  'nodeRole',
  'scalingConfig',
  'instanceTypes',
  'capacityType',
  'diskSize',
  'remoteAccess',
  'labels',
  'taints',
  'tags',
  'updateConfig',
];

/** The id of the new template. Nothing is handed on where a template of that name is there already. */
function newTemplate(fix: FixContext, { file, name }: NonNullable<GroupWish['template']>): string {
  const called = `${named('cluster', fix.cluster!.name)}-${name}`.slice(0, LONGEST_TEMPLATE_NAME);
  return aws(
    fix,
    ...['ec2', 'create-launch-template', '--launch-template-name', called],
    ...['--launch-template-data', `file://${file}`, '--query', 'LaunchTemplate.LaunchTemplateId', '--output', 'text'],
  );
}

/** EC2 CreateLaunchTemplate; names of clusters may be 100 characters long, those of groups 63. */
const LONGEST_TEMPLATE_NAME = 128;

/** A name that no group has. */
export function freeName(name: string, groups: readonly Nodegroup[]): string {
  const taken = new Set(groups.map((g) => g.name));
  const base = name.slice(0, 60);
  for (let n = 2; ; n++) if (!taken.has(`${base}-${n}`)) return `${base}-${n}`;
}

export interface GroupWish {
  readonly subnetIds?: readonly string[];
  /** Subnets beside `subnetIds` that earlier commands make. */
  readonly made?: { readonly plans: readonly SubnetPlan[]; readonly vpcId: string } | undefined;
  /** Sizes other than the old group's: `minSize=0,maxSize=4,desiredSize=1`. */
  readonly sizes?: string | undefined;
  /** Types other than the old group's. */
  readonly instanceTypes?: readonly string[];
  /** A launch template that is made of this file of the working folder, for a group that has none. Disk and key stand in it. */
  readonly template?: { readonly file: string; readonly name: string };
}

/** What EKS refuses beside a launch template (user guide, launch-templates). */
const OF_TEMPLATE: ReadonlySet<string> = new Set(['diskSize', 'remoteAccess']);

/**
 * Commands that make the group and wait for it. The old one is read into a file of the working folder, so that labels, taints,
 * tags and capacity type are its own; a launch template with an image of its own decides type and version of it. Words of the
 * command line win over the file's.
 */
export function likeNodegroup(
  fix: FixContext,
  old: Nodegroup,
  name: string,
  { subnetIds = old.subnetIds, made, sizes, instanceTypes, template }: GroupWish = {},
): string[] {
  if (!fix.cluster) return [];
  const literal = (value: unknown) => `\`${JSON.stringify(value)}\``;
  const members = [
    ...KEPT.filter((key) => !template || !OF_TEMPLATE.has(key)).map((key) => `${key}:${key}`),
    "amiType:amiType != 'CUSTOM' && amiType",
    "version:amiType != 'CUSTOM' && version",
    ...(template ? [] : ['launchTemplate:launchTemplate.{id:id,version:version}']),
    `subnets:${literal(subnetIds.map((id) => named('subnet', id)))}`,
    `nodegroupName:${literal(named('nodegroup', name))}`,
  ];
  const of = ['--cluster-name', fix.cluster.name, '--nodegroup-name'];
  const read = aws(
    fix,
    ...[
      'eks',
      'describe-nodegroup',
      ...of,
      old.name,
      '--query',
      `nodegroup.{${members.join(',')}}`,
      '--output',
      'json',
    ],
  );
  // the last member is never null: no comma is left dangling
  const drop = "sed -e '/: null,$/d' -e '/: false,$/d'";
  const file = `ng-${named('nodegroup', name)}.json`;
  const create = ['eks', 'create-nodegroup', '--cli-input-json', `file://${file}`];
  const sized = [
    ...(sizes === undefined ? [] : ['--scaling-config', sizes]),
    ...(instanceTypes ? ['--instance-types', ...instanceTypes.map((t) => named('text', t))] : []),
  ];
  const region = fix.region ? ['--region', fix.region] : [];
  const subnets = ['--subnets', ...subnetIds.map((id) => named('subnet', id))];
  return [
    `${read} | ${drop} > ${file}`,
    template
      ? `${newTemplate(fix, template)} | ${commandLine(
          ...['xargs', '-I{}', 'aws', ...create, '--launch-template', 'id={},version=1', ...sized, ...region],
        )}`
      : made
        ? endingInSubnetIds(fix, made.vpcId, made.plans, 'aws', ...create, ...sized, ...region, ...subnets)
        : aws(fix, ...create, ...sized),
    aws(fix, 'eks', 'wait', 'nodegroup-active', ...of, name),
  ];
}

/**
 * One command that begins by waiting for the group that takes the place of the old one, and goes on only where each step ended
 * well: pasted as lines, nodes would be drained, and the group deleted, where the one in its place was never made.
 */
export function giveWay(fix: FixContext, old: Pick<Nodegroup, 'name'>, stands: string): string {
  const of = ['--cluster-name', fix.cluster?.name ?? '', '--nodegroup-name', old.name];
  const nodes = ['-l', `eks.amazonaws.com/nodegroup=${named('nodegroup', old.name)}`];
  return [
    stands,
    kubectl('cordon', ...nodes),
    kubectl('drain', ...nodes, '--ignore-daemonsets', '--delete-emptydir-data'),
    aws(fix, 'eks', 'delete-nodegroup', ...of),
    aws(fix, 'eks', 'wait', 'nodegroup-deleted', ...of),
  ].join(' && ');
}

/** EKS changes no subnets of a group: one like it in its other subnets takes its place. None where there are no others. */
export function groupElsewhere(
  fix: FixContext,
  all: readonly Nodegroup[],
  old: Nodegroup,
  without: readonly string[],
): Fix[] {
  const subnetIds = old.subnetIds.filter((s) => !without.includes(s));
  const left = old.subnetIds.filter((s) => without.includes(s));
  const next = freeName(old.name, all);
  const [stands, ...make] = likeNodegroup(fix, old, next, { subnetIds }).toReversed();
  if (subnetIds.length === 0 || left.length === 0 || !stands) return [];
  const made = make.toReversed();
  return [
    {
      title: `Let a group ${next} in ${some(subnetIds)} take the place of ${old.name}`,
      commands: [...made, giveWay(fix, old, stands)],
      steps: [
        { title: `Make ${next} like ${old.name}, without ${some(left)}`, commands: made.length },
        { title: `Once its nodes are there, drain those of ${old.name} and delete it`, commands: 1 },
      ],
      changes: `EKS changes no subnets of a group: ${next} has types, labels, taints and sizes of ${old.name}. Drains the nodes of ${old.name} and deletes it.`,
      effect: 'node-replacement',
      risk: 'A zone in which it then has no subnet has no nodes of the group; its other subnets hold both groups until the old one is gone. Drains evict pods, as PodDisruptionBudgets allow.',
    },
  ];
}
