import { usesIpTargets } from '../../../calc/ipamd/index.ts';
import type { Bounded, Range } from '../../contract/report.ts';
import type { Subnet } from '../../snapshot/ec2.ts';
import type { EniConfigChoice } from '../eni-config-resolution.ts';
import type { Networking } from '../networking.ts';
import type { NodeCapacity } from '../node-capacity.ts';
import type { NodeEnis } from '../node-enis.ts';
import type { BlockStates } from '../subnet-blocks.ts';

export interface Observation {
  readonly net: Networking;
  readonly capacity: NodeCapacity;
  readonly shown: NodeEnis;
  readonly expectation: {
    readonly held: Bounded;
    readonly enis: Bounded;
    readonly withHistory: { readonly held: Range; readonly enis: Range };
  };
  /** The model says that ipamd cannot start here. */
  readonly initFails: boolean;
  readonly choice?: EniConfigChoice;
  /** Subnets further ENIs can be created in, as far as they were read. */
  readonly podSubnets: readonly Subnet[];
  readonly blocks?: ReadonlyMap<string, BlockStates>;
  readonly now: number;
}

const YOUNG_MS = 5 * 60 * 1000;

/** The likeliest reason why a node holds something else than expected; undefined where it does not. */
export function deviationOf(o: Observation): string | undefined {
  if (o.net.settings.provisioningDisabled) return undefined;
  const held = sideOf(o.shown.held, o.expectation.held);
  const enis = sideOf(eniCount(o.shown), o.expectation.enis);
  if (held === 0 && enis === 0) return undefined;
  const young = o.now - Date.parse(o.shown.node.createdAt) < YOUNG_MS;
  if (young) return 'the node is younger than five minutes: its pool is still growing';
  const leftover = modeLeftover(o);
  if (leftover) return leftover;
  if (held < 0 || enis < 0) return shortReason(o) ?? afterChurn(o) ?? 'fewer than expected, for no reason seen here';
  return afterChurn(o) ?? surplusReason(o);
}

/** -1 below, 0 within, 1 above. */
function sideOf(value: number, expected: Bounded): -1 | 0 | 1 {
  const { min, max } = typeof expected === 'number' ? { min: expected, max: expected } : expected;
  return value < min ? -1 : value > max ? 1 : 0;
}

/** ENIs of card 0 as the model counts them. */
function eniCount(shown: NodeEnis): number {
  return shown.data.length + shown.unmanaged.length + (shown.trunk ? 1 : 0);
}

function modeLeftover({ shown, capacity }: Observation): string | undefined {
  if (shown.otherModeCidrs === 0) return undefined;
  const what = capacity.mode === 'prefix' ? 'single addresses' : 'prefixes';
  return `mode switch: ${shown.otherModeCidrs} slots still hold ${what} from before`;
}

function shortReason(o: Observation): string | undefined {
  const { shown, capacity, net, choice } = o;
  if (net.settings.customNetworking && choice && !choice.eniConfig) return `there is no ENIConfig named ${choice.name}`;
  if (net.settings.customNetworking && choice?.eniConfig && !choice.eniConfig.subnetId)
    return `ENIConfig ${choice.name} names no subnet`;
  if (o.initFails) return 'no ENI is left for pods: ipamd cannot start';
  const cordoned = isCordoned(shown);
  if (cordoned && !net.settings.manageEnisOnCordonedNodes) return 'the node is cordoned: ipamd attaches no ENI to it';
  const shortage = shortageReason(o);
  if (shortage) return shortage;
  if (capacity.unmanaged > 0) return `${capacity.unmanaged} unmanaged ENIs take slots of this node`;
  if (capacity.trunk === 1 && capacity.limits.trunkingCompatible !== false && !shown.trunk)
    return 'the trunk ENI is not attached';
  return undefined;
}

/** ipamd goes by the taint, which the node controller sets with `spec.unschedulable` (`ipamd.go:isNodeNonSchedulable`). */
function isCordoned({ node }: NodeEnis): boolean {
  return (
    node.unschedulable ||
    node.taints.some((t) => t.key === 'node.kubernetes.io/unschedulable' && t.effect === 'NoSchedule')
  );
}

/** A new ENI is made with its whole batch or not at all: an address for itself, and its slots (`ipamd.go:tryAllocateENI`). */
function shortageReason({ podSubnets, blocks, capacity, net }: Observation): string | undefined {
  if (podSubnets.length === 0) return undefined;
  const addresses = 1 + (usesIpTargets(net.settings) ? 1 : capacity.slotsPerEni);
  const full = podSubnets.filter((s) => {
    if (capacity.mode !== 'prefix') return s.availableIps < addresses;
    const counts = blocks?.get(s.subnetId)?.counts;
    return s.availableIps < 1 || (counts !== undefined && counts.free + counts.prefixReserved === 0);
  });
  if (full.length < podSubnets.length) return undefined;
  const what = capacity.mode === 'prefix' ? 'free /28 block' : `${addresses} free addresses`;
  return `shortage: no ${what} for another ENI in ${full.map((s) => s.subnetId).join(', ')}`;
}

function afterChurn({ shown, expectation: { withHistory } }: Observation): string | undefined {
  const within = sideOf(shown.held, withHistory.held) === 0 && sideOf(eniCount(shown), withHistory.enis) === 0;
  return within ? 'history: pods that are gone left ENIs or prefixes that pods still use in part' : undefined;
}

function surplusReason({ shown, net }: Observation): string {
  if (isCordoned(shown) && !net.settings.manageEnisOnCordonedNodes)
    return 'the node is cordoned: ipamd releases no ENI of it';
  if (shown.trunk && !net.settings.podEni) return 'a trunk ENI from before security groups for pods were switched off';
  const primary = shown.primary;
  if (net.settings.customNetworking && primary && primary.secondaryIps.length + primary.prefixes.length > 0)
    return 'the primary ENI still holds pod addresses from before custom networking';
  return 'more than expected: addresses or ENIs that ipamd did not ask for by its present settings';
}
