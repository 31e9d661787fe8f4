/** What the node can address at most, against what its pods ask for. */

import type { Link } from '../../../contract/why.ts';
import { things } from '../../../contract/words.ts';
import { section } from '../../../facts/define-fact.ts';
import { demand, NO_DEMAND } from '../../../facts/demand.ts';
import { nodeCapacity } from '../../../facts/node-capacity.ts';
import { isByAwsNode, refusedNode } from '../../../facts/node-troubles.ts';
import { often } from '../event-words.ts';
import type { NodePlace } from '../place.ts';
import { link, type Scene } from '../scene.ts';

export function limitsLink(scene: Scene, { name, capacity, enis }: NodePlace): Link {
  if (!capacity)
    return link(
      'limits',
      'unknown',
      `the limits of the node are not known: ${scene.missing(nodeCapacity) || 'its instance type is not known'}`,
    );
  const pods = scene.get(demand)?.get(name) ?? NO_DEMAND;
  const { podIps, maxPods, mode } = capacity;
  const evidence = { podIps, maxPods: maxPods ?? null, addressed: pods.addressed, total: pods.total, mode };
  if (mode === 'ipv6') return link('limits', 'ok', 'its /80 has addresses for any number of pods', evidence);
  const admits = maxPods === undefined ? '' : `, and kubelet admits ${things(maxPods, 'pod')}`;
  const deducted = [
    ...(capacity.custom > 0 ? ['the primary ENI serves no pods'] : []),
    ...(capacity.trunk > 0 ? ['the trunk takes one ENI'] : []),
    ...(capacity.unmanaged > 0 ? [`${things(capacity.unmanaged, 'ENI')} not ipamd's`] : []),
  ];
  const why = deducted.length > 0 ? ` (${deducted.join(', ')})` : '';
  const full = pods.addressed > podIps && (!enis || enis.held >= podIps);
  return link(
    'limits',
    full ? 'broken' : 'ok',
    `${capacity.instanceType} addresses at most ${things(podIps, 'pod')}${why}; ${things(pods.addressed, 'pod')} ${pods.addressed === 1 ? 'asks' : 'ask'} for one${admits}`,
    evidence,
  );
}

/** The trunk of the node and the branch ENIs it carries. */
export function trunkLink(scene: Scene, { name, enis, capacity }: NodePlace): Link {
  const branchPods = (scene.get(demand)?.get(name) ?? NO_DEMAND).branch;
  const most = capacity?.branchEnis;
  if (!enis) return link('trunk', 'unknown', 'whether the node has a trunk ENI is not known', { branchPods });
  const evidence = {
    trunk: enis.trunk?.eniId ?? null,
    branchEnis: enis.branch.length,
    branchLimit: most ?? null,
    branchPods,
  };
  if (!enis.trunk) {
    const why = most === 0 ? `: ${capacity?.instanceType} takes none` : refusedTo(scene, name);
    return link('trunk', 'broken', `the node has no trunk ENI${why}`, evidence);
  }
  const of = most === undefined ? '' : ` of ${most}`;
  const full = most !== undefined && enis.branch.length >= most;
  return link(
    'trunk',
    full ? 'broken' : 'ok',
    `trunk ${enis.trunk.eniId} carries ${enis.branch.length}${of} branch ENIs`,
    evidence,
  );
}

/** What AWS refused the VPC resource controller for this node; empty for nothing. */
function refusedTo(scene: Scene, node: string): string {
  const cni = scene.get(section('cni'));
  const events = scene.get(section('events')) ?? [];
  const refused = events.filter((e) => !isByAwsNode(e) && refusedNode(e, cni) === node).at(-1);
  if (!refused) return '';
  return `: AWS refuses ${refused.action ?? 'a call'} to the VPC resource controller (${often(refused, scene.now)})`;
}
