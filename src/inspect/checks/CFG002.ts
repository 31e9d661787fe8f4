import * as v from 'valibot';
import { ignoredSettings, parseGoBool, type SettingProblem } from '../../calc/ipamd/index.ts';
import { SHIPPED } from '../../calc/ipamd/variables.ts';
import { atLeastRelease, type CniVersion } from '../../calc/maxpods/index.ts';
import type { Fix, Severity } from '../contract/finding.ts';
import { some, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import { type Networking, networking } from '../facts/networking.ts';
import { lies, rangesOf } from '../facts/support/routing-paths.ts';
import type { AddonVersions } from '../snapshot/aws.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { setSettings } from './fixes/settings.ts';
import { moveAddon } from './fixes/upgrade-cni.ts';
import { kubectl } from './support/commands.ts';
import { deprecated, misspelt, newerThanRelease, type OddName, setTwice } from './support/setting-names.ts';

const evidence = v.object({
  variable: v.string(),
  value: v.string(),
  /** The container it stands on. */
  container: v.string(),
  effect: v.string(),
});
type Evidence = v.InferOutput<typeof evidence>;

/** Read by the init container alone (scripts/init.sh, cmd/aws-vpc-cni-init/main.go). */
const OF_INIT = 'DISABLE_TCP_EARLY_DEMUX';
/** Read by the container aws-node alone, and mistaken for the init container's in practice. */
const OF_MAIN = 'ENABLE_POD_ENI';
const RESERVED_TAG = 'k8s.amazonaws.com';
/** What nothing is set right by. */
const UNMENDED: ReadonlySet<string> = new Set(['container', 'overridden']);
const EXCLUDE = 'AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS';

export const CFG002 = defineCheck({
  code: 'CFG002',
  title: 'A setting is silently ignored',
  severity: 'warning',
  grain: 'cluster',
  needs: { networking },
  helps: { cni: section('cni'), versions: section('addonVersions'), fix: fixContext },
  evidence,
  evaluate: ({ networking: net, cni, versions, fix }) => {
    // an empty text counts as absent, and nobody believes it to be on
    const set = ({ value }: SettingProblem) => value.trim() !== '';
    const ignored = ignoredSettings(net.env);
    const draft = (
      subReason: string,
      severity: Severity,
      p: SettingProblem,
      container = 'aws-node',
    ): Draft<Evidence> => ({
      key: p.variable,
      subReason,
      severity,
      confidence: 'derived',
      resources: [{ kind: 'daemonset', id: 'kube-system/aws-node' }],
      scope: {},
      evidence: { variable: p.variable, value: p.value, container, effect: p.effect },
      fixes: UNMENDED.has(subReason) ? [] : mend(fix, subReason, p),
    });
    const odd = (subReason: string, severity: Severity, o: OddName, fixes: readonly Fix[]): Draft<Evidence> => ({
      ...draft(subReason, severity, { ...o, fatal: false }, o.container),
      key: o.container === 'aws-node' ? o.variable : `${o.container}/${o.variable}`,
      fixes,
    });
    return [
      ...ignored.booleans.filter(set).map((p) => draft('bool', 'warning', p)),
      ...ignored.numbers.filter(set).map((p) => draft('int', 'warning', p)),
      ...ignored.overruled.map((p) => draft('overridden', 'info', p)),
      ...excludedRanges(net).map((p) => draft('overridden', 'info', p)),
      ...wrongTags(net).map((p) => draft('tags', 'warning', p)),
      ...idleTargets(net).map((p) => draft('overridden', 'info', p)),
      ...wrongRanges(net).map((p) => draft('overridden', 'warning', p)),
      ...(cni ? misspelt(cni) : []).map((o) => odd('unknown', 'warning', o, [lookAt(o)])),
      ...(cni ? setTwice(cni) : []).map((o) => odd('duplicate', 'warning', o, [setOnce(o)])),
      ...deprecated(net).map((o) => odd('deprecated', 'info', o, [])),
      ...newerThanRelease(net).map((o) => odd('version', 'warning', o, laterRelease(fix, versions, o.since))),
      ...misplaced(net)
        .filter(set)
        .map(({ container, ...p }) => draft('container', 'warning', p, container)),
    ];
  },
  summary: (e) =>
    `${e.value === '' ? e.variable : `${e.variable}="${e.value}"`} on the container ${e.container}: ${e.effect}`,
  explanation: {
    why: 'Nothing complains, so the feature is believed to be on. The wrong belief shows in an outage, when the limit that was thought to be set does not hold.',
    how: 'bool: the value is none of the spellings Go reads (1 t T TRUE true True 0 f F FALSE false False), so the default counts. int: a target that is no whole number or is negative. tags: ADDITIONAL_ENI_TAGS is no JSON object of texts, or its keys contain k8s.amazonaws.com, which are dropped. container: the variable stands on the container that does not read it. overridden, information: another setting makes it idle; a warning for ranges in AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS that are none of IPv4. unknown: a name that differs from a known one in case, or in a letter or two. duplicate: the name is set twice. version: this release does not read it yet. deprecated, information: nothing reads it any more.',
    fix: 'Write the value as the program reads it, on the container that reads it.',
    verify: 'vpccni inspect shows the value in effect under its settings.',
    references: [
      'amazon-vpc-cni-k8s utils/utils.go GetBoolAsStringEnvVar',
      'amazon-vpc-cni-k8s README.md',
      'amazon-vpc-cni-k8s pkg/awsutils/awsutils.go loadAdditionalENITags',
    ],
  },
});

/** With external SNAT no rule is written that could leave ranges out (`host_iptables`, README.md). */
function excludedRanges({ env }: Networking): SettingProblem[] {
  const value = env[EXCLUDE];
  if (!value || parseGoBool(env.AWS_VPC_K8S_CNI_EXTERNALSNAT ?? '') !== true) return [];
  return [
    {
      variable: EXCLUDE,
      value,
      effect: 'ignored: AWS_VPC_K8S_CNI_EXTERNALSNAT is true, so nothing is translated at all',
      fatal: false,
    },
  ];
}

/** Entries that are no IPv4 range are left out with a line in the log (networkutils.parseCIDRString). */
function wrongRanges({ env }: Networking): SettingProblem[] {
  const value = env[EXCLUDE];
  if (!value || parseGoBool(env.AWS_VPC_K8S_CNI_EXTERNALSNAT ?? '') === true) return [];
  const wrong = rangesOf(value).filter((range) => !lies(range, '0.0.0.0/0'));
  if (wrong.length === 0) return [];
  return [
    {
      variable: EXCLUDE,
      value,
      effect: `${some(wrong)} ${verb(wrong.length, 'is', 'are')} no IPv4 range and left out`,
      fatal: false,
    },
  ];
}

/** Targets that neither single addresses nor IPv6 ask for. */
function idleTargets({ env, settings }: Networking): SettingProblem[] {
  const set = (name: string) => env[name] !== undefined && env[name] !== '' && env[name] !== SHIPPED[name];
  const idle = (name: string, effect: string): SettingProblem[] =>
    set(name) ? [{ variable: name, value: env[name]!, effect, fatal: false }] : [];
  if (settings.ipv6)
    return ['WARM_ENI_TARGET', 'WARM_IP_TARGET', 'MINIMUM_IP_TARGET', 'WARM_PREFIX_TARGET'].flatMap((name) =>
      idle(name, 'ignored: a node of an IPv6 cluster has one prefix for all of its pods'),
    );
  return settings.prefixDelegation ? [] : idle('WARM_PREFIX_TARGET', 'ignored: prefixes are off');
}

function wrongTags({ env }: Networking): SettingProblem[] {
  const value = env.ADDITIONAL_ENI_TAGS;
  if (!value) return [];
  const effect = effectOfTags(value);
  return effect === undefined ? [] : [{ variable: 'ADDITIONAL_ENI_TAGS', value, effect, fatal: false }];
}

function effectOfTags(text: string): string | undefined {
  let tags: unknown;
  try {
    tags = JSON.parse(text);
  } catch {
    return 'not JSON: no tag is added';
  }
  const isObject = typeof tags === 'object' && tags !== null && !Array.isArray(tags);
  if (!isObject || Object.values(tags as object).some((t) => typeof t !== 'string'))
    return 'not an object of texts: no tag is added';
  const dropped = Object.keys(tags as object).filter((key) => key.includes(RESERVED_TAG));
  return dropped.length > 0 ? `keys with ${RESERVED_TAG} in them are dropped` : undefined;
}

function misplaced({ env, initEnv }: Networking): (SettingProblem & { readonly container: string })[] {
  const found: (SettingProblem & { readonly container: string })[] = [];
  if (env[OF_INIT] !== undefined && initEnv[OF_INIT] !== env[OF_INIT])
    found.push({
      variable: OF_INIT,
      value: env[OF_INIT],
      container: 'aws-node',
      effect: 'only the init container aws-vpc-cni-init reads it',
      fatal: false,
    });
  if (initEnv[OF_MAIN] !== undefined && env[OF_MAIN] !== initEnv[OF_MAIN])
    found.push({
      variable: OF_MAIN,
      value: initEnv[OF_MAIN],
      container: 'aws-vpc-cni-init',
      effect: 'only the container aws-node reads it',
      fatal: false,
    });
  return found;
}

/** A word that plainly means yes or no is written as Go reads it; anything else is taken away, which changes nothing. */
function mend(fix: FixContext, subReason: string, p: SettingProblem): Fix[] {
  const word = p.value.trim().toLowerCase();
  const meant = subReason !== 'bool' ? undefined : YES.has(word) ? 'true' : NO.has(word) ? 'false' : undefined;
  const change = meant === undefined ? { set: {}, unset: [p.variable] } : { set: { [p.variable]: meant } };
  return setSettings(
    fix,
    meant === undefined ? `Take ${p.variable} away` : `Set ${p.variable}=${meant}, as it was meant`,
    change,
    {
      mind:
        meant === undefined
          ? 'The default is in effect already, so nothing changes: set the value you want instead.'
          : 'What it was meant to do comes into effect now.',
    },
  );
}

const YES = new Set(['true', 'yes', 'on', 'enabled', 'enable', 'y']);
const NO = new Set(['false', 'no', 'off', 'disabled', 'disable', 'n']);

/** Its value was not kept: it may hold anything. */
function lookAt({ variable, container }: OddName): Fix {
  return {
    title: `Look what ${variable} was set to, and set the variable that was meant to it`,
    commands: [kubectl('-n', 'kube-system', 'get', 'daemonset', 'aws-node', '-o', 'yaml')],
    changes: `Nothing: it shows the container ${container}. Variables that no program reads are not kept by vpccni.`,
    effect: 'immediate',
  };
}

function setOnce({ variable, value, container }: OddName): Fix {
  const change = (word: string) => kubectl('-n', 'kube-system', 'set', 'env', 'ds/aws-node', '-c', container, word);
  return {
    title: `Set ${variable} once`,
    commands: [change(`${variable}-`), ...(value === '' ? [] : [change(`${variable}=${value}`)])],
    changes: `Takes every ${variable} off the container ${container}${value === '' ? '' : ' and sets the one that counted'}; aws-node restarts node by node.`,
    effect: 'minutes',
    risk: 'Whatever installed aws-node writes it twice: mend it there too, or the next update brings it back.',
  };
}

function laterRelease(fix: FixContext, versions: AddonVersions | undefined, since: CniVersion): Fix[] {
  const wanted = versions?.versions.find((o) => o.default && atLeastRelease(o.version, since) === true);
  return wanted ? moveAddon(fix, wanted.version, versions) : [];
}
