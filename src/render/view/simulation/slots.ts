/** The slots of a node's ENIs as small bars: one cell a slot where there is room. */
import type { EniView } from '../../../calc/ipamd/index.ts';
import type { Bar, Bars, Fill, Legend } from '../../blocks.ts';

export interface Drawing {
  /** Slots of an ENI. */
  readonly slots: number;
  /** The primary serves no pods. */
  readonly customNetworking: boolean;
  /** ENIs drawn in every row, so that all rows have one scale. */
  readonly enis: number;
}

const LEGEND: readonly Legend[] = [
  { fill: 'pods', label: 'pods' },
  { fill: 'taken', label: 'part used' },
  { fill: 'warm', label: 'warm' },
  { fill: 'free', label: 'free slot' },
  { fill: 'other', label: 'not for pods' },
];

export function slotBars(enis: readonly EniView[], drawing: Drawing): Bars {
  const bars = enis.map((eni) => eniBar(eni, drawing));
  const missing = Array.from({ length: Math.max(drawing.enis - enis.length, 0) }, () => ({
    segments: [],
    total: drawing.slots,
  }));
  return { bars: [...bars, ...missing] };
}

/** What the fills mean, those that occur. */
export function slotLegend(rows: readonly Bars[]): readonly Legend[] {
  const used = new Set(rows.flatMap(({ bars }) => bars.flatMap((bar) => bar.segments.map((s) => s.fill))));
  return LEGEND.filter(({ fill }) => used.has(fill));
}

/** Prefixes full of pods, prefixes with some, those without any, and slots nothing is in. */
function eniBar(eni: EniView, { slots, customNetworking }: Drawing): Bar {
  const closed = eni.kind === 'trunk' || eni.excluded || (customNetworking && eni.kind === 'primary');
  const counted = { pods: 0, taken: 0, warm: 0 };
  for (const { assigned, size } of eni.slots) counted[assigned === 0 ? 'warm' : assigned < size ? 'taken' : 'pods']++;
  const rest: Fill = closed ? 'other' : 'free';
  const segments = [
    { fill: 'pods' as const, value: counted.pods },
    { fill: 'taken' as const, value: counted.taken },
    { fill: 'warm' as const, value: counted.warm },
    { fill: rest, value: Math.max(slots - eni.slots.length, 0) },
  ];
  return { segments: segments.filter(({ value }) => value > 0), total: Math.max(slots, 1) };
}
