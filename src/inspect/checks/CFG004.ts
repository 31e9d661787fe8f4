import * as v from 'valibot';
import { ADDRESSES_PER_PREFIX, POD_COOLDOWN_SECONDS } from '../../calc/ipamd/index.ts';
import type { Fix } from '../contract/finding.ts';
import { things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { demand } from '../facts/demand.ts';
import { fixContext } from '../facts/fix-context.ts';
import { type Networking, networking } from '../facts/networking.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { percentile } from '../facts/support/percentile.ts';
import { throttling } from '../facts/throttling.ts';
import { type PodTable, podsOf } from '../snapshot/pods.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { setSettings } from './fixes/settings.ts';

const evidence = v.object({
  reason: v.picklist(['small-steps', 'cool-down']),
  warmIpTarget: v.number(),
  minimumIpTarget: v.number(),
  cooldownSeconds: v.number(),
  nodes: v.number(),
  podsPerNodeP95: v.nullable(v.number()),
  /** Pods started a minute over the last ten, and calls they come to; null where pods were not read. */
  podStarts: v.nullable(v.number()),
  callsPerMinute: v.nullable(v.number()),
  /** Calls that EC2 refused for rate, as far as events and this program tell; null where events were not read. */
  throttled: v.nullable(v.number()),
});
type Evidence = v.InferOutput<typeof evidence>;

/** Nodes from which single addresses fetched one by one add up in the account's bucket of EC2 calls. */
const MANY_NODES = 50;
/** Pods started a minute from which calls for one address each do. */
const MANY_STARTS = 100;
const LOOK_BACK_MINUTES = 10;
/** Seconds; the default is 30. */
const LONG_COOLDOWN = 120;
/** A target from which one call fetches several addresses at a time (docs/eni-and-ip-target.md). */
const ENOUGH = 5;

export const CFG004 = defineCheck({
  code: 'CFG004',
  title: 'Warm settings will throttle EC2 in a cluster this size',
  severity: 'warning',
  worst: 'error',
  grain: 'cluster',
  modes: ['secondary', 'prefix'],
  needs: { networking, nodes: nodesServedByCni },
  helps: { demand, pods: section('pods'), throttling, events: section('events'), fix: fixContext },
  partialOk: true,
  explains: ['QTA002'],
  evidence,
  evaluate: ({ networking: net, nodes, demand: wanted, pods, throttling: t, events, fix }, { now }) => {
    const { warmIpTarget, minimumIpTarget, ipCooldownSeconds } = net.settings;
    const { small, slow } = harmful(net);
    if (!small && !slow) return [];
    const starts = pods ? startsPerMinute(pods, now) : undefined;
    const throttled = (t?.reported ?? 0) + (t?.own.length ?? 0);
    const busy = nodes.served.length > MANY_NODES || (starts ?? 0) > MANY_STARTS;
    if (!busy) return [];
    const p95 =
      wanted &&
      percentile(
        nodes.served.map((n) => wanted.get(n.name)?.addressed ?? 0),
        0.95,
      );
    const step = Math.max(1, warmIpTarget) * (net.mode === 'prefix' ? ADDRESSES_PER_PREFIX : 1);
    const draft = (reason: Evidence['reason'], fixes: readonly Fix[]): Draft<Evidence> => ({
      key: 'aws-node',
      ...(reason === 'small-steps' ? {} : { subReason: reason }),
      severity: reason === 'small-steps' && throttled > 0 ? 'error' : 'warning',
      confidence: reason === 'small-steps' && throttled > 0 ? 'observed' : 'heuristic',
      resources: [{ kind: 'daemonset', id: 'kube-system/aws-node' }],
      scope: { nodes: nodes.served.map((n) => n.name) },
      evidence: {
        reason,
        warmIpTarget,
        minimumIpTarget,
        cooldownSeconds: ipCooldownSeconds,
        nodes: nodes.served.length,
        podsPerNodeP95: p95 ?? null,
        podStarts: starts ?? null,
        callsPerMinute: starts === undefined ? null : Math.ceil(starts / step),
        throttled: events ? throttled : throttled || null,
      },
      fixes,
      explains: reason === 'small-steps' ? ['QTA002'] : [],
    });
    const minimum = Math.max(minimumIpTarget, p95 ?? 0);
    const warm = String(Math.max(warmIpTarget, ENOUGH));
    return [
      ...(small
        ? [
            draft(
              'small-steps',
              minimum === 0
                ? []
                : setSettings(
                    fix,
                    `Fetch addresses ahead: MINIMUM_IP_TARGET=${minimum}, WARM_IP_TARGET=${warm}`,
                    { set: { MINIMUM_IP_TARGET: String(minimum), WARM_IP_TARGET: warm } },
                    { mind: 'Every node holds at least that many addresses: the subnets must have them.' },
                  ),
            ),
          ]
        : []),
      ...(slow
        ? [
            draft(
              'cool-down',
              setSettings(fix, `Set IP_COOLDOWN_PERIOD=${POD_COOLDOWN_SECONDS}`, {
                set: { IP_COOLDOWN_PERIOD: String(POD_COOLDOWN_SECONDS) },
              }),
            ),
          ]
        : []),
    ];
  },
  unjudged: ({ networking: net, nodes, pods }, { gapsOf }) => {
    const { small, slow } = harmful(net);
    const few = nodes.served.length <= MANY_NODES;
    if (pods || !few || !(small || slow)) return undefined;
    return { count: nodes.served.length, of: nodes.served.length, what: 'node', gaps: gapsOf('pods') };
  },
  summary: (e) => {
    const load = `${e.podStarts === null || e.podStarts === 0 ? '' : `, ${things(e.podStarts, 'pod')} started a minute lately`}`;
    if (e.reason === 'cool-down')
      return `IP_COOLDOWN_PERIOD=${e.cooldownSeconds} on ${things(e.nodes, 'node')}${load}: addresses of ended pods lie idle for so long, and new pods need others from EC2`;
    return `WARM_IP_TARGET=${e.warmIpTarget}${e.minimumIpTarget === 0 ? ' without MINIMUM_IP_TARGET' : ` beside MINIMUM_IP_TARGET=${e.minimumIpTarget}`} on ${things(e.nodes, 'node')}: pods are answered by EC2 calls for a few addresses each${
      e.podsPerNodeP95 === null ? '' : `, up to ${things(e.podsPerNodeP95, 'pod')} a node`
    }${load}${e.callsPerMinute === null || e.callsPerMinute === 0 ? '' : `, about ${things(e.callsPerMinute, 'call')} a minute`}${
      !e.throttled ? '' : `; EC2 refuses calls for rate (${e.throttled} seen)`
    }`;
  },
  explanation: {
    why: 'Each small step of a pool is one EC2 call, and all calls of an account and Region share one bucket. A rollout over many nodes empties it; then every call backs off, and pods of the whole account wait minutes for an address.',
    how: 'More than 50 nodes, or more than 100 pods started a minute over the last ten, and single addresses with WARM_IP_TARGET below 5 or without MINIMUM_IP_TARGET; an error where EC2 is seen to refuse calls for rate (QTA002). cool-down: IP_COOLDOWN_PERIOD above two minutes. Otherwise a usual pattern, not an observed failure: calls are estimated as pod starts divided by WARM_IP_TARGET.',
    fix: 'Set MINIMUM_IP_TARGET near the pods of a node, so that they come in one call when the node starts, and WARM_IP_TARGET to 5 or more; or use prefixes, sixteen addresses a call.',
    verify: 'vpccni simulate shows the calls of a rollout with these settings.',
    references: [
      'amazon-vpc-cni-k8s docs/eni-and-ip-target.md',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/405',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2804',
    ],
  },
});

/** Pods that take an address from ipamd and were made in the last ten minutes. */
function startsPerMinute(pods: PodTable, now: number): number {
  const since = now / 1000 - LOOK_BACK_MINUTES * 60;
  // the column itself: a date in text for each of 150,000 pods takes longer than the rest of the check
  const started = podsOf(pods).filter(
    (p, row) => pods.createdAt[row]! >= since && p.class === 'ordinary' && p.node !== undefined,
  ).length;
  return Math.round(started / LOOK_BACK_MINUTES);
}

/** Steps of few addresses, and a cool-down that keeps many idle; what comes from an object that was not read is neither. */
function harmful({ mode, settings, unresolved }: Networking): { readonly small: boolean; readonly slow: boolean } {
  const known = (...names: string[]) => !names.some((name) => unresolved.includes(name));
  const { warmIpTarget, minimumIpTarget, ipCooldownSeconds } = settings;
  const few = warmIpTarget > 0 && (warmIpTarget < ENOUGH || minimumIpTarget === 0);
  return {
    small: mode === 'secondary' && few && known('MINIMUM_IP_TARGET', 'WARM_IP_TARGET'),
    slow: ipCooldownSeconds > LONG_COOLDOWN && known('IP_COOLDOWN_PERIOD'),
  };
}
