/** What Karpenter may launch: NodePools and the EC2NodeClasses behind them. */

import { selectedSubnets } from '../../../facts/support/karpenter-pool.ts';
import type { NodeClass, NodePool } from '../../../snapshot/kubernetes.ts';
import { at, integer, list, text, textMap, texts } from '../fields.ts';
import type { ObjectReading } from './object.ts';

export function nodePool({ draft, place, object, name, removed }: ObjectReading) {
  const old = draft.data('nodePools')?.find((p) => p.name === name);
  if (removed) {
    if (!old) return draft.ignore();
    // Its nodes go with it: a pool of no nodes.
    draft.edit('nodePools', [], (all) =>
      all.map((p) => (p.name === name ? { ...p, limits: { ...p.limits, nodes: '0' } } : p)),
    );
    return draft.effect(place.document, place.path, place.address, 'the NodePool is deleted with its nodes');
  }
  const template = at(object, 'spec', 'template');
  const spec = at(template, 'spec');
  const made: NodePool = {
    name,
    nodeClass: {
      kind: text(at(spec, 'nodeClassRef', 'kind')) ?? 'EC2NodeClass',
      name: text(at(spec, 'nodeClassRef', 'name')) ?? '',
    },
    limits: textMap(at(object, 'spec', 'limits')),
    requirements: list(at(spec, 'requirements')).map((r) => ({
      key: text(r.key) ?? '',
      operator: text(r.operator) ?? '',
      values: texts(r.values),
    })),
    labels: textMap(at(template, 'metadata', 'labels')),
    taints: list(at(spec, 'taints')).map((t) => ({
      key: text(t.key) ?? '',
      value: text(t.value) ?? '',
      effect: text(t.effect) ?? '',
    })),
    ...optional('maxPods', integer(at(spec, 'kubelet', 'maxPods'))),
    budgets: list(at(object, 'spec', 'disruption', 'budgets')).flatMap(
      (b) => text(b.nodes) ?? (integer(b.nodes) === undefined ? [] : String(b.nodes)),
    ),
    ...optional('expireAfter', text(at(spec, 'expireAfter'))),
  };
  const broken = Object.entries(made.limits).filter(([k, v]) =>
    k === 'cpu' ? !/^\d+(\.\d+)?m?$/.test(v) : k === 'nodes' ? !/^\d+$/.test(v) : false,
  );
  if (broken.length > 0)
    return draft.misunderstood(place.document, place.path, place.address, `limits.${broken[0]![0]} is no quantity`);
  const known = (draft.data('nodeClasses') ?? []).some((c) => c.name === made.nodeClass.name);
  if (!known)
    draft.unknown(
      `${place.address}: ${made.nodeClass.kind} ${made.nodeClass.name} was not read: its subnets are not known`,
    );
  if (
    old &&
    JSON.stringify([old.limits, old.requirements, old.nodeClass]) ===
      JSON.stringify([made.limits, made.requirements, made.nodeClass])
  )
    return draft.ignore();
  draft.edit('nodePools', [], (all) => [...all.filter((p) => p.name !== name), made]);
  const limits = (p: NodePool) =>
    Object.entries(p.limits)
      .map(([k, v]) => `${k} ${v}`)
      .join(', ') || 'no limits';
  const types = made.requirements
    .map((r) => `${r.key.split('/').pop()} ${r.operator} ${r.values.join(',')}`)
    .join('; ');
  const subnets = draft.data('nodeClasses')?.find((c) => c.name === made.nodeClass.name)?.subnetIds ?? [];
  draft.effect(
    place.document,
    place.path,
    place.address,
    old
      ? `limits ${limits(old)} → ${limits(made)}${types === '' ? '' : `; ${types}`}`
      : `a new NodePool: ${limits(made)}${types === '' ? '' : `; ${types}`}`,
    subnets,
  );
}

export function nodeClass({ draft, place, object, name, removed }: ObjectReading) {
  const old = draft.data('nodeClasses')?.find((c) => c.name === name && c.kind === 'EC2NodeClass');
  if (removed) {
    if (!old) return draft.ignore();
    draft.edit('nodeClasses', [], (all) => all.filter((c) => c !== old));
    draft.unknown(`${place.address} is deleted: its NodePools launch nothing any more`);
    return draft.effect(
      place.document,
      place.path,
      place.address,
      'is deleted: its NodePools launch nothing any more',
      old.subnetIds,
    );
  }
  const spec = at(object, 'spec');
  const terms = list(at(spec, 'subnetSelectorTerms')).map((t) => ({
    ...optional('id', text(t.id)),
    tags: textMap(t.tags),
  }));
  const subnetIds = [...selectedSubnets(terms, draft.data('subnets') ?? [])];
  if (subnetIds.length === 0) draft.unknown(`${place.address}: subnetSelectorTerms select no subnet that was read`);
  const made: NodeClass = {
    kind: 'EC2NodeClass',
    name,
    ...optional('amiFamily', text(at(spec, 'amiFamily')) ?? old?.amiFamily),
    ...optional('maxPods', integer(at(spec, 'kubelet', 'maxPods'))),
    ...optional('podsPerCore', integer(at(spec, 'kubelet', 'podsPerCore'))),
    subnetIds,
    securityGroupIds: old?.securityGroupIds ?? [],
  };
  const same = old && old.maxPods === made.maxPods && [...old.subnetIds].sort().join() === [...subnetIds].sort().join();
  if (same) return draft.ignore();
  draft.edit('nodeClasses', [], (all) => [...all.filter((c) => c !== old), made]);
  const pods = made.maxPods === undefined ? '' : `, maxPods ${made.maxPods}`;
  draft.effect(
    place.document,
    place.path,
    place.address,
    `launches into ${subnetIds.join(', ') || 'no subnet that was read'}${pods}`,
    [...(old?.subnetIds ?? []), ...subnetIds],
  );
}

function optional<K extends string, T>(key: K, value: T | undefined): Partial<Record<K, T>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, T>);
}
