/** Which drains free whole blocks of a subnet, and what keeps the rest where it is. */
import type { DrainReport, SubnetItem } from '../../../inspect/contract/subnets.ts';
import { count, listed, things, UNKNOWN } from '../../../inspect/contract/words.ts';
import { type Block, type Cell, span } from '../../blocks.ts';
import { shortNames } from '../inspect/resources.ts';
import { ownerClass } from '../owners.ts';

const NAMED = 3;

export function drainBlocks(item: SubnetItem): Block[] {
  if (item.drainable === null) return [];
  const pinned = pinnedText(item);
  if (item.drains.length === 0 && pinned === '') return [];
  return [
    ...(item.drains.length > 0
      ? [
          {
            kind: 'table' as const,
            indent: 2,
            columns: [
              { title: 'FREES', align: 'right' as const },
              { title: 'DRAIN OR DELETE', flexible: true },
              { title: 'PODS', align: 'right' as const },
              { title: 'HELD UP BY', flexible: true, drop: 2 },
              {
                title: 'SMALLEST',
                drop: 1,
                note: 'SMALLEST: yes, no smaller set frees as much; ≥ n, none of fewer than n does',
              },
            ],
            rows: item.drains.map(drainRow),
          },
        ]
      : [{ kind: 'line' as const, indent: 2, text: 'No drain frees a whole /28 here.' }]),
    ...(pinned === '' ? [] : [{ kind: 'line' as const, indent: 2, hang: 2, text: span(pinned, 'muted') }]),
  ];
}

function drainRow(d: DrainReport): Cell[] {
  return [
    `${count(d.freesBlocks)} /28`,
    leavingText(d),
    d.pods === null ? UNKNOWN : count(d.pods),
    d.blockedByPdb === null ? UNKNOWN : d.blockedByPdb.map((p) => `PDB ${p}`).join(', '),
    d.optimal ? 'yes' : `≥ ${d.bound}`,
  ];
}

export function leavingText({ nodes, interfaces }: DrainReport): string {
  const names = shortNames(nodes);
  const some = names.length > NAMED ? [...names.slice(0, NAMED), `${names.length - NAMED} more`] : names;
  return listed([...some, ...(interfaces.length > 0 ? [things(interfaces.length, 'leaked ENI')] : [])]);
}

/** Owners that keep blocks from becoming whole, those of most blocks first. */
function pinnedText({ pinned }: SubnetItem): string {
  if (pinned.length === 0) return '';
  const blocks = new Set(pinned.flatMap((p) => p.blocks)).size;
  const named = pinned.slice(0, NAMED).map((p) => {
    const numbers = p.blocks.length > NAMED ? things(p.blocks.length, 'block') : p.blocks.map((b) => `#${b}`).join(' ');
    return `${ownerClass(p.class)} ${p.name} (${numbers})`;
  });
  const more = pinned.length > NAMED ? [things(pinned.length - NAMED, 'other')] : [];
  return `${things(blocks, 'block')} no drain frees: ${listed([...named, ...more])}`;
}
