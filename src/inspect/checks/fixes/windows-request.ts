/** Windows pods that do not ask for an address: the webhook goes by their node selector, when they are made. */
import type { Fix } from '../../contract/finding.ts';
import { things } from '../../contract/words.ts';
import { json, named } from '../../shell.ts';
import type { Pod } from '../../snapshot/pods.ts';
import { kubectl } from '../support/commands.ts';
import { restartPods } from './restart-pods.ts';

const OS = 'kubernetes.io/os';
/** What keeps a template of pods, which a patch of it rolls out anew. */
const ROLLED = /^(Deployment|StatefulSet|DaemonSet)\/(.+)$/;

/** The selector for those that lack it, and a fresh start for the others (vpc-resource-controller: pod_webhook.go hasWindowsNodeSelector). */
export function askForAddress(pods: readonly Pod[]): Fix[] {
  const unselected = pods.filter(
    (p) => p.needs && p.needs.nodeSelector[OS] !== 'windows' && ROLLED.test(p.owner ?? ''),
  );
  const patch = json({ spec: { template: { spec: { nodeSelector: { [OS]: 'windows' } } } } });
  const owners = new Map(unselected.map((p) => [`${p.namespace} ${p.owner}`, p]));
  const patches = [...owners.values()].map((p) => {
    const [, kind, name] = ROLLED.exec(p.owner ?? '')!;
    return kubectl(
      '-n',
      p.namespace,
      'patch',
      kind!.toLowerCase(),
      named('object', name!),
      '--type',
      'merge',
      '-p',
      patch,
    );
  });
  const rest = pods.filter((p) => !unselected.includes(p));
  const { commands, bare } = restartPods(rest);
  return [
    ...(patches.length > 0
      ? [
          {
            title: `Tell the webhook that ${things(unselected.length, 'pod')} ${unselected.length === 1 ? 'is' : 'are'} for Windows: nodeSelector ${OS}: windows`,
            commands: patches,
            changes: 'Rolls them out anew; the new pods ask for an address of the node.',
            effect: 'minutes' as const,
          },
        ]
      : []),
    ...(commands.length > 0
      ? [
          {
            title: `Start ${things(rest.length, 'pod')} anew`,
            commands,
            changes: `The webhook writes the request into new pods whose nodeSelector says ${OS}: windows.`,
            effect: 'minutes' as const,
            ...(bare > 0 ? { risk: 'A pod that no controller owns does not come back.' } : {}),
          },
        ]
      : []),
  ];
}
