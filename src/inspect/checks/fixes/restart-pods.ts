/** Starting pods anew, by what owns them: what a webhook or the CNI does to a pod, it does when the pod is made. */
import type { Fix } from '../../contract/finding.ts';
import { things } from '../../contract/words.ts';
import { groupBy } from '../../facts/support/group-by.ts';
import { named } from '../../shell.ts';
import type { Pod } from '../../snapshot/pods.ts';
import { kubectl } from '../support/commands.ts';

/** What `kubectl rollout restart` takes. */
const RESTARTABLE = /^(Deployment|StatefulSet|DaemonSet)\/(.+)$/;

/** Rollouts of what can be rolled out, and the other pods deleted; namespace by namespace. */
export function restartPods(pods: readonly Pod[]): { readonly commands: string[]; readonly bare: number } {
  let bare = 0;
  const commands = [...groupBy(pods, (p) => p.namespace)].flatMap(([namespace, members]) => {
    const owners = [...new Set(members.flatMap((p) => p.owner ?? []))].sort();
    const whole = owners.flatMap((owner) => {
      const [, kind, name] = RESTARTABLE.exec(owner) ?? [];
      return kind && name
        ? [kubectl('-n', namespace, 'rollout', 'restart', `${kind.toLowerCase()}/${named('object', name)}`)]
        : [];
    });
    const single = members.filter((p) => !RESTARTABLE.test(p.owner ?? '')).map((p) => named('pod', p.name));
    bare += single.length;
    return [...whole, ...(single.length > 0 ? [kubectl('-n', namespace, 'delete', 'pod', ...single)] : [])];
  });
  return { commands, bare };
}

/** The same as a fix of its own, after another. */
export function startAnew(pods: readonly Pod[], changes: string): Fix[] {
  const { commands, bare } = restartPods(pods);
  if (commands.length === 0) return [];
  return [
    {
      title: `Start ${things(pods.length, 'pod')} with security groups anew`,
      commands,
      changes,
      effect: 'minutes',
      ...(bare > 0 ? { risk: 'A pod that no controller owns does not come back.' } : {}),
    },
  ];
}
