/**
 * Whom a story is about. A kind in front (`deploy/web`, `node/NAME`) wins over a namespace of that name where there is one;
 * `pod/ns/name` says a pod whatever its namespace is called. Without a namespace, the only match is meant.
 */
import { parseIpv4 } from '../../../calc/cidr.ts';
import { parseIpv6 } from '../../../calc/ipv6.ts';
import { type Run, section } from '../../facts/define-fact.ts';
import type { Node } from '../../snapshot/kubernetes.ts';
import { textsWhere } from '../../snapshot/pod-columns.ts';
import { type Pod, type PodTable, podsOf, podsWhere } from '../../snapshot/pods.ts';
import type { Gap } from '../../snapshot/section.ts';
import { nodesCalled } from '../node-names.ts';
import { refusedOwners } from './refused-creation.ts';

export type Subject =
  | { readonly kind: 'pod'; readonly pod: Pod }
  /** `owner` is `Deployment/web`. */
  | { readonly kind: 'workload'; readonly namespace: string; readonly owner: string }
  | { readonly kind: 'node'; readonly name: string }
  | { readonly kind: 'eni'; readonly eniId: string }
  | { readonly kind: 'address'; readonly address: string };

/** `several`: names that each say one of them. `nothing`: what was looked for, and names it could have been meant for. */
export type Sought =
  | { readonly subject: Subject }
  | { readonly several: readonly string[] }
  | { readonly nothing: string; readonly near: readonly string[] }
  | { readonly unread: readonly Gap[]; readonly what: string };

type Kind = 'pod' | 'node' | 'eni' | 'address' | { readonly owner: string };

const KINDS: ReadonlyMap<string, Kind> = new Map<string, Kind>(
  (
    [
      ['pod', 'pod pods po'],
      ['node', 'node nodes no'],
      ['eni', 'eni'],
      ['address', 'ip address'],
      [{ owner: 'Deployment' }, 'deploy deployment deployments'],
      [{ owner: 'DaemonSet' }, 'ds daemonset daemonsets'],
      [{ owner: 'StatefulSet' }, 'sts statefulset statefulsets'],
      [{ owner: 'ReplicaSet' }, 'rs replicaset replicasets'],
      [{ owner: 'Job' }, 'job jobs'],
    ] as const
  ).flatMap(([kind, names]) => names.split(' ').map((name) => [name, kind] as const)),
);

/** @param namespace the only one that counts, where it was given beside the name; nodes, ENIs and addresses have none. */
export function findSubject(run: Run, text: string, namespace?: string): Sought {
  return namespace === undefined ? subjectOf(run, text) : within(namespace, run, text);
}

function within(namespace: string, run: Run, text: string): Sought {
  const parts = text.split('/');
  const [first = '', name] = parts;
  if (namespace === '' || parts.includes('')) return nothing(`${JSON.stringify(text)} is no name in a namespace`);
  if (name === undefined) return podNamed(run, first, namespace);
  const kind = KINDS.get(first.toLowerCase());
  if (kind !== undefined && parts.length === 2)
    return ofKind(run, kind, [namespace, name], `${first}/${namespace}/${name}`);
  const sought = subjectOf(run, text);
  const own = 'subject' in sought ? namespaceOf(sought.subject) : namespace;
  return own === namespace
    ? sought
    : nothing(`${JSON.stringify(text)} is not in namespace ${JSON.stringify(namespace)}`);
}

function namespaceOf(subject: Subject): string | undefined {
  if (subject.kind === 'pod') return subject.pod.namespace;
  return subject.kind === 'workload' ? subject.namespace : undefined;
}

function subjectOf(run: Run, text: string): Sought {
  const parts = text.split('/');
  const [first = '', ...rest] = parts;
  const kind = rest.length > 0 ? KINDS.get(first.toLowerCase()) : undefined;
  if (kind !== undefined) {
    const sought = ofKind(run, kind, rest, text);
    if (!('nothing' in sought) || rest.length > 1) return sought;
    // a pod as screens name it, in a namespace that is called like a kind: `jobs/nightly-1`
    const pod = podNamed(run, rest[0]!, first);
    return 'subject' in pod ? pod : sought;
  }
  if (rest.length > 1 || parts.includes(''))
    return nothing(`${JSON.stringify(text)} is no name of a pod, workload, node, ENI or address`);
  if (rest.length === 1) return podNamed(run, rest[0]!, first);
  if (isAddress(text)) return { subject: { kind: 'address', address: text } };
  if (/^eni-/.test(text)) return eniNamed(run, text);
  return bare(run, text);
}

function isAddress(text: string): boolean {
  return parseIpv4(text) !== undefined || parseIpv6(text) !== undefined;
}

function ofKind(run: Run, kind: Kind, rest: readonly string[], text: string): Sought {
  const name = rest.at(-1)!;
  const namespace = rest.length === 2 ? rest[0] : undefined;
  if (rest.length > 2 || rest.includes('')) return nothing(`${JSON.stringify(text)} has too many parts`);
  if (kind === 'pod') return podNamed(run, name, namespace);
  if (typeof kind === 'object') return workloadNamed(run, `${kind.owner}/${name}`, namespace);
  if (namespace !== undefined)
    return nothing(`${JSON.stringify(text)}: ${kind === 'eni' ? 'an ENI' : `a ${kind}`} has no namespace`);
  if (kind === 'node') return nodeNamed(run, name);
  if (kind === 'eni') return eniNamed(run, name);
  return isAddress(name)
    ? { subject: { kind: 'address', address: name } }
    : nothing(`${JSON.stringify(name)} is no IPv4 or IPv6 address`);
}

function podNamed(run: Run, name: string, namespace: string | undefined): Sought {
  const pods = run.get(section('pods'));
  if (!pods.known) return { unread: pods.missing, what: 'pods' };
  const found = podsWhere(pods.value, (row) => pods.value.name[row] === name).filter(
    (pod) => namespace === undefined || pod.namespace === namespace,
  );
  const named = one(found.map((pod) => ({ name: `pod/${pod.namespace}/${pod.name}`, subject: { kind: 'pod', pod } })));
  if (named) return named;
  if (pods.gaps.length > 0) return { unread: pods.gaps, what: 'pods' };
  const where = namespace === undefined ? '' : ` in namespace ${JSON.stringify(namespace)}`;
  return nothing(`there is no pod ${JSON.stringify(name)}${where}`, podNames(run, namespace));
}

/** Owners of pods, and controllers that have none just now. */
function workloadNamed(run: Run, owner: string, namespace: string | undefined): Sought {
  const pods = run.get(section('pods'));
  const workloads = run.valueOf(section('workloads'));
  const kind = owner.slice(0, owner.indexOf('/'));
  const name = owner.slice(owner.indexOf('/') + 1);
  const namespaces = new Set<string>();
  if (pods.known) for (const pod of podsOwned(pods.value, (by) => by === owner)) namespaces.add(pod.namespace);
  for (const c of workloads?.controllers ?? []) if (c.kind === kind && c.name === name) namespaces.add(c.namespace);
  for (const d of workloads?.daemonSets ?? []) if (kind === 'DaemonSet' && d.name === name) namespaces.add(d.namespace);
  for (const r of refusedOwners(run)) if (r.owner === owner) namespaces.add(r.namespace);
  if (!pods.known) return { unread: pods.missing, what: 'pods' };
  const found = [...namespaces].filter((n) => namespace === undefined || n === namespace).sort();
  const named = one(
    found.map((n) => ({
      name: `${kind.toLowerCase()}/${n}/${name}`,
      subject: { kind: 'workload', namespace: n, owner },
    })),
  );
  if (named) return named;
  if (pods.gaps.length > 0) return { unread: pods.gaps, what: 'pods' };
  const where = namespace === undefined ? '' : ` in namespace ${JSON.stringify(namespace)}`;
  return nothing(`no pod belongs to ${kind} ${JSON.stringify(name)}${where}`, podNames(run, kind.toLowerCase(), name));
}

/** By name, with its domain or without, or by the id of its instance. */
function nodeNamed(run: Run, name: string): Sought {
  const nodes = run.get(section('nodes'));
  if (!nodes.known) return { unread: nodes.missing, what: 'nodes' };
  const named = one(nodesOf(nodes.value, name));
  if (named) return named;
  if (nodes.gaps.length > 0) return { unread: nodes.gaps, what: 'nodes' };
  return nothing(
    `there is no node ${JSON.stringify(name)}`,
    nodes.value.map((n) => n.name),
  );
}

function nodesOf(nodes: readonly Node[], name: string): Named[] {
  return nodesCalled(nodes, name).map((n) => ({ name: `node/${n.name}`, subject: { kind: 'node', name: n.name } }));
}

function eniNamed(run: Run, eniId: string): Sought {
  const enis = run.get(section('networkInterfaces'));
  if (!enis.known) return { unread: enis.missing, what: 'ENIs' };
  if (enis.value.some((e) => e.eniId === eniId)) return { subject: { kind: 'eni', eniId } };
  if (enis.gaps.length > 0) return { unread: enis.gaps, what: 'ENIs' };
  return nothing(
    `the VPC shows no ENI ${JSON.stringify(eniId)}`,
    enis.value.map((e) => e.eniId),
  );
}

/** A pod, a node or a workload of that name. */
function bare(run: Run, name: string): Sought {
  const nodes = run.get(section('nodes'));
  const pods = run.get(section('pods'));
  const found: Named[] = [];
  const owners = new Map<string, Named>();
  if (nodes.known) found.push(...nodesOf(nodes.value, name));
  if (pods.known) {
    for (const pod of podsWhere(pods.value, (row) => pods.value.name[row] === name))
      found.push({ name: `pod/${pod.namespace}/${name}`, subject: { kind: 'pod', pod } });
    for (const { name: own, namespace, owner } of podsOwned(pods.value, (by) => by.endsWith(`/${name}`)))
      if (owner !== undefined && own !== name)
        owners.set(`${namespace} ${owner}`, {
          name: `${owner.split('/')[0]!.toLowerCase()}/${namespace}/${name}`,
          subject: { kind: 'workload', namespace, owner },
        });
  }
  const named = one(found) ?? one([...owners.values()]);
  if (named) return named;
  if (!pods.known || pods.gaps.length > 0) return { unread: pods.known ? pods.gaps : pods.missing, what: 'pods' };
  if (/^subnet-\w/.test(name))
    return nothing(`${JSON.stringify(name)} is a subnet: "subnets --subnet ${name}" tells about it`);
  return nothing(`there is no pod, workload or node ${JSON.stringify(name)}`, [
    ...podNames(run, undefined),
    ...(nodes.known ? nodes.value.map((n) => n.name) : []),
  ]);
}

interface Named {
  readonly name: string;
  readonly subject: Subject;
}

function one(found: readonly Named[]): Sought | undefined {
  const [first] = found;
  if (!first) return undefined;
  return found.length === 1 ? { subject: first.subject } : { several: found.map((f) => f.name).sort() };
}

function nothing(text: string, near: readonly string[] = []): Sought {
  return { nothing: text, near };
}

/** Names of pods, with their namespace where one was given; of a namespace that has a `name` too where it may have been meant. */
function podNames(run: Run, namespace: string | undefined, name?: string): readonly string[] {
  const pods = run.valueOf(section('pods'));
  const names: string[] = [];
  if (pods)
    for (const pod of podsOf(pods)) {
      if (name !== undefined) {
        if (pod.namespace === namespace && pod.name === name) names.push(`pod/${namespace}/${name}`);
      } else if (namespace === undefined) names.push(pod.name);
      else if (pod.namespace === namespace) names.push(`${namespace}/${pod.name}`);
    }
  return names;
}

function podsOwned(pods: PodTable, holds: (owner: string) => boolean): readonly Pod[] {
  const owners = textsWhere(pods, holds);
  return podsWhere(pods, (row) => owners[pods.owner[row]!] === 1);
}
