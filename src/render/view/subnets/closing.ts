/** The last lines: what is scarcest and what frees most, what could not be read, where to look next. */
import type { DrainReport, SubnetItem, SubnetsReport } from '../../../inspect/contract/subnets.ts';
import { count, listed, things } from '../../../inspect/contract/words.ts';
import { type Block, span } from '../../blocks.ts';
import { leavingText } from './drains.ts';

export function closingBlocks(report: SubnetsReport, shown: number): Block[] {
  const { items, unread, unknownOwners } = report;
  const hidden = items.length - shown;
  const sections = unread
    .filter((u) => ['subnets', 'networkInterfaces', 'cidrReservations', 'nodes', 'pods'].includes(u.section))
    .map((u) => `${u.section} (${u.gaps[0]?.permission ?? u.gaps[0]?.reason ?? ''})`);
  return [
    { kind: 'blank' },
    ...(unknownOwners.enis > 0
      ? [
          line(
            `The owner of ${things(unknownOwners.enis, 'ENI')} with ${things(unknownOwners.addresses, 'address', 'addresses')} is not known.`,
          ),
        ]
      : []),
    ...(sections.length > 0 ? [line(`Not read: ${listed(sections)}.`)] : []),
    ...(hidden > 0 ? [line(`${things(hidden, 'more subnet')} one by one: --subnet ID or -o wide.`)] : []),
    ...scarcest(items, report.setup),
  ];
}

/** The subnet with the smallest share of its blocks left, where drains could give some back. */
function scarcest(items: readonly SubnetItem[], setup: readonly string[]): Block[] {
  const candidates = items.filter((i) => i.fragmentation && i.blocks && i.drains.length > 0);
  const share = (i: SubnetItem) => i.fragmentation!.usableBlocks / Math.max(i.blocks!.usable, 1);
  const [worst] = candidates.sort((a, b) => share(a) - share(b));
  if (!worst) return [];
  const best = worst.drains.find((d) => d.blockedByPdb?.length === 0) ?? worst.drains[0]!;
  return [
    {
      kind: 'line',
      hang: 2,
      text: [
        span('Scarcest: ', 'muted'),
        span(worst.subnetId, 'strong'),
        ` has ${things(worst.fragmentation!.usableBlocks, 'whole /28', 'whole /28')} of ${count(worst.blocks!.usable)}; ${adviceText(best)}`,
      ],
    },
    ...(best.commands.length <= 3 ? commandBlocks(best.commands, setup) : []),
  ];
}

/** What reaches the cluster comes first, where any of them needs it. */
export function commandBlocks(commands: readonly string[], setup: readonly string[]): Block[] {
  if (commands.length === 0) return [];
  const first = commands.some((c) => /\bkubectl |--profile /.test(c)) ? setup : [];
  return [{ kind: 'commands', commands: [...first, ...commands] }];
}

function adviceText(d: DrainReport): string {
  const pods = d.pods ? `, moving ${things(d.pods, 'pod')}` : '';
  const verb = d.nodes.length > 0 ? 'draining' : 'deleting';
  return `${verb} ${leavingText(d)} frees ${count(d.freesBlocks)}${pods}.`;
}

function line(text: string): Block {
  return { kind: 'line', hang: 2, text: span(text, 'muted') };
}
