/** Nodes that came and went, by group; node groups and what they launch. */

import { things } from '../../../contract/words.ts';
import { type Fact, type Run, section } from '../../../facts/define-fact.ts';
import { type NodeInstance, nodeInstances } from '../../../facts/node-instances.ts';
import { nodeGroupOf } from '../../../facts/support/node-group.ts';
import { type ChangeDraft, matched, type Pair, shift } from '../draft.ts';
import { ends } from './releases.ts';

export function nodeChanges(pair: Pair): readonly ChangeDraft[] {
  return [...nodesByGroup(pair), ...managedGroups(pair), ...nodeClasses(pair)];
}

interface Group {
  readonly name: string;
  readonly nodes: readonly NodeInstance[];
}

function nodesByGroup(pair: Pair): readonly ChangeDraft[] {
  const nodes = pair.both('nodes', section('nodes'));
  const instances = pair.both('instances of nodes', nodeInstances as Fact<ReadonlyMap<string, NodeInstance>>);
  if (!nodes || !instances) return [];
  const before = groupsOf(instances[0]);
  const after = groupsOf(instances[1]);
  return matched(before, after, (g) => g.name).flatMap(({ key, was, is }): ChangeDraft[] => {
    const then = new Set(was?.nodes.map((n) => n.node.name));
    const now = new Set(is?.nodes.map((n) => n.node.name));
    const added = (is?.nodes ?? []).filter((n) => !then.has(n.node.name));
    const gone = (was?.nodes ?? []).filter((n) => !now.has(n.node.name));
    const maxPods = shift('maxPods', rangeOf(was), rangeOf(is));
    const sameNodes = added.length === 0 && gone.length === 0;
    if (sameNodes && (maxPods.length === 0 || !was || !is)) return [];
    const said = [
      ...(added.length > 0 ? [`${things(added.length, 'node')} new`] : []),
      ...(gone.length > 0 ? [`${things(gone.length, 'node')} gone`] : []),
      ...(was && is ? maxPods : []),
    ];
    const touched = [...added, ...gone];
    return [
      {
        kind: 'nodes',
        subject: `nodes of ${key}`,
        before: things(then.size, 'node'),
        after: things(now.size, 'node'),
        statement: `nodes of ${key}: ${then.size} → ${now.size}: ${said.join(', ')}`,
        topics: ['SUB', 'PFX', 'MAX', 'HLT', 'CUS', 'SGP', 'NOD'],
        touches: {
          nodes: touched.map((n) => n.node.name),
          zones: distinct(touched.map((n) => n.zone)),
          subnets: distinct(touched.map((n) => n.subnetId)),
        },
        weight: Math.min(1, touched.length / Math.max(1, then.size)),
      },
    ];
  });
}

function groupsOf(instances: ReadonlyMap<string, NodeInstance>): readonly Group[] {
  const groups = new Map<string, NodeInstance[]>();
  for (const at of instances.values()) {
    const { kind, name } = nodeGroupOf(at.node, at.instance);
    const key = [kind, name, at.instanceType ?? 'unknown type'].filter((s) => s !== '').join(' ');
    const known = groups.get(key);
    if (known) known.push(at);
    else groups.set(key, [at]);
  }
  return [...groups].map(([name, nodes]) => ({ name, nodes }));
}

function rangeOf(group: Group | undefined): string | undefined {
  const all = (group?.nodes ?? []).flatMap((n) => n.node.maxPods ?? []);
  if (all.length === 0) return undefined;
  const [min, max] = [Math.min(...all), Math.max(...all)];
  return min === max ? String(min) : `${min}–${max}`;
}

function distinct(values: readonly (string | undefined)[]): readonly string[] {
  return [...new Set(values.filter((v) => v !== undefined))];
}

function managedGroups(pair: Pair): readonly ChangeDraft[] {
  const lists = pair.both('node groups', section('nodegroups'));
  if (!lists) return [];
  return matched(...lists, (g) => g.name).flatMap(({ key, was, is }): ChangeDraft[] => {
    const said = [
      ...(was && is ? [] : [is ? 'it is new' : 'it is gone']),
      ...(was && is
        ? [
            ...shift('size', was.desiredSize, is.desiredSize),
            ...shift('most', was.maxSize, is.maxSize),
            ...shift('types', was.instanceTypes, is.instanceTypes),
            ...shift('AMI', was.amiType, is.amiType),
            ...shift('release', was.releaseVersion, is.releaseVersion),
            ...shift('template', was.launchTemplate?.version, is.launchTemplate?.version),
            ...shift('subnets', was.subnetIds, is.subnetIds),
            ...shift('status', was.status, is.status),
          ]
        : []),
    ];
    if (said.length === 0) return [];
    return [
      {
        kind: 'node-group',
        subject: `node group ${key}`,
        before: was ? (is ? ends(said).before : `${was.desiredSize} of at most ${was.maxSize} nodes`) : null,
        after: is ? (was ? ends(said).after : `${is.desiredSize} of at most ${is.maxSize} nodes`) : null,
        statement: `node group ${key}: ${said.join(', ')}`,
        topics: ['MAX', 'SUB', 'PFX', 'HLT', 'SGP'],
        touches: {
          subnets: [...new Set([...(was?.subnetIds ?? []), ...(is?.subnetIds ?? [])])],
          nodes: nodesOf(pair.after, key),
        },
        weight: 1,
      },
    ];
  });
}

function nodesOf(run: Run, group: string): readonly string[] {
  return (run.valueOf(section('nodes')) ?? [])
    .filter((n) => n.labels['eks.amazonaws.com/nodegroup'] === group)
    .map((n) => n.name);
}

function nodeClasses(pair: Pair): readonly ChangeDraft[] {
  const lists = pair.both('node classes', section('nodeClasses'));
  if (!lists) return [];
  return matched(...lists, (c) => `${c.kind} ${c.name}`).flatMap(({ key, was, is }): ChangeDraft[] => {
    const said =
      was && is
        ? [
            ...shift('maxPods', was.maxPods, is.maxPods),
            ...shift('AMI', was.amiFamily, is.amiFamily),
            ...shift('subnets', was.subnetIds, is.subnetIds),
            ...shift('groups', was.securityGroupIds, is.securityGroupIds),
          ]
        : [is ? 'it is new' : 'it is gone'];
    if (said.length === 0) return [];
    const both = was && is ? ends(said) : { before: was ? 'there' : null, after: is ? 'there' : null };
    return [
      {
        kind: 'node-group',
        subject: key,
        ...both,
        statement: `${key}: ${said.join(', ')}`,
        topics: ['MAX', 'SUB', 'PFX', 'HLT', 'SGP'],
        touches: {},
        weight: 1,
      },
    ];
  });
}
