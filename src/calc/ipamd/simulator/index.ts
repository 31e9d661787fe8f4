import { PASS_SECONDS } from '../constants.ts';
import type { Holdings } from '../holdings.ts';
import { boot } from './boot.ts';
import { addBranchPods, removeBranchPods } from './branch.ts';
import { giveBackSlots } from './ec2.ts';
import type { SimEvent } from './events.ts';
import { createNode, type SimNode, type SimulationOptions } from './node.ts';
import { offerToWaiting, pass } from './pass.ts';
import { assignPod, releasePod } from './pool.ts';
import { figuresOf, holdingsNow, type NodeFigures, type NodeView, viewOf } from './view.ts';

/** A node being simulated step by step. Deterministic for its options, seed included. */
export interface Simulation {
  /** Runs start-up. False when ipamd exits; nothing then happens any more. */
  boot(): boolean;
  /** One pass of the pool loop, five seconds. */
  pass(): void;
  /** Passes until the clock has advanced by at least so many seconds. */
  run(seconds: number): void;
  /**
   * Passes until nothing changed for `quietSeconds`, at most `limitSeconds`. False when the limit came first: the node has no
   * steady state.
   */
  settle(quietSeconds: number, limitSeconds: number): boolean;
  addPods(count: number): void;
  /** Removes pods at random, those still waiting included. */
  removePods(count: number): void;
  addBranchPods(count: number): void;
  removeBranchPods(count: number): void;
  cordon(on: boolean): void;
  /** What the node holds now. */
  holdings(): Holdings;
  /** The same, and what is in motion. */
  figures(): NodeFigures;
  /** The same, with every slot, for drawing. */
  view(): NodeView;
  /** The log, when asked for in the options. */
  events(): readonly SimEvent[];
  /** Seconds since start-up began. */
  now(): number;
}

/** Prepares a simulation; `boot` starts it. The random choices are ipamd's own: which ENI, which CIDR (see `GoMap`). */
export function simulate(options: SimulationOptions): Simulation {
  const node = createNode(options);
  return {
    boot: () => {
      boot(node);
      return node.ready;
    },
    pass: () => pass(node),
    run: (seconds) => {
      const end = node.now + seconds;
      while (node.now < end) pass(node);
    },
    settle: (quiet, limit) => settle(node, quiet, limit),
    addPods: (count) => addPods(node, count),
    removePods: (count) => removePods(node, count),
    addBranchPods: (count) => addBranchPods(node, count),
    removeBranchPods: (count) => removeBranchPods(node, count),
    cordon: (on) => {
      node.cordoned = on;
    },
    holdings: () => holdingsNow(node),
    figures: () => figuresOf(node),
    view: () => viewOf(node),
    events: () => node.events ?? [],
    now: () => node.now,
  };
}

function addPods(node: SimNode, count: number): void {
  let waiting = 0;
  for (let pod = 0; pod < count; pod++) {
    if (node.ready && node.waiting === 0 && assignPod(node)) continue;
    node.waiting += 1;
    waiting += 1;
  }
  node.podsThatWaited += waiting;
  node.events?.push({ at: node.now, kind: 'pods', added: count, removed: 0, waiting: node.waiting });
}

function removePods(node: SimNode, count: number): void {
  const removed = Math.min(count, node.pods.length + node.waiting);
  for (let pod = 0; pod < removed; pod++) {
    const chosen = node.random.below(node.pods.length + node.waiting);
    if (chosen < node.pods.length) removePod(node, chosen);
    else node.waiting -= 1;
  }
  node.events?.push({ at: node.now, kind: 'pods', added: 0, removed, waiting: node.waiting });
  offerToWaiting(node);
}

/** A slot that lost its last pod goes when it is a prefix left over from prefix mode, or sits on an excluded ENI. */
function removePod(node: SimNode, index: number): void {
  const slot = releasePod(node, index);
  if (slot === undefined || slot.assigned > 0) return;
  // `rpc_handler.go:DelNetwork` gives back every empty prefix of the ENI; single addresses left over wait for a restart.
  if (slot.size === 16 && !node.policy.prefixes) giveBackSlots(node, slot.eni, slot.eni.slots.size, 16);
  else if (slot.eni.excluded) node.emptied.push({ slot, due: node.now + FORGET_SECONDS });
}

/** Wait of the store before it lets go of an empty CIDR on an excluded ENI. */
const FORGET_SECONDS = 5;

function settle(node: SimNode, quietSeconds: number, limitSeconds: number): boolean {
  const end = node.now + limitSeconds;
  let quiet = 0;
  while (quiet < quietSeconds && node.now < end) {
    const before = node.changes;
    pass(node);
    quiet = node.changes === before ? quiet + PASS_SECONDS : 0;
  }
  return quiet >= quietSeconds;
}

export type { Ec2Call } from './ec2.ts';
export type { SimEvent } from './events.ts';
export type { EniKind, Failure, InitialEni, SimulationOptions } from './node.ts';
export type { EniView, NodeFigures, NodeView, SlotView } from './view.ts';
