/** How the max-pods screens name patterns, modes, bounds and the type itself. */
import { type BoundBy, defaultsSuffice, type MaxPodsItem } from '../../../calc/maxpods/index.ts';
import type { Mode, Pattern } from '../../../calc/patterns.ts';
import type { KubeletSnippet, MaxPodsReport } from '../../../inspect/contract/report.ts';
import { span, type Text, type Tone } from '../../blocks.ts';

export const MODE_NAMES: Readonly<Record<Mode, string>> = {
  secondary: 'secondary addresses',
  prefix: 'prefix delegation',
  ipv6: 'IPv6',
};

export const PATTERN_NAMES: Readonly<Record<Pattern, string>> = {
  default: 'default pattern',
  sgp: 'security groups for pods',
  custom: 'custom networking',
  'custom+sgp': 'custom networking and security groups for pods',
};

const BOUNDS: Readonly<Record<BoundBy, string>> = {
  'eni-slots': 'ENI slots',
  'vcpu-ceiling': 'vCPU cap',
  'kubelet-default': "kubelet's 110",
  'max-eni': 'MAX_ENI',
  trunk: 'trunk',
  'pods-per-core': 'podsPerCore',
  none: 'policy',
};

export function boundName(item: MaxPodsItem): string {
  if (!item.supported) return 'refused';
  return item.os === 'windows' && item.boundBy === 'eni-slots' ? 'its one ENI' : BOUNDS[item.boundBy];
}

export function pairName(item: MaxPodsItem): string {
  return item.os === 'windows'
    ? `Windows, ${MODE_NAMES[item.mode]}`
    : `${PATTERN_NAMES[item.pattern]}, ${MODE_NAMES[item.mode]}`;
}

function hypervisorName({ limits }: MaxPodsItem): string {
  if (limits.bareMetal) return 'bare metal';
  return { nitro: 'Nitro', xen: 'Xen', unknown: 'hypervisor unknown' }[limits.hypervisor];
}

/** `m5.large · 2 vCPU · 8 GiB · Nitro · 3 ENIs × 10 IPv4`. */
export function typeLine(item: MaxPodsItem, date: string): Text {
  const { limits, enis } = item;
  const cards = limits.networkCards > 1 ? ` on the first of ${limits.networkCards} cards` : '';
  const facts = [
    item.vcpus === null ? 'vCPUs unknown' : `${item.vcpus} vCPU`,
    ...(limits.memoryMiB === null ? [] : [`${Number((limits.memoryMiB / 1024).toFixed(1))} GiB`]),
    hypervisorName(item),
    `${enis} ${enis === 1 ? 'ENI' : 'ENIs'} × ${item.ipv4PerEni} IPv4${cards}`,
  ];
  return [span(item.instanceType, 'strong'), ` · ${facts.join(' · ')}`, span(` · data ${date}`, 'muted')];
}

/** Further pods that fit if they use branch ENIs. */
export function branchGain(item: MaxPodsItem): number {
  return item.maxPodsWithBranch - item.maxPods;
}

/** Subnet addresses of a full node: `30`, or `20+1` with a part of its own in the node subnet. */
export function subnetAddresses({ nodeAddresses: { nodeSubnet, podSubnet } }: MaxPodsItem): string {
  return podSubnet > 0 ? `${podSubnet}+${nodeSubnet}` : String(nodeSubnet);
}

/** `+9`, `−81`, `·` for no difference. */
export function difference(value: number, against: number): string {
  if (value === against) return '·';
  return value > against ? `+${value - against}` : `−${against - value}`;
}

export function toneOf(item: MaxPodsItem): Tone {
  if (!item.supported) return 'error';
  return item.usableEnis === 0 ? 'warning' : 'strong';
}

/** The left side of `3×(10−1)+2 = 29`. */
export function formulaTerm(item: MaxPodsItem): string {
  return item.formula.slice(0, item.formula.indexOf(' = '));
}

/** What `--paste` takes, by the snippet it prints; `first` are those the screen names. */
export const PASTE_NAMES: Readonly<Record<KubeletSnippet['id'], { readonly name: string; readonly first: boolean }>> = {
  nodeconfig: { name: 'nodeconfig', first: true },
  'nodeconfig-expression': { name: 'expression', first: false },
  bottlerocket: { name: 'bottlerocket', first: true },
  ec2nodeclass: { name: 'karpenter', first: true },
  'reserved-enis': { name: 'reserved-enis', first: false },
  eksctl: { name: 'eksctl', first: true },
  'windows-bootstrap': { name: 'windows', first: true },
};

/** What comes next: how to set the number, and how a script gets it. */
export function pasteHint({ items, paste }: MaxPodsReport): string {
  if (defaultsSuffice(items)) return 'nothing to set: AL2023, Bottlerocket, Karpenter come to it · scripts: -o value';
  const names = paste.map(({ id }) => PASTE_NAMES[id]).filter(({ first }) => first);
  return `set it: --paste ${names.map(({ name }) => name).join('|')} · scripts: -o value`;
}
