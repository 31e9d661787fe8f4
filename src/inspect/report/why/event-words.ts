/** What events say, in the words of a story. */

import { age, things } from '../../contract/words.ts';
import { section } from '../../facts/define-fact.ts';
import type { ClusterEvent } from '../../snapshot/kubernetes.ts';
import type { Scene } from './scene.ts';

/** By the kind of an event: what happened. Kinds about something else than the network stand in `not-network.ts`. */
const WORDS: Readonly<Record<string, string>> = {
  'assign-ip-failed': 'aws-node had no address to give',
  'insufficient-cidr-blocks': 'EC2 had no free /28 block',
  'insufficient-free-addresses': 'EC2 had no free address',
  unauthorized: 'AWS refused a call',
  'trunk-failed': 'there was no trunk ENI',
  'trunk-unsupported': 'the instance type takes no trunk',
  'branch-failed': 'the branch ENI could not be made',
  'branch-annotation-failed': 'the branch ENI was made, but writing it on the pod was refused',
  'attachment-limit': 'the instance takes no further ENI',
  'security-group-refused': 'EC2 refused a security group',
  'eniconfig-not-found': 'the ENIConfig was not found',
  'cni-not-initialized': 'the CNI was not initialised',
  'cni-unreachable': 'aws-node did not answer',
  'network-policy-setup-failed': 'the network policy could not be set up',
  'wrong-client-version': 'plugin and aws-node were of different versions',
  'sandbox-failed': 'the sandbox could not be made, for a reason vpccni does not know',
};

/** Undefined for kinds that are not about the network. */
export function eventWords({ kind, action }: ClusterEvent): string | undefined {
  const words = WORDS[kind];
  return words !== undefined && action ? `${words}: ${action}` : words;
}

/** `32 times, the last 1 min ago`. */
export function often({ count, lastAt }: ClusterEvent, now: number): string {
  const last = lastAt === undefined ? '' : `, the last ${age(Math.max(0, now - Date.parse(lastAt) / 1000))} ago`;
  return count === 1 && lastAt !== undefined
    ? last.slice(2).replace('the last', 'once,')
    : `${things(count, 'time')}${last}`;
}

/** Why events tell nothing, where they were not read. */
export function eventsUnread(scene: Scene): string {
  return scene.missing(section('events'));
}
