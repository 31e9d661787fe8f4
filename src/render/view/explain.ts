/** The list of checks, and the card of one: why it matters, how it is decided, what to do. */
import type { CheckCard, CheckList } from '../../inspect/contract/explanation.ts';
import { type Block, span, unbroken } from '../blocks.ts';
import { markOf } from './inspect/verdict.ts';

export function checkListView({ groups }: CheckList): Block[] {
  return [
    ...groups.flatMap((group): Block[] => [
      { kind: 'heading', text: `${group.prefix}   ${group.title}` },
      ...group.checks.map((c): Block => {
        const { mark, tone } = markOf(c.worst);
        return {
          kind: 'line',
          indent: 2,
          hang: 10,
          text: [
            span(mark, tone),
            ' ',
            span(c.code, 'strong'),
            '  ',
            c.title,
            ' ',
            span(unbroken(`(${severities(c)})`), 'muted'),
          ],
        };
      }),
    ]),
    { kind: 'blank' },
    { kind: 'line', text: 'vpccni explain CODE tells why, how it is decided, how to fix and how to verify.' },
  ];
}

export function checkCardView(card: CheckCard): Block[] {
  const { mark, tone } = markOf(card.worst);
  return [
    { kind: 'line', hang: 2, text: [span(`${mark} ${card.code}`, tone), '  ', span(card.title, 'strong')] },
    {
      kind: 'line',
      indent: 2,
      hang: 0,
      text: span(
        [
          card.longCode,
          severities(card),
          `one finding per ${card.grain}`,
          `patterns: ${card.patterns?.join(', ') ?? 'all'}`,
          `modes: ${card.modes?.join(', ') ?? 'all'}`,
          ...(card.platform === 'any' ? ['every platform'] : ['nodes served by aws-node']),
        ].join(' · '),
        'muted',
      ),
    },
    ...part('WHY', card.why),
    ...part('HOW WE KNOW', card.how),
    ...part('FIX', card.fix),
    ...part('VERIFY', card.verify),
    ...(card.explains.length > 0
      ? part('ACCOUNTS FOR', `${card.explains.join(', ')} on the same nodes, pods or subnets`)
      : []),
    { kind: 'heading', text: 'REFERENCES' },
    ...card.references.map((r): Block => ({ kind: 'line', indent: 2, hang: 2, text: r })),
    ...part('NEEDS', listed(card.permissions.needed)),
    ...(card.permissions.helpful.length > 0 ? part('MORE CERTAIN WITH', listed(card.permissions.helpful)) : []),
  ];
}

function part(title: string, text: string): Block[] {
  return [
    { kind: 'heading', text: title },
    { kind: 'line', indent: 2, hang: 0, text },
  ];
}

/** Calls hold commas and blanks themselves. */
function listed(calls: readonly string[]): string {
  return calls.map(unbroken).join(' · ');
}

/** `warning, error at worst`. */
function severities({ severity, worst }: Pick<CheckCard, 'severity' | 'worst'>): string {
  return severity === worst ? severity : `${severity}, ${worst} at worst`;
}
