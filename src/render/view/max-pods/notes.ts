/** The warnings below the numbers of every max-pods screen. */
import type { MaxPodsItem } from '../../../calc/maxpods/index.ts';
import { listed } from '../../../inspect/contract/words.ts';
import { type Block, span } from '../../blocks.ts';

const MOST_NAMES = 5;

/** What a warning comes to where it differs from item to item only in its numbers. */
const IN_SUM: Readonly<Record<string, string>> = {
  'maxpods-above-addresses':
    'defaults of the AMIs, Karpenter or managed node groups admit more pods than get an address: set maxPods, or the surplus hangs in ContainerCreating',
  'memory-reserved':
    'where the AMI sizes kube-reserved memory by maxPods (255 MiB and 11 a pod) it takes more than a third of the node',
};

/** Each message once, in front of it what it concerns unless that is everything shown. */
export function warningBlocks(items: readonly MaxPodsItem[], nameOf: (item: MaxPodsItem) => string): readonly Block[] {
  const all = new Set(items.map(nameOf)).size;
  const concerns = new Map<string, Set<string>>();
  for (const item of items) {
    for (const { id, message } of item.warnings) {
      const text = (items.length > 1 && IN_SUM[id]) || message;
      const names = concerns.get(text) ?? new Set();
      concerns.set(text, names.add(nameOf(item)));
    }
  }
  const lines = [...concerns].map(([message, names]): Block => {
    const said = names.size === all || [...names].every((name) => message.includes(name));
    return { kind: 'line', text: [span('! ', 'warning'), said ? '' : `${few([...names])}: `, message], hang: 2 };
  });
  return lines.length === 0 ? [] : [{ kind: 'blank' }, ...lines];
}

function few(names: readonly string[]): string {
  if (names.length <= MOST_NAMES) return listed(names);
  return `${names.slice(0, MOST_NAMES).join(', ')} and ${names.length - MOST_NAMES} more`;
}
