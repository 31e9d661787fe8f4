import { expect, it } from 'vitest';
import { holdsAddress, holdsAddressAt, isLive } from '../../../src/inspect/facts/demand.ts';
import {
  hasFlag,
  isLiveAt,
  labelSetsWhere,
  numberOfClass,
  textsWhere,
} from '../../../src/inspect/snapshot/pod-columns.ts';
import { POD_CLASSES, POD_PHASES, podAt, podsOf, podsWhere } from '../../../src/inspect/snapshot/pods.ts';
import { dice } from '../../support/mutations.ts';
import { pod, wholeSnapshot } from '../../support/snapshot-builder.ts';

it('columns of the table of pods say what the pods say', () => {
  const roll = dice(11);
  const pods = Array.from({ length: 300 }, (_, i) =>
    pod({
      name: `pod-${i}`,
      namespace: `ns${roll(3)}`,
      node: roll(4) ? `n${roll(5)}` : undefined,
      ip: roll(3) ? `10.0.0.${roll(250)}` : undefined,
      class: POD_CLASSES[roll(POD_CLASSES.length)]!,
      phase: POD_PHASES[roll(POD_PHASES.length)]!,
      owner: roll(2) ? `DaemonSet/d${roll(3)}` : undefined,
      labels: roll(2) ? { app: `a${roll(3)}` } : {},
      terminating: roll(2) === 0,
      waiting: roll(2) === 0,
    }),
  );
  const { pods: section } = wholeSnapshot({ pods });
  const table = 'data' in section ? section.data : undefined!;
  const daemons = textsWhere(table, (text) => text.startsWith('DaemonSet/'));
  const labelled = labelSetsWhere(table, (labels) => labels.app === 'a1');
  for (const [row, each] of podsOf(table).entries()) {
    expect(isLiveAt(table, row)).toBe(isLive(each));
    expect(holdsAddressAt(table, row)).toBe(holdsAddress(each));
    expect(hasFlag(table, row, 'waiting')).toBe(each.waiting);
    expect(hasFlag(table, row, 'terminating')).toBe(each.terminating);
    expect(table.class[row]).toBe(numberOfClass(each.class));
    expect(daemons[table.owner[row]!] === 1).toBe(each.owner?.startsWith('DaemonSet/') ?? false);
    expect(labelled[table.labels[row]!] === 1).toBe(each.labels.app === 'a1');
    expect(podAt(table, row)).toEqual(each);
  }
  expect(podsWhere(table, (row) => row % 7 === 3).map((p) => p.name)).toEqual(
    podsOf(table).flatMap((p, row) => (row % 7 === 3 ? [p.name] : [])),
  );
});
