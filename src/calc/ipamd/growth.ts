import { type PoolPolicy, type PoolStats, shortOf, wantedCidrs } from './decisions.ts';

/** What EC2 answers to a request: done, or an error code. */
export type Answer = 'ok' | string;

/** Codes ipamd takes for a shortage of the subnet (`ipamd.go:containsInsufficientCIDRsOrSubnetIPs`). */
export const SHORTAGE_CODES: ReadonlySet<string> = new Set([
  'InsufficientFreeAddressesInSubnet',
  'InsufficientCidrBlocks',
]);

/** The ENI holds more than ipamd knows: it reads the ENI again and goes on. */
export const LIMIT_EXCEEDED = 'PrivateIpAddressLimitExceeded';

/** An ENI that may be topped up, in the order ipamd happens to walk them. */
export interface GrowthCandidate {
  /** CIDRs on the ENI, of either kind. */
  readonly usedSlots: number;
}

export interface GrowthStep<T extends GrowthCandidate> {
  readonly policy: PoolPolicy;
  readonly stats: PoolStats;
  readonly candidates: readonly T[];
  readonly subnetDiscovery: boolean;
  /** Room for another ENI (`ipamd.go:hasRoomForEni`); asked only when no ENI was topped up. */
  readonly hasRoom: () => boolean;
}

/** The two calls a step can make; each tells EC2's answer. `assign` and `create` change the caller's state when they succeed. */
export interface GrowthCalls<T extends GrowthCandidate> {
  assign(eni: T, count: number): Answer;
  create(count: number): Answer;
}

/** `added`: the pool grew. `shortage`: the pause starts. `error`: start-up fails; later passes just retry. */
export interface GrowthOutcome {
  readonly added: boolean;
  readonly shortage: boolean;
  readonly error?: string;
}

const NOTHING: GrowthOutcome = { added: false, shortage: false };
const ADDED: GrowthOutcome = { added: true, shortage: false };
const SHORTAGE: GrowthOutcome = { added: false, shortage: true };

/**
 * One growth step of a pool that is too low (`ipamd.go:increaseDatastorePool`, `tryAssignIPs`, `tryAssignPrefixes`,
 * `tryAllocateENI`): tops up one ENI, else creates one. The caller has checked the cordon and the shortage pause.
 */
export function growthStep<T extends GrowthCandidate>(step: GrowthStep<T>, calls: GrowthCalls<T>): GrowthOutcome {
  const { policy, stats } = step;
  const wanted = wantedCidrs(policy, stats);
  if (wanted > 0) {
    for (const eni of step.candidates) {
      const outcome = topUp(eni, Math.min(policy.slots - eni.usedSlots, wanted), step.subnetDiscovery, calls);
      if (outcome !== undefined) return outcome;
    }
  }
  if (!step.hasRoom()) return NOTHING;
  const count = slotsOfNewEni(policy, stats);
  if (count <= 0) return NOTHING;
  const answer = calls.create(count);
  if (answer === 'ok') return ADDED;
  return SHORTAGE_CODES.has(answer) ? SHORTAGE : NOTHING;
}

/** Slots a new ENI is created with (`ipamd.go:GetENIResourcesToAllocate`). */
export function slotsOfNewEni(policy: PoolPolicy, stats: PoolStats): number {
  if (policy.prefixes) return Math.min(wantedCidrs(policy, stats), policy.slots);
  return policy.ipTargets ? Math.min(shortOf(policy, stats), policy.slots) : policy.slots;
}

/** Undefined: try the next ENI, which only subnet discovery allows. */
function topUp<T extends GrowthCandidate>(
  eni: T,
  count: number,
  discovery: boolean,
  calls: GrowthCalls<T>,
): GrowthOutcome | undefined {
  const first = calls.assign(eni, count);
  if (first === 'ok' || first === LIMIT_EXCEEDED) return ADDED;
  const second = calls.assign(eni, 1);
  if (second === 'ok' || second === LIMIT_EXCEEDED) return ADDED;
  if (!SHORTAGE_CODES.has(second)) return { added: false, shortage: false, error: second };
  return discovery ? undefined : SHORTAGE;
}
