import { BRANCH_COOLDOWN_MIN_SECONDS, BRANCH_COOLDOWN_SECONDS, BRANCH_QUEUE_SECONDS } from '../constants.ts';
import { giveBack, take } from '../subnets.ts';
import type { SimNode } from './node.ts';

/** Branch ENIs: one per pod with a security group, made by the resource controller on the trunk. */

export function addBranchPods(node: SimNode, count: number): void {
  node.branchWaiting += count;
  createBranches(node);
}

/** The ENIs of removed pods keep their slot and address until the queue gets to them, 60 to 90 s later by default. */
export function removeBranchPods(node: SimNode, count: number): void {
  const waiting = Math.min(count, node.branchWaiting);
  node.branchWaiting -= waiting;
  const removed = Math.min(count - waiting, node.branchInUse);
  node.branchInUse -= removed;
  const cooldown = Math.max(node.options.branchCooldownSeconds ?? BRANCH_COOLDOWN_SECONDS, BRANCH_COOLDOWN_MIN_SECONDS);
  const due = Math.ceil((node.now + cooldown) / BRANCH_QUEUE_SECONDS) * BRANCH_QUEUE_SECONDS;
  for (let each = 0; each < removed; each++) node.branchDeletions.push(due);
  record(node);
}

/** Deletes what has cooled and serves what waits (`trunk.go:canCreateMore`, `cooldown.go`). */
export function branchStep(node: SimNode): void {
  const { branchDeletions } = node;
  let gone = 0;
  while (gone < branchDeletions.length && (branchDeletions[gone] ?? 0) <= node.now) gone += 1;
  if (gone > 0) {
    branchDeletions.splice(0, gone);
    giveBack(node.accounts.trunk, 0, false, gone);
    record(node);
  }
  if (node.branchWaiting > 0) createBranches(node);
}

function createBranches(node: SimNode): void {
  if (!node.trunkAttached) return;
  const before = node.branchInUse;
  const limit = node.options.limits.branchEniLimit;
  while (
    node.branchWaiting > 0 &&
    node.branchInUse + node.branchDeletions.length < limit &&
    take(node.accounts.trunk, 0, false, 1)
  ) {
    node.branchWaiting -= 1;
    node.branchInUse += 1;
  }
  if (node.branchInUse !== before) record(node);
}

function record(node: SimNode): void {
  node.changes += 1;
  node.events?.push({
    at: node.now,
    kind: 'branch',
    inUse: node.branchInUse,
    cooling: node.branchDeletions.length,
    waiting: node.branchWaiting,
  });
}
