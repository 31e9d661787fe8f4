import type { Node } from '../../snapshot/kubernetes.ts';
import { PodTableBuilder } from '../../snapshot/pod-table-builder.ts';
import { POD_CLASSES, type PodTable } from '../../snapshot/pods.ts';
import { defineKubernetesCollector } from '../define-collector.ts';
import { POD_FIELDS } from './pod-fields.ts';
import { podRecord } from './pod-record.ts';

export const pods = defineKubernetesCollector<'pods'>({
  section: 'pods',
  purpose: 'which pods take addresses, and which wait for one, is unknown',
  calls: [{ rbac: { group: '', resource: 'pods', verbs: ['get', 'list'] }, tier: 'core' }],
  async collect(kubernetes, ctx) {
    let builder = new PodTableBuilder();
    await kubernetes.list('/api/v1/pods', (pod) => builder.add(podRecord(pod)), {
      keep: POD_FIELDS,
      restart: () => {
        builder = new PodTableBuilder();
      },
    });
    const table = builder.build();
    settleByNode(table, (await ctx.section('nodes')) ?? []);
    return { data: table };
  },
});

/** Pods that do not say so themselves but run on Windows or Fargate. Done last, so that pods need not wait for nodes. */
function settleByNode(table: PodTable, nodes: readonly Node[]): void {
  const ordinary = POD_CLASSES.indexOf('ordinary');
  const classes = new Map<number, number>();
  const numbers = new Map(table.texts.map((name, i) => [name, i]));
  for (const node of nodes) {
    const number = numbers.get(node.name);
    const kind = kindOf(node);
    if (number && kind) classes.set(number, POD_CLASSES.indexOf(kind));
  }
  if (classes.size === 0) return;
  for (const [row, node] of table.node.entries())
    if (table.class[row] === ordinary) table.class[row] = classes.get(node) ?? ordinary;
}

function kindOf(node: Node): 'windows' | 'fargate' | undefined {
  if (node.labels['eks.amazonaws.com/compute-type'] === 'fargate') return 'fargate';
  return node.os === 'windows' ? 'windows' : undefined;
}
