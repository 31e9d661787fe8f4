/** maxPods in user data that is not there yet: in a new version of a group's template, or in a template that a new group is made with. */
import type { Fix } from '../../contract/finding.ts';
import type { FixContext } from '../../facts/fix-context.ts';
import { commandLine, named } from '../../shell.ts';
import type { LaunchTemplate, Nodegroup } from '../../snapshot/aws.ts';
import { aws } from '../support/commands.ts';
import { freeName, giveWay, likeNodegroup } from './new-group.ts';

/** What EKS merges with its own by the family of the image; undefined for those that take no such document. */
export function maxPodsUserData(amiType: string | undefined, maxPods: number): string | undefined {
  if (/^AL2023_/.test(amiType ?? '')) return btoa(nodeConfig(maxPods));
  if (/^BOTTLEROCKET_/.test(amiType ?? '')) return btoa(`[settings.kubernetes]\nmax-pods = ${maxPods}\n`);
  return undefined;
}

/** A multi-part document, as EKS asks of a managed group's user data (user guide, launch-templates: AL2023). */
function nodeConfig(maxPods: number): string {
  return [
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="//"',
    '',
    '--//',
    'Content-Type: application/node.eks.aws',
    '',
    '---',
    'apiVersion: node.eks.aws/v1alpha1',
    'kind: NodeConfig',
    'spec:',
    '  kubelet:',
    '    config:',
    `      maxPods: ${maxPods}`,
    '',
    '--//--',
    '',
  ].join('\n');
}

/** AWS says of Bottlerocket alone that user data wins; eksctl sets it so on AL2023 and tests that it holds. */
const LOOK = 'Look at the first new node: kubectl get nodes shows what it takes.';

/** The group's template has no user data: a version of it with some, and the group is rolled to it. */
export function intoTemplate(
  fix: FixContext,
  group: Nodegroup,
  template: LaunchTemplate,
  userData: string,
  maxPods: number,
): Fix[] {
  if (!fix.cluster) return [];
  const version = String(template.version);
  const region = fix.region ? ['--region', fix.region] : [];
  const create = aws(
    fix,
    ...['ec2', 'create-launch-template-version', '--launch-template-id', template.id, '--source-version', version],
    ...['--launch-template-data', JSON.stringify({ UserData: userData })],
    ...['--query', 'LaunchTemplateVersion.VersionNumber', '--output', 'text'],
  );
  const roll = commandLine(
    ...['xargs', '-I{}', 'aws', 'eks', 'update-nodegroup-version', '--cluster-name', fix.cluster.name],
    ...['--nodegroup-name', group.name, '--launch-template', `id=${template.id},version={}`, ...region],
  );
  return [
    {
      title: `Set maxPods ${maxPods} in the launch template of managed group ${group.name} and roll it`,
      commands: [`${create} | ${roll}`],
      changes: `Makes a version of ${template.id} whose user data sets maxPods ${maxPods}, where it has none today, and replaces the nodes of the group, draining each first. ${LOOK}`,
      effect: 'node-replacement',
      risk: 'Respects PodDisruptionBudgets; nodes also move to the newest AMI release of their Kubernetes version.',
    },
  ];
}

/** A group made without a template takes none: one like it with a template takes its place. */
export function intoNewGroup(
  fix: FixContext,
  old: Nodegroup,
  groups: readonly Nodegroup[],
  userData: string,
  maxPods: number,
): Fix[] {
  if (!fix.cluster) return [];
  const next = freeName(old.name, groups);
  const of = ['--cluster-name', fix.cluster.name, '--nodegroup-name', old.name];
  const file = `lt-${named('nodegroup', next).replaceAll('_', '-')}.json`;
  const device = /^BOTTLEROCKET_/.test(old.amiType ?? '') ? '/dev/xvdb' : '/dev/xvda';
  const literal = (value: unknown) => `\`${JSON.stringify(value)}\``;
  const members = [
    `BlockDeviceMappings:diskSize && [{DeviceName:${literal(device)},Ebs:{VolumeSize:diskSize}}]`,
    'KeyName:remoteAccess.ec2SshKey',
    `MetadataOptions:${literal({ HttpPutResponseHopLimit: 2 })}`,
    `UserData:${literal(userData)}`,
  ];
  const query = ['--query', `nodegroup.{${members.join(',')}}`, '--output', 'json'];
  const read = `${aws(fix, 'eks', 'describe-nodegroup', ...of, ...query)} | sed -e '/: null,$/d' > ${file}`;
  const [stands, ...make] = likeNodegroup(fix, old, next, { template: { file, name: next } }).toReversed();
  const moved = giveWay(fix, old, stands!);
  const made = [read, ...make.toReversed()];
  return [
    {
      title: `Let a group ${next} with maxPods ${maxPods} in its launch template take the place of ${old.name}`,
      commands: [...made, moved],
      steps: [
        {
          title: `Make a launch template with maxPods ${maxPods}, and ${next} like ${old.name} by it`,
          commands: made.length,
        },
        { title: `Once its nodes are there, drain those of ${old.name} and delete it`, commands: 1 },
      ],
      changes: `EKS takes no user data for ${old.name}, which was made without a launch template, and none can be added to it. ${next} has its subnets, types, labels, taints, sizes and disk; its user data sets maxPods ${maxPods}. ${LOOK} Drains the nodes of ${old.name} and deletes it.`,
      effect: 'node-replacement',
      risk: "Both groups hold addresses until the old one is gone. Drains evict pods, as PodDisruptionBudgets allow. SSH by EKS's own security group of the old group does not come over.",
    },
  ];
}
