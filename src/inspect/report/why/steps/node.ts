/** The node and the aws-node on it. */

import type { Link } from '../../../contract/why.ts';
import { age, things } from '../../../contract/words.ts';
import { section } from '../../../facts/define-fact.ts';
import { isByAwsNode, refusedNode } from '../../../facts/node-troubles.ts';
import type { Node } from '../../../snapshot/kubernetes.ts';
import { often } from '../event-words.ts';
import type { NodePlace } from '../place.ts';
import { link, type Scene } from '../scene.ts';

const UNREADY: Readonly<Record<string, string>> = {
  'cni-not-initialized': 'the CNI is not initialised',
  'network-not-ready': 'its network is not ready',
  'kubelet-silent': 'kubelet has stopped reporting',
};

/** Whether kubelet has gone silent: nothing starts there, whatever its network. */
export function isSilent(node: Node): boolean {
  return node.ready === 'Unknown' || (node.ready === 'False' && node.readyReason === 'kubelet-silent');
}

export function nodeLink(scene: Scene, place: NodePlace): Link {
  const nodes = scene.get(section('nodes'));
  if (!nodes) return link('node', 'unknown', `the node is not known: ${scene.missing(section('nodes'))}`);
  const node = place.at?.node ?? nodes.find((n) => n.name === place.name);
  if (!node) return link('node', 'broken', `there is no node ${place.name} any more`, { node: place.name });
  const { ready, readyReason, readySince, unschedulable } = node;
  const evidence = { node: node.name, ready, reason: readyReason ?? null, since: readySince ?? null };
  const cordoned = unschedulable ? '; it is cordoned' : '';
  if (ready === 'True') return link('node', 'ok', `the node is Ready${cordoned}`, evidence);
  const since = readySince === undefined ? '' : ` for ${age(Math.max(0, scene.now - Date.parse(readySince) / 1000))}`;
  const why = isSilent(node) ? UNREADY['kubelet-silent'] : (UNREADY[readyReason ?? ''] ?? 'for a reason of its own');
  return link('node', 'broken', `the node is not Ready${since}: ${why}${cordoned}`, evidence);
}

/** Whether aws-node runs on the node, and whether AWS lets it do its work. */
export function awsNodeLink(scene: Scene, { name, platform }: NodePlace): Link {
  const others = platform !== undefined && platform !== 'vpc-cni';
  if (others)
    return link('aws-node', 'skipped', `aws-node does not serve this node: ${PLATFORMS[platform]}`, { platform });
  const cni = scene.get(section('cni'));
  if (!cni) return link('aws-node', 'unknown', `aws-node is not known: ${scene.missing(section('cni'))}`);
  if (!cni.installed) return link('aws-node', 'broken', 'there is no DaemonSet kube-system/aws-node');
  const refused = (scene.get(section('events')) ?? [])
    .filter((e) => isByAwsNode(e) && refusedNode(e, cni) === name)
    .at(-1);
  if (refused)
    return link(
      'aws-node',
      'broken',
      `AWS refuses ${refused.action ?? 'a call'} to aws-node (${often(refused, scene.now)})`,
      {
        action: refused.action ?? null,
        count: refused.count,
        lastAt: refused.lastAt ?? null,
      },
    );
  const pods = cni.pods.filter((p) => p.node === name);
  const [pod] = pods.filter((p) => !p.ready).concat(pods);
  if (!pod)
    return link('aws-node', cni.pods.length > 0 ? 'broken' : 'unknown', 'no aws-node pod is seen on the node', {
      node: name,
    });
  const evidence = {
    pod: pod.name,
    ready: pods.some((p) => p.ready),
    restarts: pod.restarts,
    waiting: pod.waitingReason ?? null,
    exitCode: pod.exitCode ?? null,
  };
  if (pods.some((p) => p.ready))
    return link('aws-node', 'ok', `aws-node is ready there${cni.version ? ` (${cni.version})` : ''}`, evidence);
  const said = [
    ...(pod.waitingReason ? [pod.waitingReason] : []),
    ...(pod.exitCode === undefined ? [] : [`exit code ${pod.exitCode}`]),
    ...(pod.restarts > 0 ? [things(pod.restarts, 'restart')] : []),
  ];
  return link(
    'aws-node',
    'broken',
    `${pod.name} is not ready there${said.length > 0 ? `: ${said.join(', ')}` : ''}`,
    evidence,
  );
}

export const PLATFORMS: Readonly<Record<string, string>> = {
  'auto-mode': 'Auto Mode runs its own CNI',
  fargate: 'Fargate gives each pod an ENI of its own',
  hybrid: 'a hybrid node has a CNI of its own',
  windows: 'Windows pods get addresses from the VPC resource controller',
  'other-cni': 'another CNI serves it',
};
