/** A zone is lost: its pods come to the others, and nodes with them, as far as their groups go. Each zone in turn. */
import type { Growth } from '../growth.ts';
import type { ProjectionWorld } from '../world.ts';
import { ScenarioError, type ScenarioKind } from './scenario.ts';
import { strandedIn } from './stranded.ts';
import { movablePods, total } from './workloads.ts';

export const azLoss: ScenarioKind = {
  name: 'az-loss',
  form: 'az-loss[=ZONE]',
  summary: 'a zone is lost, each in turn unless one is named; the worst is reported',
  options: [],
  parse: (argument) => {
    if (argument === '') throw new ScenarioError('az-loss=ZONE: the zone is missing');
    return {
      id: argument === undefined ? 'az-loss' : `az-loss=${argument}`,
      growths: (world) => growths(world, argument),
    };
  },
};

function growths(world: ProjectionWorld, asked: string | undefined): readonly Growth[] {
  const zones = [...new Set(world.nodes.flatMap((n) => n.zone ?? []))].sort();
  if (asked !== undefined && !zones.includes(asked))
    throw new ScenarioError(`az-loss=${asked}: nodes are in ${zones.join(', ') || 'no zone that is known'}`);
  const lost = asked === undefined ? zones : [asked];
  if (lost.length === 0) return [{ title: 'no zone to lose: there are no nodes', nodes: [], pods: [] }];
  return lost.map((zone) => loss(world, zone, zones));
}

function loss(world: ProjectionWorld, zone: string, zones: readonly string[]): Growth {
  const others = zones.filter((z) => z !== zone);
  const here = new Set(world.nodes.filter((n) => n.zone === zone).map((n) => n.name));
  const pods = movablePods(world, here);
  const stranded = strandedIn(world, zone, here);
  const bound = stranded.reduce((n, s) => n + s.pods, 0);
  const moving = Math.max(total(pods, false) - bound, 0);
  const branch = total(pods, true);
  const nowhere = others.length === 0 && moving + branch > 0;
  return {
    title: `${zone} is lost: ${here.size} nodes, ${moving + branch} pods come to ${others.join(', ') || 'no other zone'}`,
    nodes: [],
    pods: nowhere
      ? []
      : [
          ...(moving > 0 ? [{ count: moving, zones: others }] : []),
          ...(branch > 0 ? [{ count: branch, zones: others, branch: true }] : []),
        ],
    lostZone: zone,
    stranded: [
      ...stranded,
      ...(nowhere ? [{ owner: 'all pods', pods: moving + branch, reason: 'there is no other zone with nodes' }] : []),
    ],
  };
}
