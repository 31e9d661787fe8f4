import * as v from 'valibot';
import { things } from '../contract/words.ts';
import { demand } from '../facts/demand.ts';
import { fixContext } from '../facts/fix-context.ts';
import { networking } from '../facts/networking.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { percentile } from '../facts/support/percentile.ts';
import { defineCheck } from './define-check.ts';
import { setSettings } from './fixes/settings.ts';

const evidence = v.object({
  warmIpTarget: v.number(),
  minimumIpTarget: v.number(),
  nodes: v.number(),
  podsPerNodeP95: v.nullable(v.number()),
});

/** Nodes from which single addresses fetched one by one add up in the account's bucket of EC2 calls. */
const MANY_NODES = 50;
/** A target from which one call fetches several addresses at a time (docs/eni-and-ip-target.md). */
const ENOUGH = 5;

export const CFG004 = defineCheck({
  code: 'CFG004',
  title: 'Warm settings will throttle EC2 in a cluster this size',
  severity: 'warning',
  grain: 'cluster',
  modes: ['secondary'],
  needs: { networking, nodes: nodesServedByCni },
  helps: { demand, fix: fixContext },
  partialOk: true,
  evidence,
  evaluate: ({ networking: net, nodes, demand: pods, fix }) => {
    const { warmIpTarget, minimumIpTarget } = net.settings;
    const hidden = net.unresolved.includes('MINIMUM_IP_TARGET');
    if (warmIpTarget === 0 || net.mode !== 'secondary' || hidden || nodes.served.length <= MANY_NODES) return [];
    if (warmIpTarget >= ENOUGH && minimumIpTarget > 0) return [];
    const p95 =
      pods &&
      percentile(
        nodes.served.map((n) => pods.get(n.name)?.addressed ?? 0),
        0.95,
      );
    const minimum = Math.max(minimumIpTarget, p95 ?? 0);
    return [
      {
        key: 'aws-node',
        confidence: 'heuristic',
        resources: [{ kind: 'daemonset', id: 'kube-system/aws-node' }],
        scope: {},
        evidence: { warmIpTarget, minimumIpTarget, nodes: nodes.served.length, podsPerNodeP95: p95 ?? null },
        fixes:
          minimum === 0
            ? []
            : setSettings(
                fix,
                `Fetch addresses ahead: MINIMUM_IP_TARGET=${minimum}, WARM_IP_TARGET=${Math.max(warmIpTarget, ENOUGH)}`,
                {
                  set: {
                    MINIMUM_IP_TARGET: String(minimum),
                    WARM_IP_TARGET: String(Math.max(warmIpTarget, ENOUGH)),
                  },
                },
                { mind: 'Every node holds at least that many addresses: the subnets must have them.' },
              ),
      },
    ];
  },
  summary: (e) =>
    `WARM_IP_TARGET=${e.warmIpTarget}${e.minimumIpTarget === 0 ? ' without MINIMUM_IP_TARGET' : ` beside MINIMUM_IP_TARGET=${e.minimumIpTarget}`} on ${things(e.nodes, 'node')}: pods are answered by EC2 calls for a few addresses each${
      e.podsPerNodeP95 === null ? '' : `, up to ${things(e.podsPerNodeP95, 'pod')} a node`
    }`,
  explanation: {
    why: 'Each small step of a pool is one EC2 call, and all calls of an account and Region share one bucket. A rollout over many nodes empties it; then every call backs off, and pods of the whole account wait minutes for an address.',
    how: 'Single addresses, WARM_IP_TARGET below 5 or set without MINIMUM_IP_TARGET, and more than 50 nodes. A usual pattern, not an observed failure: the calls themselves are not counted here.',
    fix: 'Set MINIMUM_IP_TARGET near the pods of a node, so that they come in one call when the node starts, and WARM_IP_TARGET to 5 or more; or use prefixes, sixteen addresses a call.',
    verify: 'vpccni simulate shows the calls of a rollout with these settings.',
    references: [
      'amazon-vpc-cni-k8s docs/eni-and-ip-target.md',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/405',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2804',
    ],
  },
});
