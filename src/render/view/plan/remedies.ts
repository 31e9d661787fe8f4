/** What would help, tried by the model: the best first, its commands at once, those of the others in the wide view. */
import type { Fix } from '../../../inspect/contract/finding.ts';
import type { Remedy, ScenarioResult } from '../../../inspect/contract/plan.ts';
import { count, shortZone, some, things } from '../../../inspect/contract/words.ts';
import { type Block, span } from '../../blocks.ts';
import { commandsShown } from '../inspect/commands.ts';

const SHOWN = 3;

/** What the screen has shown already. */
export interface Seen {
  /** Commands that the first ones shown need before them. */
  readonly setup: readonly string[];
  readonly commands: Set<string>;
}

export function remedyBlocks({ remedies }: ScenarioResult, wide: boolean, seen: Seen): Block[] {
  const shown = wide ? remedies : remedies.slice(0, SHOWN);
  const hidden = remedies.length - shown.length;
  return [
    ...shown.flatMap((r, i) => remedyBlock(r, i === 0, wide, seen)),
    ...(hidden > 0 ? [muted(`${things(hidden, 'more remedy', 'more remedies')}: -o wide`)] : []),
  ];
}

function remedyBlock(r: Remedy, first: boolean, wide: boolean, seen: Seen): Block[] {
  const tone = r.sufficient ? 'ok' : 'warning';
  const line: Block = {
    kind: 'line',
    indent: 2,
    hang: 2,
    text: [
      span(first ? '→ ' : 'or ', 'accent'),
      r.title,
      ': ',
      span(r.sufficient ? 'enough' : 'not enough alone', tone),
      span([...winsOf(r), ...costOf(r)].map((part) => ` · ${part}`).join(''), 'muted'),
    ],
  };
  const rest = r.rest === null ? [] : [muted(`still: ${r.rest}`)];
  if (!wide && !first) return [line, ...rest];
  const words = wide ? [...subnetsOf(r), ...fixWords(r)] : [];
  return [line, ...rest, ...words, ...commandsOnce(r.fix, wide, seen)];
}

function commandsOnce(fix: Fix, wide: boolean, seen: Seen): Block[] {
  const key = fix.commands.join('\n');
  if (seen.commands.has(key)) return [muted('its commands stand above')];
  const setup = seen.commands.size === 0 ? seen.setup : [];
  seen.commands.add(key);
  return [...commandsShown({ commands: setup }, wide), ...commandsShown(fix, wide)];
}

/** `wins 120 addresses, 4 /28 blocks · still short by 30 addresses`. */
function winsOf({ addresses, blocks, stillShort }: Remedy): string[] {
  const won = amounts(addresses, blocks);
  const lacking = amounts(stillShort.addresses, stillShort.blocks);
  return [
    ...(won.length > 0 ? [`wins ${won.join(', ')}`] : []),
    ...(lacking.length > 0 ? [`still short by ${lacking.join(', ')}`] : []),
  ];
}

function amounts(addresses: number, blocks: number): string[] {
  return [
    ...(addresses > 0 ? [things(addresses, 'address', 'addresses')] : []),
    ...(blocks > 0 ? [things(blocks, '/28 block')] : []),
  ];
}

const EFFORT = ['', 'a setting', 'nodes are replaced', 'network is built'] as const;

function costOf({ effort, nodesToReplace }: Remedy): string[] {
  if (nodesToReplace > 0) return [`${things(nodesToReplace, 'node')} to replace`];
  return [EFFORT[effort] ?? ''].filter((word) => word !== '');
}

function subnetsOf({ subnets }: Remedy): Block[] {
  if (subnets.length === 0) return [];
  const parts = subnets.map((s) => {
    const blocks = s.blocks === 0 ? '' : `, ${signed(s.blocks)} /28`;
    return `${s.subnetId} (${shortZone(s.availabilityZone)}) ${signed(s.addresses)}${blocks}`;
  });
  return [muted(`free afterwards: ${some(parts, SHOWN_SUBNETS)}`)];
}

const SHOWN_SUBNETS = 12;

function signed(n: number): string {
  return n > 0 ? `+${count(n)}` : n < 0 ? `−${count(-n)}` : '0';
}

function fixWords({ fix }: Remedy): Block[] {
  return [fix.changes, ...(fix.risk === undefined ? [] : [`mind: ${fix.risk}`])].map(muted);
}

function muted(text: string): Block {
  return { kind: 'line', indent: 4, hang: 2, text: span(text, 'muted') };
}
