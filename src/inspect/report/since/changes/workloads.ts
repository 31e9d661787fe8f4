/** Controllers that were scaled, DaemonSets that came or went: what asks for addresses. */
import { section } from '../../../facts/define-fact.ts';
import { type ChangeDraft, matched, type Pair, shift, textOf } from '../draft.ts';

const TOPICS = ['SUB', 'PFX', 'MAX', 'HLT'];

export function workloadChanges(pair: Pair): readonly ChangeDraft[] {
  const lists = pair.both('workloads', section('workloads'));
  if (!lists) return [];
  const [then, now] = lists;
  const controllers = matched(then.controllers, now.controllers, (c) => `${c.kind} ${c.namespace}/${c.name}`);
  const grown = controllers.reduce((n, { was, is }) => n + Math.max(0, (is?.replicas ?? 0) - (was?.replicas ?? 0)), 0);
  const daemons = matched(then.daemonSets, now.daemonSets, (d) => `DaemonSet ${d.namespace}/${d.name}`);
  return [
    ...controllers.flatMap(({ key, was, is }) => {
      const delta = (is?.replicas ?? 0) - (was?.replicas ?? 0);
      return one(key, 'replicas', was?.replicas, is?.replicas, delta > 0 ? delta / grown : 0.05);
    }),
    ...daemons.flatMap(({ key, was, is }) => {
      if (was && is && was.hostNetwork === is.hostNetwork) return [];
      if (was && is) return one(key, 'host network', String(was.hostNetwork), String(is.hostNetwork), 1);
      return one(key, 'pods', was?.desired, is?.desired, is && !is.hostNetwork ? 1 : 0.05);
    }),
  ];
}

function one(
  subject: string,
  what: string,
  was: number | string | undefined,
  is: number | string | undefined,
  weight: number,
): ChangeDraft[] {
  const said = shift(what, was, is);
  if (said.length === 0) return [];
  const statement =
    was === undefined
      ? `${subject} is new: ${textOf(is)} ${what}`
      : is === undefined
        ? `${subject} is gone`
        : `${subject}: ${said.join('')}`;
  return [
    {
      kind: 'workload',
      subject,
      before: was === undefined ? null : String(was),
      after: is === undefined ? null : String(is),
      statement,
      topics: TOPICS,
      touches: {},
      weight,
    },
  ];
}
