import { take } from '../subnets.ts';
import { type SimNode, trunkAttachSeconds } from './node.ts';
import { addEni } from './pool.ts';

/** The trunk of security groups for pods: asked for by ipamd, made by the resource controller. */

/** Writes the wish into the CNINode while a slot is free (`ipamd.go:tryEnableSecurityGroupsForPods`). */
export function askForTrunk(node: SimNode): void {
  const { settings, limits, card } = node.options;
  if (!settings.podEni || node.trunkKnown || node.trunkDue !== undefined || (card ?? 0) > 0) return;
  if (node.enis.size >= node.capacity.eniCeiling - node.capacity.unmanagedENIs) return;
  // The controller answers types that cannot trunk with an event and nothing else.
  if (!limits.trunkingCompatible) return;
  node.trunkDue = node.now + trunkAttachSeconds(node);
  node.events?.push({ at: node.now, kind: 'trunk', what: 'asked' });
}

/** The controller attaches it once due; a full subnet refuses it and is asked again later (`trunk.go:InitTrunk`). */
export function attachTrunk(node: SimNode): void {
  if (node.trunkDue === undefined || node.trunkAttached || node.now < node.trunkDue) return;
  const attached = take(node.accounts.trunk, 0, false, 1);
  node.trunkAttached = attached;
  if (attached) node.changes += 1;
  else node.trunkDue = node.now + RETRY_SECONDS;
  node.events?.push({ at: node.now, kind: 'trunk', what: attached ? 'attached' : 'refused' });
}

/** ipamd sees it at the next reconcile and stops keeping a slot for it. */
export function recogniseTrunk(node: SimNode): void {
  if (!node.trunkAttached || node.trunkKnown) return;
  addEni(node, 'trunk', node.accounts.trunk, false);
  node.trunkKnown = true;
  node.changes += 1;
  node.events?.push({ at: node.now, kind: 'trunk', what: 'known' });
}

const RETRY_SECONDS = 60;
