import * as v from 'valibot';
import { count, things, verb } from '../contract/words.ts';
import { demand } from '../facts/demand.ts';
import { fixContext } from '../facts/fix-context.ts';
import { networking } from '../facts/networking.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { stuckCauses } from '../facts/stuck-causes.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { percentile } from '../facts/support/percentile.ts';
import { poolCeiling } from '../facts/support/pool-ceiling.ts';
import { defineCheck } from './define-check.ts';
import { setSettings } from './fixes/settings.ts';
import { nodeResources } from './support/resources.ts';
import { waitingFor, waitingText } from './support/waiting.ts';

const evidence = v.object({
  minimumIpTarget: v.number(),
  /** As written; empty where it is not set. */
  warmIpTarget: v.string(),
  /** Addresses at which a node's pool stops growing. */
  ceiling: v.number(),
  nodes: v.number(),
  /** Nodes whose pods want that many addresses, or more. */
  /** Null where pods were not read. */
  nodesAtCeiling: v.nullable(v.number()),
  podsPerNodeP95: v.nullable(v.number()),
  waitingPods: v.nullable(v.number()),
});

/** Kept warm above the pods of a node once the minimum is used up. */
const WARM = '2';

export const CFG003 = defineCheck({
  code: 'CFG003',
  title: 'MINIMUM_IP_TARGET without WARM_IP_TARGET freezes the pool',
  severity: 'warning',
  worst: 'error',
  grain: 'cluster',
  modes: ['secondary', 'prefix'],
  needs: { networking, nodes: nodesServedByCni },
  helps: { demand, stuck: stuckPods, causes: stuckCauses, fix: fixContext },
  partialOk: true,
  explains: ['HLT001'],
  accountsFor: ['frozen-pool'],
  evidence,
  evaluate: (from, { gapsOf }) => {
    const { networking: net, nodes, demand: pods, fix } = from;
    const { minimumIpTarget } = net.settings;
    const ceiling = poolCeiling(net);
    if (ceiling === undefined) return [];
    const wanted = nodes.served.map((n) => pods?.get(n.name)?.addressed ?? 0);
    const full = nodes.served.filter((n) => (pods?.get(n.name)?.addressed ?? 0) >= ceiling).map((n) => n.name);
    const waiting = waitingFor('frozen-pool', from, gapsOf, full);
    return [
      {
        key: 'aws-node',
        severity: full.length > 0 ? 'error' : 'warning',
        confidence: waiting.pods.length > 0 ? 'observed' : 'derived',
        resources: [{ kind: 'daemonset', id: 'kube-system/aws-node' }, ...nodeResources(full)],
        scope: { nodes: full, pods: waiting.pods },
        evidence: {
          minimumIpTarget,
          warmIpTarget: net.env.WARM_IP_TARGET ?? '',
          ceiling,
          nodes: nodes.served.length,
          nodesAtCeiling: pods ? full.length : null,
          podsPerNodeP95: pods ? (wanted.length > 0 ? percentile(wanted, 0.95) : 0) : null,
          waitingPods: waiting.count,
        },
        fixes: setSettings(
          fix,
          `Set WARM_IP_TARGET=${WARM}`,
          { set: { WARM_IP_TARGET: WARM } },
          { more: `Each node keeps ${WARM} addresses free above what its pods use.` },
        ),
      },
    ];
  },
  summary: (e) =>
    `MINIMUM_IP_TARGET=${e.minimumIpTarget} without WARM_IP_TARGET: a node's pool stops at ${count(e.ceiling)} addresses; ${
      e.nodesAtCeiling === null || e.podsPerNodeP95 === null
        ? 'what its pods want is not known'
        : e.nodesAtCeiling > 0
          ? `${e.nodesAtCeiling} of ${things(e.nodes, 'node')} ${verb(e.nodesAtCeiling, 'has', 'have')} pods for all of them`
          : `the fullest nodes run ${things(e.podsPerNodeP95, 'pod')}`
    }${waitingText(e.waitingPods)}`,
  verdict: () => 'the pool stopped at MINIMUM_IP_TARGET',
  explanation: {
    why: 'ipamd counts an absent WARM_IP_TARGET as 0: it fills the pool up to the minimum and asks for nothing more. The next pod on such a node waits until another one ends, and addresses that cool down make it worse.',
    how: 'MINIMUM_IP_TARGET above 0 while WARM_IP_TARGET is absent, 0 or negative. In prefix mode the pool comes in blocks of 16, so the ceiling is rounded up. It is an error where a node already has pods for all of them.',
    fix: 'Set WARM_IP_TARGET to 2 or more beside it.',
    verify: 'vpccni inspect shows WARM_IP_TARGET in force; waiting pods start within a minute.',
    references: [
      'amazon-vpc-cni-k8s pkg/ipamd/ipamd.go datastoreTargetState',
      'amazon-vpc-cni-k8s docs/eni-and-ip-target.md',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2896',
    ],
  },
});
