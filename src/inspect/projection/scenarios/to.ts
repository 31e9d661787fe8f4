/** A move to another pattern and mode: at the peak both generations of nodes stand side by side. */
import { parseCniVersion } from '../../../calc/maxpods/index.ts';
import { type Mode, PAIRS, PATTERNS, type Pair, type Pattern } from '../../../calc/patterns.ts';
import { things } from '../../contract/words.ts';
import { standingOf } from '../blockers.ts';
import { singly } from '../stretches.ts';
import { isWorld, type ProjectionWorld, worldOf } from '../world.ts';
import { ScenarioError, type ScenarioKind } from './scenario.ts';

const MODES: readonly Mode[] = ['secondary', 'prefix', 'ipv6'];
const FORM = 'to=PATTERN[+MODE]';

export const to: ScenarioKind = {
  name: 'to',
  form: FORM,
  summary: 'a move to another ENI assignment pattern and address mode, both generations at once',
  options: [],
  parse: (argument) => {
    const asked = pairOf(argument ?? '');
    const target = (world: ProjectionWorld): Pair => pairIn(asked, world.inForce);
    return {
      id: `to=${[asked.pattern, asked.mode].filter((part) => part !== undefined).join('+')}`,
      target,
      lay: (world) => {
        const pair = target(world);
        const laid = worldOf(world.run, { ...world.options, pair, beside: true });
        return isWorld(laid) ? laid : world;
      },
      growths: (world) => {
        const { blockers, supported } = standingOf(
          world.run,
          world.model,
          singly(world.nodes),
          world.sites,
          parseCniVersion(world.inForce.cniVersion ?? ''),
        );
        const needs = blockers.map((b) => `it needs ${b.reason}${b.nodes > 0 ? ` (${things(b.nodes, 'node')})` : ''}`);
        return [
          {
            title: `a move to ${world.pair.pattern} ${world.pair.mode}: old and new nodes at once`,
            nodes: [],
            pods: [],
            assumptions: [
              'every node is replaced; the addresses of the old ones come back when they are gone',
              ...(supported ? needs : []),
            ],
            incomplete: supported ? [] : needs.map((reason) => ({ reason })),
          },
        ];
      },
    };
  },
};

interface Asked {
  /** Undefined: the pattern stays. */
  readonly pattern?: Pattern;
  /** Undefined: the mode stays, where the pattern has it. */
  readonly mode?: Mode;
}

function pairOf(argument: string): Asked {
  if (MODES.includes(argument as Mode)) return { mode: argument as Mode };
  const at = argument.lastIndexOf('+');
  const last = argument.slice(at + 1) as Mode;
  const mode = at > 0 && MODES.includes(last) ? last : undefined;
  const pattern = (mode === undefined ? argument : argument.slice(0, at)) as Pattern;
  if (!PATTERNS.includes(pattern))
    throw new ScenarioError(
      `${FORM}: "${argument}" is none of ${PATTERNS.join(', ')}, with +${MODES.join(', +')} behind it, or a mode alone`,
    );
  if (mode === undefined) return { pattern };
  if (!exists(pattern, mode)) throw new ScenarioError(`${FORM}: custom networking refuses IPv6`);
  return { pattern, mode };
}

function exists(pattern: Pattern, mode: Mode): boolean {
  return PAIRS.some((p) => p.pattern === pattern && p.mode === mode);
}

function pairIn(asked: Asked, inForce: Pair): Pair {
  const pattern = asked.pattern ?? inForce.pattern;
  if (asked.mode !== undefined && !exists(pattern, asked.mode))
    throw new ScenarioError(`${FORM}: custom networking refuses IPv6`);
  const mode = asked.mode ?? inForce.mode;
  return { pattern, mode: exists(pattern, mode) ? mode : 'secondary' };
}
