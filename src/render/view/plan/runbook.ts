/** A move as a document one can follow: the peak, then step by step what to run, how to see that it is done, and the way back. */
import type { Runbook, RunbookStep } from '../../../inspect/contract/plan.ts';
import { bounded, count, shortZone } from '../../../inspect/contract/words.ts';
import { type Block, type Cell, span } from '../../blocks.ts';
import { VERDICTS } from './verdicts.ts';

/** `whole`: the document; else what its steps are. */
export function runbookBlocks(runbook: Runbook, setup: readonly string[], whole: boolean): Block[] {
  const { scenario, from, to, verdict, blockers, steps } = runbook;
  const { mark, tone } = VERDICTS[verdict];
  return [
    {
      kind: 'heading',
      text: 'RUNBOOK',
      note: [
        `${scenario}: from ${from.pattern}, ${from.mode} to ${to.pattern}, ${to.mode}   `,
        span(`${mark} ${verdict} at the peak`, tone),
      ],
    },
    ...blockers.map((b): Block => line([span('✖ ', 'error'), `it needs ${b}`])),
    ...(blockers.length > 0 ? [line('No step of a runbook can do that: there are none.')] : []),
    ...(steps.length === 0 && blockers.length === 0 ? [line('Nothing has to be done: it is so already.')] : []),
    ...(whole ? peakBlocks(runbook) : []),
    ...(whole && setup.length > 0 && steps.length > 0
      ? [line('Once, so that the commands reach this cluster and no other:'), commands(setup)]
      : []),
    ...steps.flatMap((step, i) => (whole ? stepBlocks(step, i + 1) : [line(`${i + 1}. ${step.title}`)])),
    ...(whole || steps.length === 0
      ? []
      : [line(span('commands, checks and ways back: -o markdown or -o wide', 'muted'))]),
  ];
}

function stepBlocks(step: RunbookStep, number: number): Block[] {
  return [
    { kind: 'heading', text: `${number}. ${step.title}`, sub: true },
    line(step.changes),
    line(`Held meanwhile: ${step.held}`),
    ...(step.note === null ? [] : [line([span('Mind: ', 'strong'), step.note])]),
    ...(step.commands.length > 0 ? [line('Run:'), commands(step.commands)] : []),
    ...(step.check.length > 0 ? [line('Done when each of these ends well:'), commands(step.check)] : []),
    ...(step.undo.length > 0 ? [line('Way back:'), commands(step.undo)] : []),
  ];
}

/** Subnets while old and new nodes hold addresses at once. */
function peakBlocks({ peak }: Runbook): Block[] {
  if (peak.length === 0) return [];
  const inBlocks = peak.some((s) => s.blocks !== null);
  const numbers = (of: Runbook['peak'][number]['addresses'] | null): Cell[] =>
    of ? [count(of.before), bounded(of.need), bounded(of.after)] : ['', '', ''];
  return [
    line('At the peak, old and new nodes at once:'),
    {
      kind: 'table',
      indent: 2,
      columns: [
        { title: 'AZ' },
        { title: 'SUBNET' },
        { title: 'FREE IPs', align: 'right' },
        { title: 'NEED', align: 'right' },
        { title: 'AFTER', align: 'right' },
        ...(inBlocks
          ? ([
              { title: '/28', align: 'right' },
              { title: 'NEED', align: 'right' },
              { title: 'AFTER', align: 'right' },
            ] as const)
          : []),
        { title: 'VERDICT' },
      ],
      rows: peak.map((s): Cell[] => [
        shortZone(s.availabilityZone),
        s.isNew ? `new ${s.cidr}` : s.subnetId,
        ...numbers(s.addresses),
        ...(inBlocks ? numbers(s.blocks) : []),
        span(`${VERDICTS[s.verdict].mark} ${s.verdict}`, VERDICTS[s.verdict].tone),
      ]),
    },
  ];
}

function line(text: Extract<Block, { kind: 'line' }>['text']): Block {
  return { kind: 'line', indent: 2, hang: 2, text };
}

function commands(list: readonly string[]): Block {
  return { kind: 'commands', commands: list };
}
