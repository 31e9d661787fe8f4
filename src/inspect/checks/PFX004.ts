import * as v from 'valibot';
import type { Mode } from '../../calc/patterns.ts';
import { count, things } from '../contract/words.ts';
import { nodeCapacity } from '../facts/node-capacity.ts';
import { nodeEnis } from '../facts/node-enis.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { stuckCauses } from '../facts/stuck-causes.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { unknownCapacity } from '../facts/unknown-capacity.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { renewFixInputs, renewNodes } from './fixes/renew-nodes.ts';
import { moveWaitingPods } from './fixes/waiting-pods.ts';
import { isYoung } from './support/ages.ts';
import { groupKey, groupText } from './support/groups.ts';
import { nodeResources } from './support/resources.ts';
import { nodesUnjudged } from './support/unjudged.ts';
import { waitingFor } from './support/waiting.ts';

const evidence = v.object({
  group: v.string(),
  instanceType: v.string(),
  nodes: v.number(),
  configured: v.string(),
  /** Slots that still hold what the other mode put there. */
  slots: v.number(),
  slotsOnWorst: v.number(),
  maxPods: v.nullable(v.number()),
  /** Null where pods could not be read. */
  waitingPods: v.nullable(v.number()),
});
type Evidence = v.InferOutput<typeof evidence>;

export const PFX004 = defineCheck({
  code: 'PFX004',
  title: 'Node still runs on addresses of the other mode',
  severity: 'warning',
  worst: 'error',
  grain: 'group',
  modes: ['secondary', 'prefix'],
  needs: { capacity: nodeCapacity, enis: nodeEnis, nodes: nodesServedByCni, unknown: unknownCapacity },
  helps: { stuck: stuckPods, causes: stuckCauses, ...renewFixInputs },
  partialOk: true,
  explains: ['HLT001'],
  accountsFor: ['other-mode'],
  evidence,
  evaluate: (from, { now, policy, gapsOf }) => {
    const { capacity, enis, stuck, causes } = from;
    const mixed = [...capacity.values()].flatMap((c) => {
      const slots = enis.get(c.node.name)?.otherModeCidrs ?? 0;
      return slots > 0 && c.mode !== 'ipv6' && !isYoung(c.node, now, policy) ? [{ c, slots }] : [];
    });
    return [...groupBy(mixed, ({ c }) => groupKey(c)).values()].map((members): Draft<Evidence> => {
      const { c } = members[0]!;
      const names = members.map((m) => m.c.node.name);
      const waiting = waitingFor('other-mode', { stuck, causes }, gapsOf, names);
      const near = (stuck ?? []).filter((p) => names.includes(p.node) && !p.wantsBranch);
      return {
        key: groupKey(c),
        severity: near.length > 0 ? 'error' : 'warning',
        confidence: 'observed',
        resources: nodeResources(names),
        scope: { nodes: waiting.pods.length > 0 ? waiting.nodes : names, pods: waiting.pods },
        evidence: {
          group: groupText(c),
          instanceType: c.instanceType,
          nodes: names.length,
          configured: c.mode,
          slots: members.reduce((n, m) => n + m.slots, 0),
          slotsOnWorst: Math.max(...members.map((m) => m.slots)),
          maxPods: c.maxPods ?? null,
          waitingPods: near.length === 0 && gapsOf('stuck').length > 0 ? null : near.length,
        },
        fixes: [
          ...moveWaitingPods(waiting),
          ...renewNodes(
            from,
            members.map((m) => m.c),
            `New nodes fill every slot in ${c.mode === 'prefix' ? 'prefixes' : 'single addresses'} from the start.`,
          ),
        ],
      };
    });
  },
  unjudged: ({ nodes, unknown }) => nodesUnjudged(nodes, unknown),
  summary: (e) =>
    `${things(e.nodes, `${e.instanceType} node`)} of ${e.group} ${e.nodes === 1 ? 'is' : 'are'} set to ${modeWords(e.configured as Mode)} and still hold${e.nodes === 1 ? 's' : ''} ${things(e.slots, otherWords(e.configured as Mode), `${otherWords(e.configured as Mode)}es`)}, up to ${count(e.slotsOnWorst)} on one node${
      (e.waitingPods ?? 0) > 0
        ? `; ${things(e.waitingPods ?? 0, 'pod')} there wait${e.waitingPods === 1 ? 's' : ''} for an address`
        : ''
    }`,
  verdict: (e) => `slots of the node hold ${otherWords(e.configured as Mode)}es still`,
  explanation: {
    why: 'A slot that holds a single address cannot take a prefix until its pod goes, and the other way round. Meanwhile the node addresses fewer pods than its maxPods says, which is normal during a migration and a trap after it.',
    how: 'Prefix mode is on and an ENI of aws-node on a type that can do prefixes holds single addresses beside its primary one; or it is off and ENIs hold prefixes. Nodes of less than five minutes are left out. An error where pods wait for an address on such a node.',
    fix: 'Replace the nodes: drain each and let its group launch another.',
    verify: 'vpccni inspect shows the configured and the observed mode alike for all nodes.',
    references: [
      'https://docs.aws.amazon.com/eks/latest/best-practices/prefix-mode-linux.html',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/1634',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2842',
    ],
  },
});

function modeWords(mode: Mode): string {
  return mode === 'prefix' ? 'prefixes' : 'single addresses';
}

function otherWords(mode: Mode): string {
  return mode === 'prefix' ? 'single address' : 'prefix';
}
