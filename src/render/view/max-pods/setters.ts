/** Who sets maxPods on such a node, and whether it comes to the number worked out. */
import { type Authority, type AuthorityId, HOST_PODS, type MaxPodsItem } from '../../../calc/maxpods/index.ts';
import { type Block, type Column, span } from '../../blocks.ts';
import { entry, step } from './step.ts';
import { difference } from './words.ts';

/** Who makes nodes and gives them a number unasked, by the name people know. */
const SETTERS: Partial<Record<AuthorityId, string>> = {
  'managed-node-group': 'managed groups without custom AMI',
  nodeadm: 'AL2023',
  bottlerocket: 'Bottlerocket',
  karpenter: 'Karpenter',
  'al2-bootstrap': 'AL2',
};
/** Numbers that no option changes, or that nothing but a script asks for. */
const OTHERS: Partial<Record<AuthorityId, string>> = {
  'eks-auto-mode': 'Auto Mode',
  fargate: 'Fargate',
  windows: 'Windows',
  'kubelet-default': 'kubelet',
};

/** A line for each number that someone sets, the right one first. */
export function settersInShort(item: MaxPodsItem): readonly Block[] {
  const byValue = new Map<number, Authority[]>();
  for (const authority of item.authorities)
    if (SETTERS[authority.id] && authority.maxPods !== null)
      byValue.set(authority.maxPods, [...(byValue.get(authority.maxPods) ?? []), authority]);
  const values = [...byValue].sort(([a], [b]) => Number(b === item.maxPods) - Number(a === item.maxPods) || b - a);
  const others = item.authorities.filter(({ id, maxPods }) => OTHERS[id] && maxPods !== null);
  return [
    { kind: 'blank' },
    ...values.map(([value, authorities], i) => {
      const names = authorities.map((a) => `${SETTERS[a.id]}${a.applies ? ' ◀' : ''}`).join(', ');
      return entry(i === 0 ? 'who sets it' : '', value, [
        names,
        span(`: ${relation(item, value)}`, toneOf(item, value)),
      ]);
    }),
    step('beside them', '', others.map((a) => `${OTHERS[a.id]} ${a.maxPods}${a.applies ? ' ◀' : ''}`).join(' · ')),
  ];
}

function relation(item: MaxPodsItem, value: number): string {
  if (value === item.maxPods) return 'right as it is';
  if (value < item.maxPods) return 'too few, set it';
  if (admitsTooMany(item, value)) return 'too many, some hang without address';
  return item.os === 'windows' ? 'the pods too many stay Pending' : 'above the cap';
}

function toneOf(item: MaxPodsItem, value: number): 'error' | 'muted' {
  return admitsTooMany(item, value) ? 'error' : 'muted';
}

/** Every authority with its note. */
export function settersInFull(item: MaxPodsItem): readonly Block[] {
  const columns: readonly Column[] = [
    { title: 'WHO SETS MAXPODS' },
    { title: 'PODS', align: 'right' },
    { title: 'DIFF', align: 'right' },
    { title: 'UNCAPPED', align: 'right' },
    { title: 'AS OF' },
    { title: 'NOTE', flexible: true },
  ];
  const shown = item.authorities.filter((a) => item.os === 'linux' || a.maxPods !== null);
  const rows = shown.map((a) => [
    a.applies ? span(`${a.id} ◀`, 'strong') : a.id,
    a.maxPods === null ? '–' : String(a.maxPods),
    a.maxPods === null ? '' : span(difference(a.maxPods, item.maxPods), isOver(item, a) ? 'error' : 'plain'),
    a.uncappedMaxPods === null ? '' : String(a.uncappedMaxPods),
    a.asOf,
    span(a.note, 'muted'),
  ]);
  return [{ kind: 'blank' }, { kind: 'table', columns, rows }];
}

function isOver(item: MaxPodsItem, { id, maxPods }: Authority): boolean {
  return maxPods !== null && id !== 'windows' && admitsTooMany(item, maxPods);
}

/** Whether a setting lets more pods onto such a node than get an address. */
function admitsTooMany(item: MaxPodsItem, maxPods: number): boolean {
  if (item.os === 'windows' || item.mode === 'ipv6') return false;
  return maxPods > item.ipsForPods + HOST_PODS;
}
