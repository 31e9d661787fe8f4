/** A node: whether it can give its pods addresses. */
import type { Link } from '../../contract/why.ts';
import { section } from '../../facts/define-fact.ts';
import { networking } from '../../facts/networking.ts';
import { type Causes, causeFrom } from './cause.ts';
import { type NodePlace, nodePlace } from './place.ts';
import { podStory } from './pod.ts';
import { link, type Scene } from './scene.ts';
import { limitsLink, trunkLink } from './steps/limits.ts';
import { awsNodeLink, nodeLink } from './steps/node.ts';
import { eniConfigLink } from './steps/pattern.ts';
import { poolLink } from './steps/pool.ts';
import { eniSlots, enisLink } from './steps/slots.ts';
import { podSubnetLinks } from './steps/subnets.ts';
import type { Story } from './story.ts';
import { podRows, podStates, tallyOf } from './workload.ts';

export function nodeStory(scene: Scene, causes: Causes, name: string): Story {
  const node = nodePlace(scene, name);
  const pods = scene.get(section('pods')) ? podStates(scene, 'node', name) : undefined;
  const rows = pods ? podRows(causes, pods) : null;
  const finding = causes.ofNode(name);
  const chain = chainOf(scene, node);
  const stuck = rows?.some((r) => r.state === 'stuck') ?? false;
  const ready = node.at?.node.ready === 'True';
  const troubled = stuck || !ready || finding?.severity === 'error';
  const first = pods?.find((_, i) => rows?.[i]?.state === 'stuck');
  // What holds its pods up may be no trouble of the node at all.
  const told = first && finding?.severity !== 'error' ? podStory(scene, causes, first.pod) : undefined;
  const cause = told?.cause ?? (troubled && finding ? causeFrom(finding) : null);
  const how = rows ? tallyOf(rows) : 'its pods are not known';
  return {
    subject: { kind: 'node', id: name, node: name },
    state: troubled ? 'stuck' : 'running',
    summary: `${name}: ${how}${told ? `. ${told.summary}` : cause ? `; ${cause.statement}` : ready ? '' : '; the node is not Ready'}`,
    chain: [
      ...chain,
      link(
        'pods',
        rows ? (stuck ? 'broken' : 'ok') : 'unknown',
        rows ? how : `its pods are not known: ${scene.missing(section('pods'))}`,
        {
          pods: rows?.length ?? null,
        },
      ),
    ],
    cause,
    fixes: told?.fixes ?? (cause ? (finding?.fixes ?? []) : []),
    enis: eniSlots(scene, node),
    pods: rows,
  };
}

function chainOf(scene: Scene, node: NodePlace): readonly Link[] {
  const there = [nodeLink(scene, node), awsNodeLink(scene, node)];
  if (node.platform !== undefined && node.platform !== 'vpc-cni') return there;
  return [
    ...there,
    ...settingsLinks(scene, node),
    enisLink(scene, node),
    limitsLink(scene, node),
    ...podSubnetLinks(scene, node),
    poolLink(node),
  ];
}

function settingsLinks(scene: Scene, node: NodePlace): readonly Link[] {
  const net = scene.get(networking);
  if (!net) return [link('pattern', 'unknown', `the settings of aws-node are not known: ${scene.missing(networking)}`)];
  const custom = net.settings.customNetworking
    ? eniConfigLink(scene, node)
    : link('pattern', 'ok', `pattern ${net.pattern}: custom networking is off`, { pattern: net.pattern });
  return net.settings.podEni ? [custom, trunkLink(scene, node)] : [custom];
}
