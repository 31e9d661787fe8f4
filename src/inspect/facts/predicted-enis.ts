import { FALLBACK_MAX_PODS } from '../../calc/ipamd/index.ts';
import type { Bounded, Range } from '../contract/report.ts';
import { defineFact, section } from './define-fact.ts';
import { demand, NO_DEMAND } from './demand.ts';
import { eniConfigResolution } from './eni-config-resolution.ts';
import { networking } from './networking.ts';
import { ipamdLimits, nodeCapacity, occupiedSlots } from './node-capacity.ts';
import { nodeEnis } from './node-enis.ts';
import { nodeInstances } from './node-instances.ts';
import { podSubnets } from './pod-subnets.ts';
import { subnetBlocks } from './subnet-blocks.ts';
import { deviationOf } from './support/deviation.ts';
import { heldByLike } from './support/like-nodes.ts';

/** What the ipamd model expects of a node for the pods it runs now. */
export interface PredictedEnis {
  /** Pod addresses held, as on a node whose pods only ever came; a range where placement leaves it open. */
  readonly held: Bounded;
  /** ENIs of card 0, the primary, the trunk and unmanaged ones included, branch ENIs not. */
  readonly enis: Bounded;
  readonly exact: boolean;
  /** Why it is a range. */
  readonly reasons: readonly string[];
  /** The bounds when pods have also left since the node started. */
  readonly withHistory: { readonly held: Range; readonly enis: Range };
  /** The likely reason why EC2 shows something else; undefined where it does not, or where EC2 was not read. */
  readonly deviation?: string;
}

/** Expectation by node name, for nodes of known capacity. */
export const predictedEnis = defineFact({
  id: 'predictedEnis',
  needs: { capacity: nodeCapacity, networking, demand, instances: nodeInstances },
  helps: {
    enis: nodeEnis,
    choices: eniConfigResolution,
    podSubnets,
    subnets: section('subnets'),
    blocks: subnetBlocks,
  },
  derive: ({ networking: net, ...v }, { now }): ReadonlyMap<string, PredictedEnis> => {
    const subnets = new Map(v.subnets?.map((s) => [s.subnetId, s]));
    const found = new Map<string, PredictedEnis>();
    for (const [name, capacity] of v.capacity) {
      const shown = v.enis?.get(name);
      const at = v.instances.get(name)!;
      const pods = v.demand.get(name) ?? NO_DEMAND;
      const limits = ipamdLimits(capacity.limits, net);
      const asked = {
        ...occupiedSlots(at, net, shown, subnets),
        pods: pods.addressed,
        branchPods: pods.branch,
        maxPods: capacity.maxPods ?? FALLBACK_MAX_PODS,
      };
      const fresh = heldByLike(net.settings, limits, { ...asked, arrival: 'unknown' });
      const churned = heldByLike(net.settings, limits, { ...asked, churn: {} });
      const expectation = {
        held: bounds(fresh.podIPsHeld, fresh.range?.podIPsHeld),
        enis: bounds(fresh.enis, fresh.range?.enis),
        withHistory: {
          held: union(
            range(fresh.podIPsHeld, fresh.range?.podIPsHeld),
            range(churned.podIPsHeld, churned.range?.podIPsHeld),
          ),
          enis: union(range(fresh.enis, fresh.range?.enis), range(churned.enis, churned.range?.enis)),
        },
      };
      const deviation =
        shown &&
        deviationOf({
          net,
          capacity,
          shown,
          expectation,
          initFails: fresh.nodeInitFails,
          choice: v.choices?.get(name),
          podSubnets: (v.podSubnets?.byNode.get(name) ?? []).flatMap((id) => subnets.get(id) ?? []),
          blocks: v.blocks,
          now,
        });
      found.set(name, {
        ...expectation,
        exact: fresh.exact,
        reasons: fresh.reasons,
        ...(deviation === undefined ? {} : { deviation }),
      });
    }
    return found;
  },
});

function range(value: number, bounded: Range | undefined): Range {
  return bounded ?? { min: value, max: value };
}

function bounds(value: number, bounded: Range | undefined): Bounded {
  return bounded === undefined || bounded.min === bounded.max ? value : bounded;
}

function union(a: Range, b: Range): Range {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}
