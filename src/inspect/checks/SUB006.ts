import * as v from 'valibot';
import { usesIpTargets } from '../../calc/ipamd/index.ts';
import { count, share, things } from '../contract/words.ts';
import { fixContext } from '../facts/fix-context.ts';
import { type Networking, networking } from '../facts/networking.ts';
import { subnetAccounting } from '../facts/subnet-accounting.ts';
import { subnetNeed } from '../facts/subnet-need.ts';
import { isShort } from '../facts/support/shortage.ts';
import { warmRecommendation } from '../facts/warm-recommendation.ts';
import { warmPool } from '../facts/warm-waste.ts';
import { defineCheck } from './define-check.ts';
import { trimWarmPool } from './fixes/warm-pool.ts';
import { nodeResources } from './support/resources.ts';

const bounded = v.union([v.number(), v.object({ min: v.number(), max: v.number() })]);
const cost = v.object({ calls: bounded, podsThatWait: bounded, longestWaitSeconds: bounded });

const evidence = v.object({
  held: v.number(),
  used: v.number(),
  idle: v.number(),
  nodes: v.number(),
  /** The variable that keeps them; null where none stands out. */
  driver: v.nullable(v.object({ variable: v.string(), value: v.string() })),
  worstNodes: v.array(v.object({ node: v.string(), idle: v.number() })),
  idleBySubnet: v.record(v.string(), v.number()),
  recommended: v.nullable(
    v.object({
      MINIMUM_IP_TARGET: v.number(),
      WARM_IP_TARGET: v.number(),
      p95Pods: v.number(),
      frees: v.number(),
      freesBySubnet: v.record(v.string(), v.number()),
      /** On a fresh node of the commonest type: pods step by step, and what the steps cost with either settings. */
      rollout: v.object({ pods: v.array(v.number()), now: cost, recommended: cost }),
    }),
  ),
});

const WORST_NODES = 10;

export const SUB006 = defineCheck({
  code: 'SUB006',
  title: 'Warm pool holds far more addresses than pods use',
  severity: 'warning',
  worst: 'error',
  grain: 'cluster',
  modes: ['secondary', 'prefix'],
  needs: { pool: warmPool, networking },
  helps: { advice: warmRecommendation, accounts: subnetAccounting, need: subnetNeed, fix: fixContext },
  partialOk: true,
  evidence,
  evaluate: ({ pool, networking: net, advice, accounts, need, fix }, { policy }) => {
    const { warmIdleRatio, warmIdleIps } = policy.thresholds;
    if (pool.held === 0 || pool.idle <= warmIdleIps || pool.idle / pool.held <= warmIdleRatio) return [];
    const starving = (accounts ?? []).filter(
      (a) =>
        (pool.bySubnet.get(a.subnetId) ?? 0) > 0 &&
        need?.has(a.subnetId) &&
        isShort(a.addresses.free, need.get(a.subnetId)),
    );
    const worst = [...pool.byNode].sort((a, b) => b[1].idle - a[1].idle).slice(0, WORST_NODES);
    return [
      {
        key: fix.cluster?.name ?? 'cluster',
        severity: starving.length > 0 ? 'error' : keepsOneSparePrefix(net) ? 'info' : 'warning',
        confidence: 'derived',
        resources: nodeResources(worst.map(([name]) => name)),
        scope: { subnets: [...pool.bySubnet.keys()] },
        evidence: {
          held: pool.held,
          used: pool.used,
          idle: pool.idle,
          nodes: pool.byNode.size,
          driver: pool.driver ? { variable: pool.driver.variable, value: pool.driver.value } : null,
          worstNodes: worst.map(([node, use]) => ({ node, idle: use.idle })),
          idleBySubnet: Object.fromEntries(pool.bySubnet),
          recommended: advice
            ? {
                MINIMUM_IP_TARGET: advice.minimumIpTarget,
                WARM_IP_TARGET: advice.warmIpTarget,
                p95Pods: advice.p95Pods,
                frees: advice.frees,
                freesBySubnet: Object.fromEntries(advice.freesBySubnet),
                rollout: { ...advice.rollout(), pods: [...advice.rollout().pods] },
              }
            : null,
        },
        fixes: trimWarmPool(fix, advice),
      },
    ];
  },
  summary: (e) =>
    `${count(e.idle)} of ${count(e.held)} pod addresses on ${things(e.nodes, 'node')} are idle (${share(e.idle, e.held)})${
      e.driver ? `, kept by ${e.driver.variable}=${e.driver.value}` : ''
    }${e.recommended ? `; ${count(e.recommended.frees)} could go back to the subnets` : ''}`,
  explanation: {
    why: 'By default every node keeps a whole spare ENI, 29 or 49 addresses on large types. Where nodes run few pods, most of a subnet lies idle while new nodes find none.',
    how: 'Over all nodes older than ten minutes: pod addresses on ENIs that aws-node manages (a prefix counts as 16), less the pods that have one. More than half idle and more than 64 of them is a warning; it is an error when a subnet that holds some of them is out of addresses. Trunk and branch ENIs do not count. One spare prefix a node is what prefix mode is meant to keep: with WARM_PREFIX_TARGET=1 it is only information.',
    fix: 'Set MINIMUM_IP_TARGET near what nearly every node runs and WARM_IP_TARGET to a few; in prefix mode the minimum is rounded to whole prefixes. Smaller pools cost more EC2 calls and let bursts of pods wait for seconds: both are told with the fix. In clusters of over a hundred nodes or with much churn raise WARM_IP_TARGET.',
    verify: 'Within minutes EC2 shows fewer addresses on the nodes: vpccni inspect, column warm.',
    references: [
      'amazon-vpc-cni-k8s docs/eni-and-ip-target.md',
      'amazon-vpc-cni-k8s docs/prefix-and-ip-target.md',
      'amazon-vpc-cni-k8s pkg/ipamd/ipamd.go decreaseDatastorePool',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2294',
    ],
  },
});

function keepsOneSparePrefix({ mode, settings }: Networking): boolean {
  return mode === 'prefix' && !usesIpTargets(settings) && settings.warmPrefixTarget <= 1;
}
