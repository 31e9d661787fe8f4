/** Which workloads wait for addresses; every pod in the wide format. */
import type { Inspection, WaitingElsewhere, WaitingPod } from '../../../inspect/contract/report.ts';
import { age, count, shortZone, things, UNKNOWN } from '../../../inspect/contract/words.ts';
import { type Block, type Cell, span } from '../../blocks.ts';

const WORKLOADS_SHOWN = 6;

export function waitingBlocks(report: Inspection, wide: boolean): Block[] {
  return [...withoutAddress(report, wide), ...elsewhereBlocks(report.waitingElsewhere ?? [])];
}

const WAITS_FOR: Readonly<Record<WaitingElsewhere['waitsFor'], string>> = {
  volume: 'for a volume',
  'silent-node': 'on a node whose kubelet is silent',
  'vanished-node': 'on a node that is gone',
  unknown: 'for something events do not tell, on nodes with idle addresses',
};

/** Told so that nobody looks for them in the network. */
function elsewhereBlocks(waits: readonly WaitingElsewhere[]): Block[] {
  return waits.map(({ waitsFor, pods, oldestSeconds }) => ({
    kind: 'line',
    indent: 2,
    text: span(
      `not for the network: ${things(pods.length, 'pod')} ${pods.length === 1 ? 'waits' : 'wait'} ${WAITS_FOR[waitsFor]} (${age(oldestSeconds)}): ${pods[0]}${pods.length > 1 ? ', …' : ''}`,
      'muted',
    ),
  }));
}

function withoutAddress({ waitingPods, findings }: Inspection, wide: boolean): Block[] {
  if (!waitingPods || waitingPods.length === 0) return [];
  const codeOf = new Map(findings.map((f) => [f.id, f.code]));
  const cause = (p: WaitingPod) => codeOf.get(p.cause ?? '') ?? UNKNOWN;
  const workloads = byWorkload(waitingPods, cause);
  const note = span(`${things(waitingPods.length, 'pod')} of ${things(workloads.length, 'workload')}`, 'muted');
  return [
    { kind: 'heading', text: 'WITHOUT AN ADDRESS', note },
    ...(wide ? [everyPod(waitingPods, cause)] : workloadTable(workloads, cause)),
  ];
}

function workloadTable(workloads: readonly (readonly WaitingPod[])[], cause: (p: WaitingPod) => string): Block[] {
  const hidden = workloads.slice(WORKLOADS_SHOWN).reduce((n, w) => n + w.length, 0);
  return [
    {
      kind: 'table',
      indent: 2,
      columns: [
        { title: 'PODS', align: 'right' },
        { title: 'WAIT', align: 'right' },
        { title: 'CAUSE' },
        { title: 'AZ' },
        { title: 'WORKLOAD', flexible: true },
      ],
      rows: workloads
        .slice(0, WORKLOADS_SHOWN)
        .map((pods): Cell[] => [
          count(pods.length),
          age(Math.max(...pods.map((p) => p.ageSeconds))),
          cause(pods[0]!),
          [...new Set(pods.map((p) => (p.zone ? shortZone(p.zone) : UNKNOWN)))].sort().join(' '),
          workloadOf(pods[0]!),
        ]),
    },
    ...(hidden > 0
      ? [{ kind: 'line', indent: 2, text: span(`and ${things(hidden, 'pod')} of others: -o wide`, 'muted') } as const]
      : []),
  ];
}

function everyPod(pods: readonly WaitingPod[], cause: (p: WaitingPod) => string): Block {
  return {
    kind: 'table',
    indent: 2,
    columns: [
      { title: 'WAIT', align: 'right' },
      { title: 'CAUSE' },
      { title: 'POD', flexible: true },
      { title: 'NODE', flexible: true },
      { title: 'AZ' },
      { title: 'FOR', drop: 1 },
    ],
    rows: pods.map((p): Cell[] => [
      age(p.ageSeconds),
      cause(p),
      p.pod,
      p.node,
      p.zone ? shortZone(p.zone) : UNKNOWN,
      p.wantsBranch ? 'branch ENI' : 'pod IP',
    ]),
  };
}

/** Pods of one workload that wait for one cause, those with most pods first. */
function byWorkload(pods: readonly WaitingPod[], cause: (p: WaitingPod) => string): WaitingPod[][] {
  const groups = new Map<string, WaitingPod[]>();
  for (const p of pods) {
    const key = `${cause(p)} ${workloadOf(p)}`;
    const known = groups.get(key);
    if (known) known.push(p);
    else groups.set(key, [p]);
  }
  return [...groups.values()].sort((a, b) => b.length - a.length);
}

function workloadOf({ pod, owner }: WaitingPod): string {
  return owner === null ? pod : `${pod.slice(0, pod.indexOf('/'))} ${owner}`;
}
