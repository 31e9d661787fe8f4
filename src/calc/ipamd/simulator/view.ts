import { SHORTAGE_PAUSE_SECONDS } from '../constants.ts';
import { type Holdings, holdingsOf } from '../holdings.ts';
import { takenBySubnet } from '../subnets.ts';
import type { EniKind, SimNode } from './node.ts';

/** One slot as a view draws it. */
export interface SlotView {
  /** Addresses of the slot, 1 or 16. */
  readonly size: 1 | 16;
  readonly assigned: number;
  readonly cooling: number;
}

export interface EniView {
  readonly id: number;
  readonly kind: EniKind;
  readonly subnet: string;
  readonly excluded: boolean;
  readonly ageSeconds: number;
  /** Used slots, those with most pods first. */
  readonly slots: readonly SlotView[];
  /** Slots of the ENI, used or not; 0 for a trunk. */
  readonly capacity: number;
}

/** A node at one moment in numbers: the holdings, plus what is in motion. */
export interface NodeFigures extends Holdings {
  readonly at: number;
  readonly ready: boolean;
  readonly failure?: string;
  readonly assigned: number;
  readonly cooling: number;
  readonly branchCooling: number;
  readonly branchWaiting: number;
  /** Seconds until requests are made again after a shortage; 0 outside the pause. */
  readonly pausedSeconds: number;
  readonly failedCalls: number;
  /** Pods that found no address when they came, since start-up. */
  readonly podsThatWaited: number;
}

/** The same with every slot. */
export interface NodeView extends NodeFigures {
  readonly eniViews: readonly EniView[];
}

export function eniViews(node: SimNode): readonly EniView[] {
  return [...node.enis]
    .sort((a, b) => a.id - b.id)
    .map((eni) => ({
      id: eni.id,
      kind: eni.kind,
      subnet: eni.subnet.name,
      excluded: eni.excluded,
      ageSeconds: node.now - eni.knownSince,
      slots: [...eni.slots]
        .map(({ size, assigned, cooling }) => ({ size, assigned, cooling }))
        .sort((a, b) => b.assigned - a.assigned || b.cooling - a.cooling),
      capacity: eni.kind === 'trunk' ? 0 : node.policy.slots,
    }));
}

/** What the node holds now, in the terms of the prediction. */
export function holdingsNow(node: SimNode): Holdings {
  const { customNetworking } = node.options.settings;
  const perENI: number[] = [];
  let closed = 0;
  for (const eni of node.enis) {
    if (eni.kind === 'trunk') continue;
    if (eni.excluded || (customNetworking && eni.kind === 'primary')) closed += 1;
    else perENI.push(eni.slots.size);
  }
  perENI.sort((a, b) => b - a);
  const attachedUnknown = new Set(node.unknown.filter((each) => each.whole).map((each) => each.eni.id)).size;
  const held = holdingsOf({
    capacity: { ...node.capacity, closedENIs: closed + attachedUnknown },
    perENI,
    pods: node.pods.length + node.waiting,
    served: node.assignedIPs,
    trunkENIs: node.trunkAttached ? 1 : 0,
    branchENIs: node.branchInUse,
    subnetIPsBySubnet: takenBySubnet(node.accounts),
    calls: node.calls,
  });
  return {
    ...held,
    secondaryIPs: node.policy.prefixes ? 0 : node.totalIPs,
    prefixes: node.policy.prefixes ? node.totalIPs / 16 : 0,
    podIPsHeld: node.totalIPs,
    podIPsFree: node.totalIPs - node.assignedIPs,
    podsWithoutIP: node.waiting,
  };
}

export function viewOf(node: SimNode): NodeView {
  return { ...figuresOf(node), eniViews: eniViews(node) };
}

export function figuresOf(node: SimNode): NodeFigures {
  let cooling = 0;
  for (const eni of node.enis) cooling += eni.cooling;
  return {
    ...holdingsNow(node),
    at: node.now,
    ready: node.ready,
    ...(node.failure === undefined ? {} : { failure: node.failure }),
    assigned: node.assignedIPs,
    cooling,
    branchCooling: node.branchDeletions.length,
    branchWaiting: node.branchWaiting,
    pausedSeconds: Math.max(node.lastShortage + SHORTAGE_PAUSE_SECONDS - node.now, 0),
    failedCalls: node.calls.failed,
    podsThatWaited: node.podsThatWaited,
  };
}
