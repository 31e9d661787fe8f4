/** A DaemonSet: an address on every node it runs on, unless it uses the host network. */

import { CNI_VARIABLES } from '../../../../calc/ipamd/variables.ts';
import { things } from '../../../contract/words.ts';
import { isLive } from '../../../facts/demand.ts';
import type { Pod } from '../../../snapshot/pods.ts';
import { podsOf } from '../../../snapshot/pods.ts';
import { split } from '../../nodes.ts';
import { isWorld, worldOf } from '../../world.ts';
import { nameMisspelt, putEnv } from '../cni-env.ts';
import type { Draft } from '../draft.ts';
import { at, list, text } from '../fields.ts';
import type { ObjectReading } from './object.ts';
import { classOf, type PodShape, podOf, shapeOf } from './pod-shape.ts';
import { copyOf, nodesFor, ownedBy, rewritePods } from './pods.ts';

export function daemonSet(reading: ObjectReading) {
  const { draft, place, object, namespace, name, removed } = reading;
  if (namespace === 'kube-system' && name === 'aws-node') return awsNode(reading);
  const owner = `DaemonSet/${name}`;
  const shape = shapeOf(at(object, 'spec', 'template'), namespace);
  const podClass = classOf(draft, shape);
  if (!removed && at(object, 'spec', 'template', 'spec') === undefined)
    return draft.misunderstood(place.document, place.path, place.address, 'it has no pod template');
  const wanted = new Set(removed ? [] : nodesFor(draft, shape, true).map((n) => n.name));
  const has = new Map<string, Pod>();
  const table = draft.data('pods');
  if (table)
    for (const pod of podsOf(table))
      if (pod.node !== undefined && isDaemon(pod, owner, namespace)) has.set(pod.node, pod);
  const added = [...wanted].filter((n) => !has.has(n));
  const gone = [...has.keys()].filter((n) => !wanted.has(n));
  const kept = [...has].filter(([n]) => wanted.has(n));
  const freed = kept.filter(([, p]) => p.class !== 'host-network' && podClass === 'host-network').length;
  const taken = kept.filter(([, p]) => p.class === 'host-network' && podClass !== 'host-network').map(([n]) => n);
  const costs = podClass !== 'host-network';
  const statement = [
    ...(costs && added.length + taken.length > 0 ? [more(draft, [...added, ...taken])] : []),
    ...(gone.length > 0
      ? [
          `-1 pod on each of ${things(gone.length, 'node')}${[...has.values()].every((p) => p.class === 'host-network') ? '' : ': its address is free again'}`,
        ]
      : []),
    ...(freed > 0 ? [`uses the host network: -1 address on each of ${things(freed, 'node')}`] : []),
    ...(!costs && added.length > 0 ? [`on ${things(added.length, 'node')}, on the host network: no address`] : []),
  ];
  if (statement.length === 0 && wanted.size === 0 && !removed)
    statement.push(
      draft.fresh
        ? costs
          ? '+1 address on every node'
          : 'on the host network: no address'
        : 'no node has the labels and taints it asks for: it runs nowhere',
    );
  if (statement.length === 0) return draft.ignore();
  draft.effect(
    place.document,
    place.path,
    place.address,
    statement.join('; '),
    subnetsUnder(draft, [...added, ...gone, ...taken]),
  );
  const going = new Set(gone);
  const next = kept.length > 0 && (freed > 0 || taken.length > 0) ? podClass : undefined;
  rewritePods(
    draft,
    (p) =>
      !isDaemon(p, owner, namespace) || p.node === undefined
        ? p
        : going.has(p.node)
          ? undefined
          : next
            ? { ...copyOf(p), class: next }
            : p,
    added.map((n, i) => podOf(draft, shape, owner, `${name}-change-${i}`, podClass, n)),
  );
  declare(draft, namespace, name, shape, removed ? undefined : wanted.size);
}

function isDaemon(pod: Pod, owner: string, namespace: string): boolean {
  return ownedBy(pod, owner, namespace) && isLive(pod);
}

/** What one pod more on each of these nodes takes: the address itself, and what a node at an edge takes with it. */
function more(draft: Draft, names: readonly string[]): string {
  const head = `+1 address on each of ${things(names.length, 'node')}`;
  const world = worldOf(draft.run);
  if (!isWorld(world)) return head;
  const on = new Set(names);
  let [prefixNodes, enis, addresses] = [0, 0, 0];
  for (const node of world.nodes) {
    if (!on.has(node.name)) continue;
    const own = world.model.of(node);
    const { addressed, branch } = split(node, world.pair.pattern, true, own.branchEnis);
    const [now, then] = [own.held(addressed, branch), own.held(addressed + 1, branch)];
    if (then.prefixes > now.prefixes) prefixNodes++;
    else if (then.subnetIPs - now.subnetIPs > 1) {
      enis++;
      addresses += then.subnetIPs - now.subnetIPs;
    }
  }
  const prefixes =
    prefixNodes > 0
      ? [`${things(prefixNodes, 'prefix node')} at a block's edge ${prefixNodes === 1 ? 'takes' : 'take'} 16 more`]
      : [];
  const whole =
    enis > 0
      ? [
          `${things(enis, 'node')} at an ENI's edge ${enis === 1 ? 'attaches' : 'attach'} one more: ${addresses} addresses`,
        ]
      : [];
  return [head, ...prefixes, ...whole].join('; ');
}

/** Subnets of the nodes, as far as they are known. */
function subnetsUnder(draft: Draft, names: readonly string[]): readonly string[] {
  const on = new Set(names);
  const world = worldOf(draft.run);
  return isWorld(world) ? world.nodes.flatMap((n) => (on.has(n.name) ? (n.subnetId ?? []) : [])) : [];
}

function declare(draft: Draft, namespace: string, name: string, shape: PodShape, desired: number | undefined): void {
  if (!draft.data('workloads')) return;
  draft.edit('workloads', NO_WORKLOADS, (w) => ({
    ...w,
    daemonSets: [
      ...w.daemonSets.filter((d) => d.namespace !== namespace || d.name !== name),
      ...(desired === undefined
        ? []
        : [{ namespace, name, hostNetwork: shape.hostNetwork, desired, ready: 0, images: [] }]),
    ],
  }));
}

export const NO_WORKLOADS = {
  daemonSets: [],
  controllers: [],
  replicaSetOwners: {},
  autoscalers: [],
  disruptionBudgets: [],
};

/** The CNI itself: its environment is its settings, its tag its release. */
function awsNode({ draft, place, object, removed }: ObjectReading) {
  if (removed) {
    draft.effect(place.document, place.path, place.address, 'aws-node is removed');
    return draft.unknown('aws-node is removed: no new pod gets an address');
  }
  const container = list(at(object, 'spec', 'template', 'spec', 'containers')).find((c) => c.name === 'aws-node');
  if (!container) return draft.misunderstood(place.document, place.path, place.address, 'it has no container aws-node');
  nameMisspelt(
    draft,
    place,
    list(container.env).flatMap((e) => text(e.name) ?? []),
  );
  const entries = list(container.env).filter((e) => CNI_VARIABLES.has(text(e.name) ?? ''));
  for (const e of entries)
    if (e.valueFrom !== undefined && e.name !== 'MY_NODE_NAME' && e.name !== 'MY_POD_NAME')
      draft.unknown(`${String(e.name)} of aws-node is taken from an object that is not in the manifest`);
  const env = Object.fromEntries(
    entries.flatMap((e) => (e.valueFrom === undefined ? [[e.name as string, String(e.value ?? '')]] : [])),
  );
  putEnv(draft, place, env, /:(v\d+\.\d+\.\d+[^@]*)/.exec(text(container.image) ?? '')?.[1]);
}
