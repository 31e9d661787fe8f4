/** Objects that decide subnets, groups and reach: ENIConfigs, SecurityGroupPolicies, NetworkPolicies. */
import { section } from '../../../facts/define-fact.ts';
import { podSubnets } from '../../../facts/pod-subnets.ts';
import type { Selector } from '../../../snapshot/kubernetes.ts';
import { type ChangeDraft, matched, type Pair, type Topics, textOf } from '../draft.ts';

export function objectChanges(pair: Pair): readonly ChangeDraft[] {
  return [...eniConfigs(pair), ...groupPolicies(pair), ...networkPolicies(pair)];
}

function eniConfigs(pair: Pair): readonly ChangeDraft[] {
  const lists = pair.both('ENIConfigs', section('eniConfigs'));
  if (!lists) return [];
  const drawing = [pair.before, pair.after].map((run) => run.valueOf(podSubnets)?.nodesOf);
  return matched(...lists, (c) => c.name).flatMap(({ key, was, is }) => {
    const subnets = [was?.subnetId, is?.subnetId].filter((id) => id !== undefined);
    const zone = /^[a-z]{2}(-[a-z]+)+-\d[a-z]$/.test(key) ? [key] : [];
    const nodes = subnets.flatMap((id) => drawing.flatMap((of) => of?.get(id) ?? []));
    return object(
      'eniconfig',
      `ENIConfig ${key}`,
      ['CUS', 'SUB', 'PFX', 'HLT', 'ADD'],
      was && `${textOf(was.subnetId)} with ${textOf(was.securityGroupIds)}`,
      is && `${textOf(is.subnetId)} with ${textOf(is.securityGroupIds)}`,
      {
        subnets,
        zones: zone,
        nodes: [...new Set(nodes)],
      },
    );
  });
}

function groupPolicies(pair: Pair): readonly ChangeDraft[] {
  const lists = pair.both('SecurityGroupPolicies', section('securityGroupPolicies'));
  if (!lists) return [];
  return matched(...lists, (p) => `${p.namespace}/${p.name}`).flatMap(({ key, was, is }) => {
    const text = (p: NonNullable<typeof was>) =>
      `${textOf(p.securityGroupIds)} for ${[p.podSelector && selectorText(p.podSelector), p.serviceAccountSelector && `service accounts ${textOf(p.serviceAccountSelector.matchNames)}`].filter(Boolean).join(' and ') || 'nothing'}`;
    return object(
      'security-group-policy',
      `SecurityGroupPolicy ${key}`,
      ['SGP', 'MAX', 'SUB', 'HLT'],
      was && text(was),
      is && text(is),
      {},
    );
  });
}

function networkPolicies(pair: Pair): readonly ChangeDraft[] {
  const lists = pair.both('NetworkPolicies', section('networkPolicies'));
  if (!lists) return [];
  return matched(...lists, (p) => `${p.kind ?? 'NetworkPolicy'} ${p.namespace}/${p.name}`).flatMap(({ key, was, is }) =>
    object(
      'network-policy',
      key,
      ['NPL'],
      was && selectorText(was.podSelector),
      is && selectorText(is.podSelector),
      {},
    ),
  );
}

/** `app=web, tier in (a, b)`; `all pods` for an empty one. */
function selectorText({ matchLabels, matchExpressions }: Selector): string {
  const parts = [
    ...Object.entries(matchLabels).map(([k, v]) => `${k}=${v}`),
    ...matchExpressions.map((e) => `${e.key} ${e.operator}${e.values.length > 0 ? ` (${e.values.join(', ')})` : ''}`),
  ];
  return parts.length === 0 ? 'all pods' : parts.sort().join(', ');
}

function object(
  kind: ChangeDraft['kind'],
  subject: string,
  topics: Topics,
  before: string | undefined,
  after: string | undefined,
  touches: ChangeDraft['touches'],
): ChangeDraft[] {
  if (before === after) return [];
  const statement =
    before === undefined
      ? `${subject} is new: ${after}`
      : after === undefined
        ? `${subject} is gone; it was ${before}`
        : `${subject} was ${before} and is ${after}`;
  return [{ kind, subject, before: before ?? null, after: after ?? null, statement, topics, touches, weight: 1 }];
}
