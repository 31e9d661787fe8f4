/** Numbers, ages and names as findings and screens write them. An unknown number is a question mark, never a zero. */
import type { Frees } from './finding.ts';
import type { Bounded, Range } from './report.ts';

export const UNKNOWN = '?';

/** `1,512`; `?` for null. */
export function count(n: number | null | undefined): string {
  return n === null || n === undefined ? UNKNOWN : grouped(n);
}

/** By hand: loading the tables behind Intl.NumberFormat would cost an offline command a tenth of its start. */
function grouped(n: number): string {
  return String(Math.round(n)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** `29`, `29–110`, `?`. */
export function bounded(n: Bounded | Range | null | undefined): string {
  if (n === null || n === undefined) return UNKNOWN;
  if (typeof n === 'number') return count(n);
  return n.min === n.max ? count(n.min) : `${count(n.min)}–${count(n.max)}`;
}

/** `80 %`; what is not quite full is never rounded up to 100, and what is not quite empty never down to 0. */
export function percent(ratio: number | null | undefined): string {
  if (ratio === null || ratio === undefined) return UNKNOWN;
  const whole = Math.round(ratio * 100);
  if (whole === 100 && ratio < 1) return '99 %';
  if (whole === 0 && ratio > 0) return '1 %';
  return `${count(whole)} %`;
}

/** `61 %` of a whole; 0 of nothing. */
export function share(part: number, whole: number): string {
  return percent(whole <= 0 ? 0 : part / whole);
}

/** `1 node`, `3 nodes`, `? nodes`. */
export function things(n: number | null | undefined, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** `is` for 1, `are` for any other number: the verb that fits. */
export function verb(n: number, one: string, many: string): string {
  return n === 1 ? one : many;
}

/** `45 s`, `23 min`, `5 h`, `3 days`: one unit, rounded down. */
export function age(seconds: number): string {
  const s = Math.max(0, Math.floor(seconds));
  if (s < 120) return `${s} s`;
  if (s < 2 * 3600) return `${Math.floor(s / 60)} min`;
  if (s < 48 * 3600) return `${Math.floor(s / 3600)} h`;
  return `${Math.floor(s / 86_400)} days`;
}

/** `2026-11-24 05:12 UTC`. */
export function moment(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

/** `1a` for `eu-west-1a`: the region stands in the first line already. */
export function shortZone(zone: string): string {
  return zone.replace(/^[a-z]{2}(-[a-z]+)+-/, '');
}

/** `a, b and c`. */
export function listed(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join('');
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`;
}

/** The same; what goes past `most` is counted: `a, b, c and 4 more`. */
export function some(names: readonly string[], most = 3): string {
  if (names.length > most + 1) return `${names.slice(0, most).join(', ')} and ${count(names.length - most)} more`;
  return listed(names);
}

/** `subnet-0a1 (eu-west-1a, 10.0.0.0/24)`. */
export function subnetText(s: { readonly subnetId: string; readonly zone: string; readonly cidr: string }): string {
  return `${s.subnetId} (${s.zone}, ${s.cidr})`;
}

const MOST_SUBNETS = 4;

/** `99 addresses and 9 /28 blocks in subnet-0a1`; of several subnets `120 addresses: at least 72 in subnet-0a1, 40 in subnet-0b2`. */
export function freesText({ addresses, blocks = 0, subnets }: Frees): string {
  const what = `${things(addresses, 'address', 'addresses')}${blocks > 0 ? ` and ${things(blocks, '/28 block')}` : ''}`;
  if (subnets.length < 2) return `${what}${subnets.map((s) => ` in ${s.subnetId}`).join('')}`;
  const sure = subnets.reduce((sum, s) => sum + s.addresses, 0) < addresses ? 'at least ' : '';
  const parts = subnets.slice(0, MOST_SUBNETS).map((s) => `${count(s.addresses)} in ${s.subnetId}`);
  return `${what}: ${sure}${parts.join(', ')}${subnets.length > MOST_SUBNETS ? ' and others' : ''}`;
}

/** The same for a cell that is never cut: `99 IPs, 9 /28`. */
export function freesBrief({ addresses, blocks = 0 }: Frees): string {
  return `${things(addresses, 'IP')}${blocks > 0 ? `, ${count(blocks)} /28` : ''}`;
}
