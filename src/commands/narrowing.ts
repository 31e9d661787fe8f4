/** What `inspect` is asked to show: names the user typed, held against what was read. */
import type { InspectFlags } from '../cli/inspect.ts';
import type { Inspection } from '../inspect/contract/report.ts';
import type { Narrowing } from '../inspect/report/narrow.ts';
import { nodesCalled } from '../inspect/report/node-names.ts';
import type { Section } from '../inspect/snapshot/section.ts';
import type { ClusterSnapshot } from '../inspect/snapshot.ts';
import { knownCodes } from './codes.ts';
import { UsageError } from './exit-code.ts';
import { didYouMean } from './nearest.ts';

/** Before anything is read. @throws UsageError for a code that no check has */
export function narrowingOf(flags: InspectFlags): Narrowing {
  const { minSeverity, namespace, node, subnet } = flags;
  const only = knownCodes('--only', flags.only, true);
  return { only, skip: knownCodes('--skip', flags.skip, true), minSeverity, namespace, node, subnet };
}

/**
 * The same with the full name of the node. A namespace in which nothing was read may be there all the same, so it is only told.
 * @throws UsageError for a node or subnet that is not there, where all of them were read and no finding is about it
 */
export function foundIn(snapshot: ClusterSnapshot, { findings }: Inspection, wanted: Narrowing): Narrowing {
  const { node, subnet, namespace } = wanted;
  const told = new Set(
    findings.flatMap((f) => [...(f.scope.nodes ?? []), ...(f.scope.subnets ?? []), ...f.resources.map((r) => r.id)]),
  );
  const nodes = dataOf(snapshot.nodes);
  const called = node === undefined ? [] : nodesCalled(nodes, node);
  if (called.length > 1)
    throw new UsageError(`--node ${node} could mean ${called.map((n) => n.name).join(' or ')}; say which`);
  if (node !== undefined && called.length === 0 && snapshot.nodes.status === 'ok' && !told.has(node)) {
    const names = nodes.map((n) => (node.includes('.') ? n.name : n.name.split('.')[0]!));
    throw new UsageError(`--node: there is no node ${JSON.stringify(node)}${didYouMean(node, names)}`);
  }
  const subnets = dataOf(snapshot.subnets).map((s) => s.subnetId);
  if (subnet !== undefined && snapshot.subnets.status === 'ok' && !subnets.includes(subnet) && !told.has(subnet))
    throw new UsageError(
      `--subnet: ${JSON.stringify(subnet)} is not among the subnets read${didYouMean(subnet, subnets)}`,
    );
  const known = namespacesOf(snapshot);
  const note =
    namespace === undefined || known.has(namespace)
      ? undefined
      : `nothing that was read is in namespace ${namespace}${didYouMean(namespace, [...known])}`;
  return { ...wanted, ...(called[0] ? { node: called[0].name } : {}), ...(note === undefined ? {} : { note }) };
}

function namespacesOf(snapshot: ClusterSnapshot): ReadonlySet<string> {
  const known = new Set<string>();
  if ('data' in snapshot.pods) {
    const { namespace, texts } = snapshot.pods.data;
    for (const index of new Set(namespace)) if (texts[index] !== undefined) known.add(texts[index]);
  }
  const { workloads, securityGroupPolicies, networkPolicies } = snapshot;
  if ('data' in workloads)
    for (const one of [...workloads.data.controllers, ...workloads.data.daemonSets, ...workloads.data.autoscalers])
      known.add(one.namespace);
  for (const one of [...dataOf(securityGroupPolicies), ...dataOf(networkPolicies)]) known.add(one.namespace);
  return known;
}

function dataOf<T>(section: Section<readonly T[]>): readonly T[] {
  return 'data' in section ? section.data : [];
}
