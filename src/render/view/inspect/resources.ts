/** The things a finding is about, on one line. */
import type { Finding } from '../../../inspect/contract/finding.ts';
import { unbroken } from '../../blocks.ts';

const SHOWN = 3;

/** Nothing where the message names them all already; the part of host names that all of them share is said once. */
export function resourcesText({ resources, resourcesTotal, message }: Finding, wide: boolean): string {
  if (resources.every((r) => message.includes(r.id))) return '';
  const tail = commonTail(resources.filter((r) => r.kind === 'node').map((r) => r.id));
  const names = resources.map((r) => {
    const id = r.kind === 'node' && !wide ? r.id.slice(0, r.id.length - tail.length) : r.id;
    return unbroken(r.name ? `${id} (${r.name})` : id);
  });
  const shown = wide ? names : names.slice(0, SHOWN);
  const more = resourcesTotal - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** Names of nodes without the tail they all share. */
export function shortNames(names: readonly string[]): string[] {
  const tail = commonTail(names);
  return names.map((n) => n.slice(0, n.length - tail.length));
}

/** `.eu-west-1.compute.internal` of names that all end so; whole labels only, and nothing of a lone name without a domain. */
function commonTail(names: readonly string[]): string {
  const tails = new Set(names.map((n) => (n.includes('.') ? n.slice(n.indexOf('.')) : '')));
  return tails.size === 1 ? [...tails][0]! : '';
}
