import * as v from 'valibot';
import { isWithin } from '../../calc/ipamd/variables.ts';
import type { Fix } from '../contract/finding.ts';
import { some, things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { type EniConfigChoice, eniConfigResolution } from '../facts/eni-config-resolution.ts';
import type { FixContext } from '../facts/fix-context.ts';
import { launchZones } from '../facts/launch-zones.ts';
import { type Networking, networking } from '../facts/networking.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { stuckCauses } from '../facts/stuck-causes.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { named } from '../shell.ts';
import type { EniConfig, Node } from '../snapshot/kubernetes.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { restartAwsNode } from './fixes/aws-node-pods.ts';
import { type EniConfigFixInputs, eniConfigFixInputs, eniConfigPerZone, makeEniConfig } from './fixes/eni-config.ts';
import { reapplyAddon } from './fixes/upgrade-cni.ts';
import { kubectl } from './support/commands.ts';
import { nodeResources } from './support/resources.ts';
import { unjudged } from './support/unjudged.ts';
import { waitingFor, waitingText } from './support/waiting.ts';

const evidence = v.object({
  eniConfig: v.string(),
  /** What named it: a label, an annotation, or nothing, which means the name `default`. */
  step: v.string(),
  zones: v.array(v.string()),
  nodes: v.number(),
  notReady: v.number(),
  /** Null where pods, or what they wait for, could not be read. */
  waitingPods: v.nullable(v.number()),
  existing: v.array(v.string()),
});
type Evidence = v.InferOutput<typeof evidence>;

const ZONE_LABEL = 'topology.kubernetes.io/zone';
const EXTERNAL_LABEL = 'vpc.amazonaws.com/externalEniConfig';
const CRD = 'eniconfigs.crd.k8s.amazonaws.com';
/** Letters by which a name may miss the one that was meant. */
const TYPO = 2;
const IS_ZONE = /^[a-z]+(?:-[a-z]+)+-\d+[a-z]$/;

const SYMPTOMS = ['HLT001', 'HLT002', 'HLT003', 'ADD002'];

export const CUS001 = defineCheck({
  code: 'CUS001',
  title: 'Node resolves to an ENIConfig that does not exist',
  severity: 'error',
  grain: 'zone',
  patterns: ['custom', 'custom+sgp'],
  modes: ['secondary', 'prefix'],
  needs: { nodes: nodesServedByCni, networking, eniConfigs: section('eniConfigs'), choices: eniConfigResolution },
  helps: {
    stuck: stuckPods,
    causes: stuckCauses,
    events: section('events'),
    launchZones,
    nodegroups: section('nodegroups'),
    autoScalingGroups: section('autoScalingGroups'),
    crds: section('crds'),
    ...eniConfigFixInputs,
  },
  partialOk: ['nodes', 'networking', 'choices'],
  explains: [...SYMPTOMS, 'CUS005'],
  accountsFor: ['no-eniconfig'],
  evidence,
  evaluate: (from, { gapsOf }) => {
    const { nodes, networking: net, eniConfigs, choices, stuck, causes, events, crds } = from;
    const unknownKind =
      eniConfigs.length === 0 && crds !== undefined && crds.length > 0 && !crds.some((c) => c.name === CRD);
    const existing = eniConfigs.map((c) => c.name);
    const lost = nodes.served.filter((n) => choices.has(n.name) && !choices.get(n.name)?.eniConfig);
    const byName = groupBy(lost, (n) => choices.get(n.name)!.name);
    const reported = new Set(events?.filter((e) => e.kind === 'eniconfig-not-found').map((e) => e.object.name));
    const present = [...byName].map(([name, members]): Draft<Evidence> => {
      const names = members.map((n) => n.name);
      const waiting = waitingFor('no-eniconfig', { stuck, causes }, gapsOf, names);
      const notReady = members.filter((n) => n.ready !== 'True').length;
      const { step } = choices.get(members[0]!.name)!;
      const zones = zonesOf(members);
      const labelMissing = step === 'default' && namedAfterZones(eniConfigs, nodes.served);
      const meant = step !== 'default' && !zones.includes(name) ? meantBy(name, existing, zones) : undefined;
      const subReason = unknownKind
        ? 'crd-missing'
        : labelMissing
          ? 'label-def-missing'
          : zones.includes(name)
            ? 'az'
            : meant === undefined
              ? undefined
              : 'typo';
      const seen = notReady > 0 || waiting.pods.length > 0 || names.some((n) => reported.has(n));
      return {
        key: name,
        ...(subReason ? { subReason } : {}),
        confidence: seen ? 'observed' : 'derived',
        resources: [{ kind: 'eniconfig', id: name }, ...nodeResources(names)],
        scope: { nodes: names, pods: waiting.pods },
        // the label of old is why these nodes name none
        explains: labelMissing ? [...SYMPTOMS, 'CUS005'] : SYMPTOMS,
        evidence: {
          eniConfig: name,
          step,
          zones,
          nodes: names.length,
          notReady,
          waitingPods: waiting.count,
          existing,
        },
        fixes: [
          ...(unknownKind ? reapplyAddon(from.fix) : []),
          ...(meant === undefined ? [] : spellRight(from.fix, net, step, meant, names)),
          ...(labelMissing || zones.length > 1
            ? eniConfigPerZone(from, zones, names)
            : makeEniConfig(from, { name, zones, nodes: names })),
        ],
      };
    });
    // a node that is there already says more, and may be among those that were not read
    if (gapsOf('nodes').length > 0) return present;
    return [...present, ...future(from, net, eniConfigs, existing, byName)];
  },
  unjudged: ({ networking: net, eniConfigs }, { gapsOf }) =>
    zonesDecide(
      net,
      eniConfigs.map((c) => c.name),
    )
      ? unjudged('way of launching nodes', 2, [
          ...gapsOf('launchZones'),
          ...gapsOf('nodegroups'),
          ...gapsOf('autoScalingGroups'),
        ])
      : undefined,
  summary: (e) =>
    e.nodes === 0
      ? `nodes may be launched in ${e.zones[0]}, for which no ENIConfig exists (existing: ${some(e.existing) || 'none'}): none of them would become ready`
      : `${things(e.nodes, 'node')}${e.zones.length > 0 ? ` in ${some(e.zones)}` : ''} ask${e.nodes === 1 ? 's' : ''} for ENIConfig ${e.eniConfig}, which does not exist (existing: ${some(e.existing) || 'none'})${
          e.notReady > 0 ? `; ${e.notReady} not ready` : ''
        }${waitingText(e.waitingPods)}`,
  verdict: () => 'no ENIConfig',
  explanation: {
    why: 'With custom networking every further ENI needs the subnet an ENIConfig names. Without it aws-node does not become ready ("Failed to attach any ENIs for custom networking"), the node stays NotReady, and nothing starts on it.',
    how: 'The name a node resolves to (label vpc.amazonaws.com/externalEniConfig, then annotation, then the label of ENI_CONFIG_LABEL_DEF, else "default") against the ENIConfigs that exist. label-def-missing: ENIConfigs are named after zones but ENI_CONFIG_LABEL_DEF is not set. az: a zone has none. typo: its name is one or two letters away from one that exists. crd-missing: the kind ENIConfig itself is not installed. future, a warning: a node group may launch nodes in a zone that has none. An ENIConfig named "default" satisfies nodes that name none.',
    fix: 'Make the ENIConfig with a subnet of that zone and the security groups the others use, then restart aws-node on its nodes.',
    verify: 'kubectl get eniconfig lists it, and the nodes become Ready within a minute.',
    references: [
      'amazon-vpc-cni-k8s pkg/eniconfig/eniconfig.go GetNodeSpecificENIConfigName',
      'https://docs.aws.amazon.com/eks/latest/userguide/cni-custom-network.html',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2683',
    ],
  },
});

/** Zones differ by a letter as well: among several only that of the node itself can be meant. */
function meantBy(name: string, existing: readonly string[], zones: readonly string[]): string | undefined {
  const near = existing.filter((e) => isWithin(e, name, TYPO));
  const own = near.find((e) => zones.includes(e));
  return own ?? (near.length === 1 && !IS_ZONE.test(near[0]!) ? near[0] : undefined);
}

/** Names the one that was meant where the node names the other, and lets aws-node read it anew. */
function spellRight(
  fix: FixContext,
  net: Networking,
  step: EniConfigChoice['step'],
  meant: string,
  nodes: readonly string[],
): Fix[] {
  const [word, key] =
    step === 'annotation'
      ? ['annotate', net.eniConfigAnnotationKey]
      : ['label', step === 'external-label' ? EXTERNAL_LABEL : net.eniConfigLabelKey];
  const all = nodes.map((n) => named('node', n));
  return [
    {
      title: `Name ENIConfig ${meant} on ${things(nodes.length, 'node')}, where another is spelt`,
      commands: [
        kubectl(word!, 'node', ...all, `${key}=${named('object', meant)}`, '--overwrite'),
        ...restartAwsNode(fix, nodes),
      ],
      changes: `These nodes use ENIConfig ${meant}. New nodes get what their group or NodePool says: mend it there too.`,
      effect: 'minutes',
    },
  ];
}

function zonesOf(nodes: readonly Node[]): string[] {
  return [...new Set(nodes.flatMap((n) => n.labels[ZONE_LABEL] ?? []))].sort();
}

function namedAfterZones(configs: readonly EniConfig[], nodes: readonly Node[]): boolean {
  const zones = new Set(zonesOf(nodes));
  return configs.some((c) => zones.has(c.name));
}

/** The zone of a node names its ENIConfig, and none stands in for one that is missing. */
function zonesDecide(net: Networking, existing: readonly string[]): boolean {
  return net.eniConfigLabelKey === ZONE_LABEL && existing.length > 0 && !existing.includes('default');
}

/** Zones in which groups may launch nodes, where zones name ENIConfigs and this one has none yet. */
function future(
  from: EniConfigFixInputs & { readonly launchZones: readonly string[] | undefined },
  net: Networking,
  configs: readonly EniConfig[],
  existing: readonly string[],
  lost: ReadonlyMap<string, unknown>,
): Draft<Evidence>[] {
  if (configs.length === 0 || !zonesDecide(net, existing)) return [];
  return (from.launchZones ?? [])
    .filter((zone) => !existing.includes(zone) && !lost.has(zone))
    .map((zone) => ({
      key: zone,
      subReason: 'future',
      severity: 'warning',
      confidence: 'derived',
      resources: [{ kind: 'eniconfig', id: zone }],
      scope: { zones: [zone] },
      evidence: {
        eniConfig: zone,
        step: 'label',
        zones: [zone],
        nodes: 0,
        notReady: 0,
        waitingPods: 0,
        existing: [...existing],
      },
      fixes: makeEniConfig(from, { name: zone, zones: [zone], nodes: [] }),
    }));
}
