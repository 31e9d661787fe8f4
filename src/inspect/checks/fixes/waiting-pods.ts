/** Getting pods that wait on full nodes to run elsewhere. */
import type { Fix } from '../../contract/finding.ts';
import { things, verb } from '../../contract/words.ts';
import { addTo } from '../../facts/support/group-by.ts';
import { named } from '../../shell.ts';
import { kubectl } from '../support/commands.ts';
import type { Waiting } from '../support/waiting.ts';

/** Cordons their nodes first: the scheduler would put them back, since it does not know addresses. */
export function moveWaitingPods(waiting: Waiting): Fix[] {
  if (waiting.pods.length === 0) return [];
  const names = new Map<string, string[]>();
  for (const pod of waiting.pods) {
    const [namespace = '', name = ''] = pod.split('/');
    addTo(names, namespace, named('pod', name));
  }
  return [
    {
      title: `Move ${things(waiting.pods.length, 'waiting pod')} elsewhere`,
      commands: [
        kubectl('cordon', ...waiting.nodes.map((n) => named('node', n))),
        ...[...names].map(([namespace, pods]) => kubectl('-n', namespace, 'delete', 'pod', '--wait=false', ...pods)),
      ],
      changes: `Marks ${things(waiting.nodes.length, 'full node')} unschedulable and deletes the pods that wait there; their controllers make new ones. Uncordon once the cause is mended.`,
      effect: 'immediate',
      risk: `A pod without a controller is not made again. Other nodes need room for ${verb(waiting.pods.length, 'it', 'them')}.`,
    },
  ];
}
