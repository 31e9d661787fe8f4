/**
 * A rolling replacement of all nodes, at the peak: new nodes stand beside old ones. One group after another is how it must be
 * possible; all groups at once is how it often happens. The control plane makes its new interfaces before the old ones go.
 */
import { things } from '../../contract/words.ts';
import { section } from '../../facts/define-fact.ts';
import type { LaunchGroup } from '../../facts/launch-groups.ts';
import type { Growth, InterfaceGrowth } from '../growth.ts';
import type { ProjectionWorld } from '../world.ts';
import { noArgument, type ScenarioKind } from './scenario.ts';

export const upgrade: ScenarioKind = {
  name: 'upgrade',
  form: 'upgrade',
  summary: "every node replaced at its group's own surge, and the control plane's interfaces",
  options: [],
  parse: (argument) => {
    noArgument('upgrade', argument);
    return { id: 'upgrade', growths };
  },
};

function growths(world: ProjectionWorld): readonly Growth[] {
  const interfaces = controlPlane(world);
  const surging = world.groups.filter((g) => g.surge.nodes > 0 && (g.nodes.length > 0 || g.desired > 0));
  const first = world.groups.filter((g) => g.surge.order === 'after' && g.nodes.length > 0);
  const assumptions = [
    ...surging.map((g) => `${g.name} brings up ${things(g.surge.nodes, 'node')} before old ones go`),
    ...surging
      .filter((g) => g.kind === 'karpenter' && g.surge.nodes > 0)
      .map((g) => `Karpenter may bring up all new nodes of ${g.name} in one zone: each is counted with all of them`),
    ...first.map((g) => `${g.name} takes old nodes away first`),
    'the control plane makes two interfaces more in any of its subnets',
  ];
  if (world.groups.length === 0)
    return [
      {
        title: 'the control plane replaced',
        nodes: [],
        pods: [],
        interfaces,
        incomplete: [{ reason: 'no node group or NodePool is known: what a replacement brings up neither' }],
      },
    ];
  const one = (groups: readonly LaunchGroup[], title: string, avoidable: boolean): Growth => ({
    title,
    nodes: groups.map((g) => ({
      count: g.surge.nodes,
      group: g.name,
      ...(g.kind === 'karpenter' ? { inAnyZone: true } : {}),
    })),
    pods: [],
    interfaces,
    avoidable,
    assumptions,
  });
  if (surging.length === 0) return [one([], 'every node replaced, old ones first', false)];
  const singly = surging.map((g) => one([g], `nodes of ${g.name} replaced`, false));
  return surging.length === 1 ? singly : [...singly, one(surging, 'nodes of all groups replaced at once', true)];
}

/** EKS may put the new interfaces into any of the cluster's subnets (EKS user guide, VPC requirements). */
function controlPlane(world: ProjectionWorld): InterfaceGrowth[] {
  return (world.run.valueOf(section('cluster'))?.subnetIds ?? []).map((subnetId) => ({ subnetId, addresses: 2 }));
}
