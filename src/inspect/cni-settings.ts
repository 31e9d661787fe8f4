/**
 * Changes of aws-node's settings, written for the way this cluster installed it. Setting the variable on the DaemonSet
 * alone would be undone by the next update of a managed add-on or a Helm release.
 */
import { FILLED_IN, SHIPPED } from '../calc/ipamd/variables.ts';
import { commandLine } from './shell.ts';
import type { Addon } from './snapshot/aws.ts';
import type { Cni } from './snapshot/kubernetes.ts';

export interface SettingChange {
  /** Variables of the container `aws-node` and their new values. */
  readonly set: Readonly<Record<string, string>>;
  /** Variables to remove, so that the binary's own default applies. */
  readonly unset?: readonly string[];
}

export interface SettingCommands {
  readonly commands: readonly string[];
  /** What the commands change, in a sentence. */
  readonly changes: string;
  /** What to mind: the change would not last, or it touches what another tool owns. */
  readonly risk?: string;
}

/** The chart's repository (helm.sh/chart label `aws-vpc-cni-1.20.4`). */
const CHART_REPOSITORY = 'https://aws.github.io/eks-charts';

/**
 * Commands that change settings of aws-node and restart it.
 *
 * - Managed add-on: `update-addon` replaces the whole configuration document, so the current one is merged in.
 *   A variable that was set by hand on the DaemonSet keeps its value under PRESERVE; it is set there first.
 * - Helm: an upgrade of the same chart version with `--reuse-values`.
 * - Manifest or unknown: `kubectl set env`.
 *
 * Sources: EKS API UpdateAddon (`configurationValues`, `resolveConflicts`), Helm upgrade, kubectl set env.
 */
export function changeSettings(
  cluster: { readonly name: string; readonly region?: string } | undefined,
  cni: Cni | undefined,
  addon: Addon | undefined,
  change: SettingChange,
): SettingCommands {
  const managed = cni?.installMethod === 'managed-addon' || (addon !== undefined && cni?.installMethod !== 'helm');
  if (managed && addon && cluster && documentKnown(addon)) return throughAddon(cluster, cni, addon, change);
  if (cni?.installMethod === 'helm' && cni.helmRelease) return throughHelm(cni.helmRelease, change);
  const changes = `${describe(change)} on the DaemonSet aws-node, which restarts its pods one after another.`;
  return {
    commands: [setOnDaemonSet(change)],
    changes,
    ...(managed
      ? { risk: "The next update of the add-on drops it: add it to the add-on's configuration values as well." }
      : {}),
  };
}

/**
 * The same for variables of the init container `aws-vpc-cni-init`, which the add-on's document and the chart have under
 * `init.env`; under `env` they do nothing (aws-vpc-cni chart: values.yaml). The DaemonSet is patched by a strategic merge.
 */
export function changeInit(
  cluster: { readonly name: string; readonly region?: string } | undefined,
  cni: Cni | undefined,
  addon: Addon | undefined,
  set: Readonly<Record<string, string>>,
): SettingCommands {
  const what = `${describe({ set })} in the init container`;
  const managed = cni?.installMethod === 'managed-addon' || (addon !== undefined && cni?.installMethod !== 'helm');
  if (managed && addon && cluster && documentKnown(addon)) {
    const document = addon.configuration ?? {};
    const init = isRecord(document.init) ? document.init : {};
    const env = { ...(isRecord(init.env) ? init.env : {}), ...set };
    return {
      commands: [updateAddon(cluster, addon, 'PRESERVE', { ...document, init: { ...init, env } })],
      changes: `${what}, by the add-on's configuration values, keeping all others; aws-node restarts node by node.`,
    };
  }
  if (cni?.installMethod === 'helm' && cni.helmRelease)
    return {
      ...helmUpgrade(
        cni.helmRelease,
        Object.entries(set).flatMap(([name, value]) => ['--set-string', `init.env.${name}=${value}`]),
      ),
      changes: `${what}, in the Helm release ${cni.helmRelease.name}, keeping its other values; aws-node restarts node by node.`,
    };
  const env = Object.entries(set).map(([name, value]) => ({ name, value }));
  const patch = { spec: { template: { spec: { initContainers: [{ name: 'aws-vpc-cni-init', env }] } } } };
  return {
    commands: [commandLine('kubectl', '-n', 'kube-system', 'patch', 'ds', 'aws-node', '-p', JSON.stringify(patch))],
    changes: `${what} of the DaemonSet aws-node, which restarts its pods one after another.`,
    ...(managed
      ? { risk: "The next update of the add-on drops it: add it to the add-on's configuration values, under init.env." }
      : {}),
  };
}

/** True unless the add-on has a document that could not be parsed. */
function documentKnown(addon: Addon): boolean {
  return addon.configuration !== undefined || !addon.configurationText?.trim();
}

function throughAddon(
  cluster: { readonly name: string; readonly region?: string },
  cni: Cni | undefined,
  addon: Addon,
  change: SettingChange,
): SettingCommands {
  const update = updateAddon(cluster, addon, 'PRESERVE', mergedDocument(addon, change));
  const byHand = setByHand(cni, addon, Object.keys(change.set));
  return {
    commands: byHand.length > 0 ? [setOnDaemonSet(change), update] : [update],
    changes: `${describe(change)} in the add-on's configuration values, keeping all others; aws-node restarts node by node.${
      byHand.length > 0 ? ` ${byHand.join(', ')} was set by hand and is brought in line first.` : ''
    }`,
  };
}

/**
 * The call that applies the add-on anew at its present version, with this configuration document or the present one.
 * OVERWRITE takes back what was set by hand on the DaemonSet; PRESERVE keeps it (EKS API UpdateAddon, resolveConflicts).
 */
export function updateAddon(
  cluster: { readonly name: string; readonly region?: string },
  addon: Addon,
  conflicts: 'PRESERVE' | 'OVERWRITE',
  document: Readonly<Record<string, unknown>> | undefined = addon.configuration,
): string {
  return commandLine(
    'aws',
    'eks',
    'update-addon',
    '--cluster-name',
    cluster.name,
    '--addon-name',
    addon.name,
    ...(addon.serviceAccountRoleArn ? ['--service-account-role-arn', addon.serviceAccountRoleArn] : []),
    '--resolve-conflicts',
    conflicts,
    ...(document ? ['--configuration-values', JSON.stringify(document)] : []),
    ...(cluster.region ? ['--region', cluster.region] : []),
  );
}

/** Another key of the add-on's configuration document; no command where the document or the cluster is not known. */
export function mergeIntoAddon(
  cluster: { readonly name: string; readonly region?: string } | undefined,
  addon: Addon | undefined,
  part: Readonly<Record<string, unknown>>,
): SettingCommands {
  const changes = `Sets ${Object.keys(part).join(', ')} in the add-on's configuration values, keeping all others; aws-node restarts node by node.`;
  if (!cluster || !addon || !documentKnown(addon)) return { commands: [], changes };
  return { commands: [updateAddon(cluster, addon, 'PRESERVE', { ...addon.configuration, ...part })], changes };
}

/** The add-on's document with the change in it. */
function mergedDocument(addon: Addon, change: SettingChange): Record<string, unknown> {
  const document = addon.configuration ?? {};
  const before = isRecord(document.env) ? document.env : {};
  const env = Object.fromEntries(
    Object.entries({ ...before, ...change.set }).filter(([name]) => !change.unset?.includes(name)),
  );
  return { ...document, env };
}

/** Those of the variables whose live value is neither the add-on's document's nor the shipped one: someone set them on the DaemonSet. */
export function setByHand(cni: Cni | undefined, addon: Addon, variables: readonly string[]): string[] {
  const live = cni?.containers.find((c) => c.name === 'aws-node')?.env ?? {};
  const document = addon.configuration?.env;
  const declared = isRecord(document) ? document : {};
  return variables.filter((name) => {
    const expected = declared[name] === undefined ? SHIPPED[name] : String(declared[name]);
    return live[name] !== undefined && live[name] !== expected && !FILLED_IN.has(name);
  });
}

function throughHelm(release: NonNullable<Cni['helmRelease']>, change: SettingChange): SettingCommands {
  const sets = [
    ...Object.entries(change.set).map(([name, value]) => [
      '--set-string',
      `env.${name}=${value.replace(/[\\,]/g, '\\$&')}`,
    ]),
    ...(change.unset ?? []).map((name) => ['--set', `env.${name}=null`]),
  ];
  return {
    ...helmUpgrade(release, sets.flat()),
    changes: `${describe(change)} in the Helm release ${release.name}, keeping its other values; aws-node restarts node by node.`,
  };
}

/** The chart of the same version with these values over its own. */
export function helmUpgrade(
  release: NonNullable<Cni['helmRelease']>,
  sets: readonly string[],
): Pick<SettingCommands, 'commands' | 'risk'> {
  const chart = /^(.+?)-v?(\d+\.\d+\.\d+.*)$/.exec(release.chart ?? '');
  return {
    commands: [
      commandLine(
        'helm',
        'upgrade',
        release.name,
        chart?.[1] ?? 'aws-vpc-cni',
        '--repo',
        CHART_REPOSITORY,
        ...(chart ? ['--version', chart[2]!] : []),
        '--namespace',
        release.namespace,
        '--reuse-values',
        ...sets,
      ),
    ],
    ...(chart ? {} : { risk: 'The version of the installed chart is not known: this moves it to the newest.' }),
  };
}

/** Takes variables off the DaemonSet itself: an update of the add-on that no longer names them may leave them there (PRESERVE). */
export function dropFromDaemonSet(variables: readonly string[]): string {
  return setOnDaemonSet({ set: {}, unset: variables });
}

function setOnDaemonSet(change: SettingChange): string {
  return commandLine(
    'kubectl',
    '-n',
    'kube-system',
    'set',
    'env',
    'ds/aws-node',
    '-c',
    'aws-node',
    ...Object.entries(change.set).map(([name, value]) => `${name}=${value}`),
    ...(change.unset ?? []).map((name) => `${name}-`),
  );
}

function describe(change: SettingChange): string {
  const parts = [
    ...Object.entries(change.set).map(([name, value]) => `${name}=${value}`),
    ...(change.unset ?? []).map((name) => `no ${name}`),
  ];
  return `Sets ${parts.join(', ')}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
