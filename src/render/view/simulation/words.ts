/** What the simulation screens say about the node and its settings. */

import type { Bounded, Range } from '../../../inspect/contract/report.ts';
import type { SimulatedNode, SimulatedSettings, SimulatedSubnet } from '../../../inspect/contract/simulation.ts';
import { bounded, count, things } from '../../../inspect/contract/words.ts';
import { type Block, joined, type Span, span, unbroken } from '../../blocks.ts';

const MODES = { secondary: 'secondary addresses', prefix: 'prefix delegation', ipv6: 'IPv6' } as const;
const HYPERVISORS = { nitro: 'Nitro', xen: 'Xen', 'bare metal': 'bare metal', unknown: 'hypervisor unknown' } as const;

/** `m5.large · 3 ENIs × 10 IPv4 · Nitro · maxPods 29 (3×(10−1)+2)`. */
export function nodeLine(node: SimulatedNode): Block {
  const facts = [
    ...(node.name === null ? [] : [node.instanceType]),
    unbroken(`${things(node.eniLimit, 'ENI')} × ${node.ipv4PerEni} IPv4`),
    HYPERVISORS[node.hypervisor],
    unbroken(`maxPods ${node.maxPods}`),
  ];
  const limits = /^\d/.test(node.limitsFrom) ? `data ${node.limitsFrom}` : `limits ${node.limitsFrom}`;
  const place = node.cluster === null ? '' : ` in ${node.cluster}`;
  return {
    kind: 'line',
    text: [
      span(node.name ?? node.instanceType, 'strong'),
      `${place} · ${facts.join(' · ')}`,
      span(` (${node.maxPodsFrom}) · ${unbroken(limits)}`, 'muted'),
    ],
    hang: 2,
  };
}

/** `default · secondary addresses · WARM_ENI_TARGET=1 · at most 27 pod addresses`. */
export function settingsLine(settings: SimulatedSettings, node: SimulatedNode): Block {
  const targets = settings.targets.filter((t) => t.value > 0 || settings.targets.length === 1);
  const parts: (string | Span)[] = [
    settings.pattern,
    MODES[settings.mode],
    ...targets.map((t) => span(`${t.variable}=${t.value}`, 'accent')),
    ...(settings.mode === 'ipv6' ? [] : [unbroken(`at most ${count(settings.maxPodIPs)} pod addresses`)]),
    ...(node.branchPods > 0 ? [unbroken(things(node.branchPods, 'branch pod'))] : []),
  ];
  return { kind: 'line', text: joined(parts), hang: 2 };
}

/** Names, ids and what is left, for subnets that can run dry. */
export function subnetLines(node: SimulatedNode): readonly Block[] {
  return node.subnets.map((subnet) => ({ kind: 'line', text: [span(subnetText(subnet), 'muted')], hang: 2 }));
}

function subnetText({ name, subnetId, freeIPs, freeBlocks28 }: SimulatedSubnet): string {
  const named = name === 'node' || name === 'pod' ? `${name} subnet` : 'subnet';
  const blocks = freeBlocks28 === null ? [] : [`${count(freeBlocks28)} /28`];
  const left = [...(freeIPs === null ? [] : [`${count(freeIPs)} IPs`]), ...blocks].join(', ');
  return `${named}${subnetId === null ? '' : ` ${subnetId}`}: ${left} free without this node`;
}

/** What ipamd ignores, replaces or refuses, and names it does not know; `of` names the settings where there are several. */
export function problemLines(settings: SimulatedSettings, of = ''): readonly Block[] {
  const problems = settings.problems.map((problem): Block => {
    const shown = problem.value === '' ? problem.variable : `${problem.variable}=${problem.value}`;
    const mark = problem.fatal ? span('✖ ', 'error') : span('! ', 'warning');
    return { kind: 'line', text: [mark, of, `${shown}: ${problem.effect}`], hang: 2 };
  });
  const unknown = settings.unknown.map(({ variable, didYouMean }): Block => {
    const hint = didYouMean.length > 0 ? `; did you mean ${didYouMean.join(' or ')}?` : '';
    return { kind: 'line', text: [span('! ', 'warning'), of, `aws-node does not read ${variable}${hint}`], hang: 2 };
  });
  return [...problems, ...unknown];
}

export function assumptionLines(assumptions: readonly string[]): readonly Block[] {
  return assumptions.map((text) => ({ kind: 'line', text: [span(text, 'muted')], hang: 2 }));
}

export function least(value: Bounded): number {
  return typeof value === 'number' ? value : value.min;
}

export function most(value: Bounded): number {
  return typeof value === 'number' ? value : value.max;
}

export function sumOf(values: readonly Bounded[]): Range {
  return {
    min: values.reduce<number>((sum, each) => sum + least(each), 0),
    max: values.reduce<number>((sum, each) => sum + most(each), 0),
  };
}

/** Pods, addresses or calls that should not be there; a quiet dot where there are none. */
export function unwanted(value: Bounded, tone: 'error' | 'warning'): Span {
  return most(value) === 0 ? span('·', 'muted') : span(bounded(value), tone);
}

/** Column heads of the subnets: one subnet needs no name. */
export function subnetTitles(names: readonly string[]): readonly string[] {
  if (names.length === 1) return ['SUBNET'];
  return names.map((name) => (name === 'node' || name === 'pod' ? name.toUpperCase() : `…${name.slice(-4)}`));
}

export function subnetNames(
  items: readonly { readonly subnetIPsBySubnet: Readonly<Record<string, Bounded>> }[],
): readonly string[] {
  return [...new Set(items.flatMap((item) => Object.keys(item.subnetIPsBySubnet)))];
}
