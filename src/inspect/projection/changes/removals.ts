/** What the deletions of a change come to: nodes and pods that stand on what goes, and what is in the way of it. */
import { contains, parseCidr } from '../../../calc/cidr.ts';
import { demand } from '../../facts/demand.ts';
import { eniConfigResolution } from '../../facts/eni-config-resolution.ts';
import { launchGroups } from '../../facts/launch-groups.ts';
import { nodeEnis } from '../../facts/node-enis.ts';
import { nodeInstances } from '../../facts/node-instances.ts';
import type { Draft } from './draft.ts';
import type { Deletion, Removal } from './reading.ts';

/** Only deletions that harm or cannot go through are left. */
export function removalsOf(draft: Draft): readonly Removal[] {
  return draft.deletions.flatMap((deletion): Removal[] => {
    const found = { ...deletion, ...effectOf(draft, deletion) };
    return found.nodes.length + found.blockers.length > 0 || deletion.what === 'cluster' ? [found] : [];
  });
}

type Harm = Pick<Removal, 'nodes' | 'pods' | 'blockers'>;
const NONE: Harm = { nodes: [], pods: 0, blockers: [] };

function effectOf(draft: Draft, { what, id }: Deletion): Harm {
  switch (what) {
    case 'cluster':
      return onNodes(draft, [...(draft.run.valueOf(nodeInstances)?.keys() ?? [])]);
    case 'subnet':
      return onSubnets(draft, new Set([id]));
    case 'cidr': {
      const outer = parseCidr(id);
      const inside = (draft.data('subnets') ?? []).filter((s) => {
        const cidr = parseCidr(s.cidr);
        return outer && cidr && contains(outer, cidr) && !isDeleted(draft, s.subnetId);
      });
      return onSubnets(draft, new Set(inside.map((s) => s.subnetId)));
    }
    case 'eni-config':
      return onNodes(draft, namedBy(draft, id));
  }
}

function isDeleted(draft: Draft, subnetId: string): boolean {
  return draft.deletions.some((d) => d.what === 'subnet' && d.id === subnetId);
}

/** Nodes that choose an ENIConfig of this name, which is no longer there. */
function namedBy(draft: Draft, name: string): readonly string[] {
  const choices = [...(draft.run.valueOf(eniConfigResolution) ?? [])];
  return choices.filter(([, c]) => c.name === name && c.eniConfig === undefined).map(([node]) => node);
}

/**
 * Nodes with an interface in the subnets that their group does not take away from there, and those whose pods get their
 * addresses there; interfaces of others are in the way.
 */
function onSubnets(draft: Draft, ids: ReadonlySet<string>): Harm {
  if (ids.size === 0) return NONE;
  const run = draft.run;
  const leaving = leavingNodes(draft, ids);
  const staying = new Set<string>();
  const mine = new Set<string>();
  for (const [name, its] of run.valueOf(nodeEnis) ?? [])
    for (const eni of [...its.data, ...its.branch, ...its.otherCards, ...(its.trunk ? [its.trunk] : [])]) {
      if (!ids.has(eni.subnetId)) continue;
      mine.add(eni.eniId);
      if (!leaving.has(name)) staying.add(name);
    }
  for (const [name, at] of run.valueOf(nodeInstances) ?? [])
    if (at.subnetId !== undefined && ids.has(at.subnetId) && !leaving.has(name)) staying.add(name);
  const others = (draft.data('networkInterfaces') ?? []).filter((e) => ids.has(e.subnetId) && !mine.has(e.eniId));
  const blockers = others.map((e) => ({
    eniId: e.eniId,
    what: e.origin.kind === 'none' || e.origin.kind === 'other' ? e.type : e.origin.kind,
    addresses: (e.primaryIp === undefined ? 0 : 1) + e.secondaryIps.length + 16 * e.prefixes.length,
  }));
  return { ...onNodes(draft, [...staying].sort()), blockers };
}

/** Members of a group that no longer has the subnet, or no nodes at all: they go before it does. */
function leavingNodes(draft: Draft, ids: ReadonlySet<string>): ReadonlySet<string> {
  const groups = (draft.run.valueOf(launchGroups) ?? []).filter(
    (g) => g.max === 0 || (g.kind === 'managed' && g.subnetIds.length > 0 && !g.subnetIds.some((id) => ids.has(id))),
  );
  return new Set(groups.flatMap((g) => g.nodes));
}

function onNodes(draft: Draft, nodes: readonly string[]): Harm {
  const demands = draft.run.valueOf(demand);
  const pods = nodes.reduce((n, name) => {
    const own = demands?.get(name);
    return n + (own ? own.addressed + own.branch : 0);
  }, 0);
  return { nodes: [...nodes].sort(), pods, blockers: [] };
}
