import * as v from 'valibot';
import { ROLE_TAG } from '../../calc/ipamd/index.ts';
import type { Fix } from '../contract/finding.ts';
import { some, things } from '../contract/words.ts';
import { cniAddon } from '../facts/addon.ts';
import { section } from '../facts/define-fact.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import { networking } from '../facts/networking.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { addonEnv } from '../facts/support/settings-in-force.ts';
import { named } from '../shell.ts';
import type { EniConfig, Node } from '../snapshot/kubernetes.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { setSettings } from './fixes/settings.ts';
import { kubectl } from './support/commands.ts';
import { nodeResources } from './support/resources.ts';

const evidence = v.object({
  what: v.picklist(['off', 'volatile', 'deprecated-label', 'shadowed', 'tags-ignored']),
  /** The one place and the other, which do not agree. */
  here: v.string(),
  there: v.string(),
  names: v.array(v.string()),
});
type Evidence = v.InferOutput<typeof evidence>;

const SWITCH = 'AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG';
const OLD_LABEL = 'failure-domain.beta.kubernetes.io/zone';
const ZONE_LABEL = 'topology.kubernetes.io/zone';

export const CUS005 = defineCheck({
  code: 'CUS005',
  title: 'Custom networking is half configured',
  severity: 'warning',
  grain: 'cluster',
  modes: ['secondary', 'prefix'],
  needs: { networking, configs: section('eniConfigs'), nodes: nodesServedByCni },
  helps: { addon: cniAddon, subnets: section('subnets'), fix: fixContext },
  partialOk: true,
  evidence,
  evaluate: ({ networking: net, configs, nodes, addon, subnets, fix }) => {
    const found: Draft<Evidence>[] = [];
    const tell = (
      e: Evidence,
      fixes: Draft<Evidence>['fixes'] = [],
      part: { readonly severity?: 'info'; readonly nodes?: readonly string[] } = {},
    ) =>
      found.push({
        key: 'aws-node',
        subReason: e.what,
        severity: part.severity ?? 'warning',
        confidence: 'derived',
        resources: [{ kind: 'daemonset', id: 'kube-system/aws-node' }, ...nodeResources(part.nodes ?? [])],
        scope: { nodes: part.nodes },
        evidence: e,
        fixes,
      });
    const on = net.settings.customNetworking;
    if (!on && configs.length > 0 && nodes.served.length > 0)
      tell(
        {
          what: 'off',
          here: `${things(configs.length, 'ENIConfig')}`,
          there: `${SWITCH} is ${net.env[SWITCH] ?? 'not set'}`,
          names: configs.map((c) => c.name),
        },
        [...turnOn(fix, configs, nodes.served), deleteConfigs(configs)],
      );
    if (!on) return found;
    const declared = addonEnv(addon);
    if (addon && declared[SWITCH] === undefined && fix.cni?.installMethod !== 'helm')
      tell(
        {
          what: 'volatile',
          here: `${SWITCH}=${net.env[SWITCH]} on the DaemonSet`,
          there: "the add-on's configuration values do not have it",
          names: [],
        },
        setSettings(fix, "Write it into the add-on's configuration values", {
          set: {
            [SWITCH]: 'true',
            ...(net.env.ENI_CONFIG_LABEL_DEF ? { ENI_CONFIG_LABEL_DEF: net.env.ENI_CONFIG_LABEL_DEF } : {}),
          },
        }),
      );
    if (net.eniConfigLabelKey === OLD_LABEL)
      tell(
        {
          what: 'deprecated-label',
          here: `ENI_CONFIG_LABEL_DEF=${OLD_LABEL}`,
          there: `nodes carry ${ZONE_LABEL}`,
          names: [],
        },
        setSettings(fix, `Let ${ZONE_LABEL} choose the ENIConfig`, { set: { ENI_CONFIG_LABEL_DEF: ZONE_LABEL } }),
        { nodes: nodes.served.filter((n) => n.labels[OLD_LABEL] === undefined).map((n) => n.name) },
      );
    const shadowed = nodes.served.filter((n) => {
      const annotation = n.annotations[net.eniConfigAnnotationKey];
      const label = n.labels[net.eniConfigLabelKey];
      return annotation !== undefined && label !== undefined && annotation !== label;
    });
    if (shadowed.length > 0)
      tell(
        {
          what: 'shadowed',
          here: `annotation ${net.eniConfigAnnotationKey}`,
          there: `label ${net.eniConfigLabelKey}`,
          names: shadowed.map((n) => n.name),
        },
        [dropAnnotation(net.eniConfigAnnotationKey, shadowed)],
        { nodes: shadowed.map((n) => n.name) },
      );
    const tagged = (subnets ?? []).filter((s) => (s.tags[ROLE_TAG] ?? '') !== '').map((s) => s.subnetId);
    const used = new Set(configs.map((c) => c.subnetId));
    const idle = tagged.filter((id) => !used.has(id));
    if (idle.length > 0)
      tell(
        {
          what: 'tags-ignored',
          here: `tag ${ROLE_TAG}`,
          there: 'custom networking goes by ENIConfigs alone',
          names: idle,
        },
        [],
        { severity: 'info' },
      );
    return found;
  },
  // the add-on's configuration and the tags of subnets are what the settings are held against
  unjudged: ({ networking: net }, { gapsOf }) => {
    const gaps = net.settings.customNetworking ? [...gapsOf('addon'), ...gapsOf('subnets')] : [];
    return gaps.length === 0 ? undefined : { count: 1, of: 1, what: 'setting', gaps };
  },
  summary: (e) =>
    e.what === 'shadowed'
      ? `${things(e.names.length, 'node')} (${some(e.names)}) name${e.names.length === 1 ? 's' : ''} one ENIConfig by ${e.here} and another by ${e.there}: the annotation counts`
      : `${e.here}${e.names.length > 0 ? ` (${some(e.names)})` : ''}, but ${e.there}`,
  explanation: {
    why: 'What looks like custom networking is not in force, or goes away with the next update of the add-on: pods then take addresses of the node subnets, under the groups of the nodes.',
    how: 'off: ENIConfigs exist and the setting is not true. volatile: it is true on the DaemonSet, and the managed add-on does not declare it. deprecated-label: ENI_CONFIG_LABEL_DEF names the beta zone label, which new nodes do not carry. shadowed: a node has the annotation and a label that names another ENIConfig. tags-ignored, information: subnets tagged for discovery, which custom networking does not use.',
    fix: 'Say it in one place: in the configuration values of the add-on, with the zone label to choose the ENIConfig.',
    verify: 'vpccni inspect names the pattern custom and shows the origin of the setting.',
    references: [
      'amazon-vpc-cni-k8s README.md',
      'amazon-vpc-cni-k8s pkg/eniconfig/eniconfig.go GetNodeSpecificENIConfigName',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/3058',
    ],
  },
});

/** Named after zones, they are chosen by the zone label; else by what the nodes themselves say. */
function turnOn(fix: FixContext, configs: readonly EniConfig[], nodes: readonly Node[]): Fix[] {
  const zones = new Set(nodes.map((n) => n.labels[ZONE_LABEL]));
  const byZone = configs.some((c) => zones.has(c.name));
  return setSettings(
    fix,
    'Turn custom networking on, where it is meant',
    { set: { [SWITCH]: 'true', ...(byZone ? { ENI_CONFIG_LABEL_DEF: ZONE_LABEL } : {}) } },
    {
      mind: 'Only nodes that are launched afterwards use it, and each takes fewer pods, its primary ENI serving none: vpccni plan to=custom shows what it takes.',
    },
  );
}

function deleteConfigs(configs: readonly EniConfig[]): Fix {
  return {
    title: `Else delete ${things(configs.length, 'ENIConfig')} that nothing uses`,
    commands: [kubectl('delete', 'eniconfig', ...configs.map((c) => named('object', c.name)))],
    changes: 'Nothing for pods or nodes: with custom networking off no ENIConfig is asked for.',
    effect: 'minutes',
    risk: 'Where custom networking is turned on later they have to be made again.',
  };
}

/** The annotation wins over the label (`eniconfig.go:GetNodeSpecificENIConfigName`). */
function dropAnnotation(key: string, nodes: readonly Node[]): Fix {
  return {
    title: `Take the annotation off ${things(nodes.length, 'node')}, where the label is meant`,
    commands: [kubectl('annotate', 'node', ...nodes.map((n) => named('node', n.name)), `${key}-`)],
    changes:
      'The ENIConfig the label names counts for ENIs that are made from then on; those there keep theirs until the node is replaced.',
    effect: 'minutes',
    risk: 'Where the annotation is meant, nothing has to change.',
  };
}
