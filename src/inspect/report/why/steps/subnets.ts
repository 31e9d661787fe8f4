/** The subnets the pod's address would come from. */

import type { Link } from '../../../contract/why.ts';
import { count } from '../../../contract/words.ts';
import { section } from '../../../facts/define-fact.ts';
import { podSubnets } from '../../../facts/pod-subnets.ts';
import { subnetAccounting } from '../../../facts/subnet-accounting.ts';
import { subnetBlocks } from '../../../facts/subnet-blocks.ts';
import type { NodePlace } from '../place.ts';
import { link, type Scene } from '../scene.ts';

/** One link for each subnet; broken only where none of them has room. */
export function podSubnetLinks(scene: Scene, node: NodePlace): readonly Link[] {
  const ids = scene.get(podSubnets)?.byNode.get(node.name);
  if (!ids)
    return [
      link(
        'subnet',
        'unknown',
        `the subnet of its pods is not known: ${scene.missing(podSubnets) || 'its own subnet was not read'}`,
      ),
    ];
  if (ids.length === 0) return [link('subnet', 'broken', 'no subnet may be used for pods of this node')];
  return subnetLinks(scene, ids, node.capacity?.mode === 'prefix');
}

/** @param prefixes the ENIs there are filled with /28 blocks */
export function subnetLinks(scene: Scene, ids: readonly string[], prefixes: boolean): readonly Link[] {
  const states = ids.map((id) => subnetState(scene, id, prefixes));
  const none = states.every((s) => s.room === false);
  return states.map(({ statement, evidence, room }) =>
    link('subnet', room === undefined ? 'unknown' : none ? 'broken' : 'ok', statement, evidence),
  );
}

function subnetState(
  scene: Scene,
  id: string,
  prefixes: boolean,
): { readonly statement: string; readonly evidence: Record<string, unknown>; readonly room?: boolean } {
  const account = scene.get(subnetAccounting)?.find((a) => a.subnetId === id);
  const subnet = account?.subnet ?? scene.get(section('subnets'))?.find((s) => s.subnetId === id);
  if (!subnet)
    return {
      statement: `${id} was not read: ${scene.missing(section('subnets')) || 'EC2 does not show it'}`,
      evidence: { subnetId: id },
    };
  const free = account?.addresses.free ?? subnet.availableIps;
  const blocks = scene.get(subnetBlocks)?.get(id);
  const freeBlocks = blocks && blocks.counts.free + blocks.counts.prefixReserved;
  const evidence = {
    subnetId: id,
    zone: subnet.availabilityZone,
    cidr: subnet.cidr,
    freeAddresses: free,
    freeBlocks: freeBlocks ?? null,
    freeBlocksAtMost: blocks?.upperBound ?? null,
  };
  const where = `${id} (${subnet.availabilityZone}, ${subnet.cidr})`;
  const text = `${count(free)} addresses free`;
  if (!prefixes) return { statement: `${where} has ${text}`, evidence, room: free > 0 };
  if (freeBlocks === undefined)
    return { statement: `${where} has ${text}; its free /28 are not known: ${scene.missing(subnetBlocks)}`, evidence };
  const most = blocks?.upperBound ? 'at most ' : '';
  const why = freeBlocks === 0 && free > 0 ? ': what is free lies scattered' : '';
  return {
    statement: `${where} has ${text} and ${most}${count(freeBlocks)} free /28${why}`,
    evidence,
    room: freeBlocks > 0,
  };
}
