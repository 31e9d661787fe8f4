/** Workloads whose pods the API server does not take: a quota, an admission webhook, a service account that is not there. */

import { kubectl } from '../../checks/support/commands.ts';
import { refusalText, refuserWords } from '../../checks/support/refusal.ts';
import type { Fix } from '../../contract/finding.ts';
import { type Run, section } from '../../facts/define-fact.ts';
import { isRecent } from '../../facts/node-troubles.ts';
import { withoutRefused } from '../../reach.ts';
import { named } from '../../shell.ts';
import type { ClusterEvent, Refusal } from '../../snapshot/kubernetes.ts';

export interface RefusedCreation {
  readonly event: ClusterEvent;
  readonly refusal: Refusal;
  readonly statement: string;
  readonly fixes: readonly Fix[];
}

/** The latest of the last hour for `Deployment/web` of a namespace; undefined where there is none. */
export function refusedCreation(run: Run, namespace: string, owner: string): RefusedCreation | undefined {
  const owners = run.valueOf(section('workloads'))?.replicaSetOwners ?? {};
  const event = (run.valueOf(section('events')) ?? [])
    .filter((e) => e.kind === 'create-refused' && e.object.namespace === namespace && isRecent(e, run.now))
    .filter((e) => isOwnedBy(e.object, namespace, owner, owners))
    .sort((a, b) => ((a.lastAt ?? '') < (b.lastAt ?? '') ? -1 : 1))
    .at(-1);
  if (!event) return undefined;
  const refusal = event.refusal ?? { by: 'other' };
  return { event, refusal, statement: refusalText(refusal), fixes: [look(event, refusal, namespace)] };
}

/** Kinds and names of controllers whose pods are refused, `Job/nightly`: they may have no pod to be found by. */
export function refusedOwners(run: Run): readonly { readonly namespace: string; readonly owner: string }[] {
  return (run.valueOf(section('events')) ?? [])
    .filter((e) => e.kind === 'create-refused')
    .map(({ object }) => ({ namespace: object.namespace ?? '', owner: `${object.kind}/${object.name}` }));
}

/** A ReplicaSet is named after its Deployment and a hash without a dash, unless its owner is told. */
function isOwnedBy(
  { kind, name }: ClusterEvent['object'],
  namespace: string,
  owner: string,
  owners: Readonly<Record<string, string>>,
): boolean {
  if (`${kind}/${name}` === owner) return true;
  if (kind !== 'ReplicaSet') return false;
  return owner === `Deployment/${owners[`${namespace}/${name}`] ?? name.replace(/-[a-z0-9]+$/, '')}`;
}

function look({ object }: ClusterEvent, refusal: Refusal, namespace: string): Fix {
  const words = refuserWords(refusal, namespace);
  return withoutRefused({
    title: 'Look at what refuses its pods',
    commands: [
      ...(words ? [kubectl(...words)] : []),
      kubectl('-n', namespace, 'describe', object.kind.toLowerCase(), named('pod', object.name)),
    ],
    changes: 'Nothing: it only reads.',
    effect: 'immediate',
  });
}
