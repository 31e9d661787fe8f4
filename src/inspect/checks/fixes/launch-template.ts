/** Another maxPods in the user data of a launch template, as a new version: in steps, since the user data is to be looked at. */
import type { Fix } from '../../contract/finding.ts';
import { type Helps, section } from '../../facts/define-fact.ts';
import { fixContext } from '../../facts/fix-context.ts';
import { commandLine, named } from '../../shell.ts';
import type { AutoScalingGroup, LaunchTemplate } from '../../snapshot/aws.ts';
import { aws } from '../support/commands.ts';

/** What launches nodes: spread into the `helps` of a check. */
export const launchInputs = {
  fix: fixContext,
  launchTemplates: section('launchTemplates'),
  autoScalingGroups: section('autoScalingGroups'),
};
type LaunchInputs = Helps<typeof launchInputs>;

/** A template whose user data sets maxPods. */
export interface EditableTemplate {
  readonly id: string;
  readonly version: number;
  readonly maxPods: number;
}

type Reference = { readonly id?: string; readonly version?: string } | undefined;

/** Undefined where the template was not read, or leaves maxPods to the image. */
export function editableTemplate(from: LaunchInputs, reference: Reference): EditableTemplate | undefined {
  const template = templateOf(from, reference);
  return template?.maxPods === undefined ? undefined : { ...template, maxPods: template.maxPods };
}

/** The template a group refers to, in the version it uses. */
export function templateOf(
  { launchTemplates }: Pick<LaunchInputs, 'launchTemplates'>,
  reference: Reference,
): LaunchTemplate | undefined {
  if (!reference?.id) return undefined;
  const versions = (launchTemplates ?? []).filter((t) => t.id === reference.id);
  return versions.find((t) => String(t.version) === reference.version) ?? versions[0];
}

/** The Auto Scaling group of an instance. */
export function scalingGroupOf(
  { autoScalingGroups }: LaunchInputs,
  instanceId: string | undefined,
): AutoScalingGroup | undefined {
  return autoScalingGroups?.find((g) => instanceId !== undefined && g.instanceIds.includes(instanceId));
}

/**
 * The new version and its number, written `{}`, handed to another command. Files of the working folder hold the user data before
 * and after; where they do not differ no version is made, and a script of these steps ends at the look at them. Covers
 * NodeConfig (`maxPods: 98`), the kubelet flag (`--max-pods=98`) and Bottlerocket (`max-pods = 98`).
 */
export function setInTemplate(
  { fix }: LaunchInputs,
  template: EditableTemplate,
  maxPods: number,
  pass: readonly string[],
  users: string,
): Required<Pick<Fix, 'commands' | 'steps'>> {
  const region = fix.region ? ['--region', fix.region] : [];
  const version = String(template.version);
  const name = `${named('launch-template', template.id)}-v${version}`;
  const [before, after, document] = [`${name}.before`, `${name}.after`, `${name}.json`];
  const read = aws(
    fix,
    ...['ec2', 'describe-launch-template-versions', '--launch-template-id', template.id, '--versions', version],
    ...['--query', 'LaunchTemplateVersions[0].LaunchTemplateData.UserData', '--output', 'text'],
  );
  const edit = commandLine('sed', '-E', `s/(max-?[Pp]ods[^0-9]{1,4})${template.maxPods}([^0-9]|$)/\\1${maxPods}\\2/g`);
  const create = aws(
    fix,
    ...['ec2', 'create-launch-template-version', '--launch-template-id', template.id, '--source-version', version],
    ...['--launch-template-data', `file://${document}`],
    ...['--query', 'LaunchTemplateVersion.VersionNumber', '--output', 'text'],
  );
  const steps = [
    ['Fetch the user data into a file', `${read} | base64 -d > ${before}`],
    [`Write ${maxPods} in place of ${template.maxPods}`, `${edit} < ${before} > ${after}`],
    [
      `Look at what changes; no line means maxPods is written in another way: edit ${after} and look again`,
      // it ends well where there is a difference, and in a script nothing follows where there is none
      `sh -c '! diff -u ${before} ${after}'`,
    ],
    [
      `Make a version with it, and let ${users} launch by it`,
      `base64 < ${after} | tr -d '\\n' | sed 's/.*/{"UserData":"&"}/' > ${document}`,
      `cmp -s ${before} ${after} || ${create} | ${commandLine('xargs', '-I{}', ...pass, ...region)}`,
    ],
  ] as const;
  return {
    commands: steps.flatMap(([, ...commands]) => commands),
    steps: steps.map(([title, ...commands]) => ({ title, commands: commands.length })),
  };
}
