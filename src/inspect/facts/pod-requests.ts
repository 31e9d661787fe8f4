import { isLiveAt, textsWhere } from '../snapshot/pod-columns.ts';
import type { PodTable } from '../snapshot/pods.ts';
import { defineFact, notTold, section } from './define-fact.ts';
import { isDaemonSet } from './demand.ts';

/** CPU in thousandths, memory in bytes. */
export interface Requests {
  readonly cpuMillis: number;
  readonly memoryBytes: number;
}

export interface PodRequests {
  /** Sums of what live pods ask for, by node. */
  readonly byNode: ReadonlyMap<string, Requests>;
  /** Medians of the pods that are not of DaemonSets. */
  readonly typical: Requests;
  /** What the DaemonSets of one node ask for at most. */
  readonly daemonSets: Requests;
}

/** What pods ask of their nodes; not told by files of versions that did not read it. */
export const podRequests = defineFact({
  id: 'podRequests',
  needs: { pods: section('pods') },
  derive: ({ pods }) => {
    if (!pods.needs) return notTold('requests of pods were not collected');
    const { needs, needSets = [] } = pods;
    const ofDaemonSet = textsWhere(pods, isDaemonSet);
    const byNode = new Map<string, Sum>();
    const ofDaemons = new Map<string, Sum>();
    // by number of the node's name
    const [all, daemons] = [new Array<Sum>(pods.texts.length), new Array<Sum>(pods.texts.length)];
    const others = new Int32Array(needSets.length);
    for (let row = 0; row < pods.count; row++) {
      const set = needs[row]!;
      const asked = needSets[set];
      const node = pods.node[row]!;
      if (!asked || node === 0 || !isLiveAt(pods, row)) continue;
      add(sumOf(pods, node, all, byNode), asked);
      if (ofDaemonSet[pods.owner[row]!] === 1) add(sumOf(pods, node, daemons, ofDaemons), asked);
      else others[set]!++;
    }
    const daemonSets = { cpuMillis: 0, memoryBytes: 0 };
    for (const { cpuMillis, memoryBytes } of ofDaemons.values()) {
      daemonSets.cpuMillis = Math.max(daemonSets.cpuMillis, cpuMillis);
      daemonSets.memoryBytes = Math.max(daemonSets.memoryBytes, memoryBytes);
    }
    const medianOf = (what: keyof Requests) =>
      median(needSets.map((asked, set) => ({ value: asked[what], count: others[set]! })));
    return { byNode, typical: { cpuMillis: medianOf('cpuMillis'), memoryBytes: medianOf('memoryBytes') }, daemonSets };
  },
});

interface Sum {
  cpuMillis: number;
  memoryBytes: number;
}

/** The sum of a node, whose name may stand in the table more than once. */
function sumOf({ texts }: PodTable, node: number, byNumber: Sum[], byName: Map<string, Sum>): Sum {
  const known = byNumber[node];
  if (known) return known;
  const name = texts[node]!;
  const sum = byName.get(name) ?? { cpuMillis: 0, memoryBytes: 0 };
  byName.set(name, sum);
  byNumber[node] = sum;
  return sum;
}

function add(sum: Sum, { cpuMillis, memoryBytes }: Requests): void {
  sum.cpuMillis += cpuMillis;
  sum.memoryBytes += memoryBytes;
}

/** Of values that each stand so many times; of an even number the upper one. */
function median(values: readonly { readonly value: number; readonly count: number }[]): number {
  let left = Math.floor(values.reduce((n, { count }) => n + count, 0) / 2);
  for (const { value, count } of [...values].sort((a, b) => a.value - b.value)) {
    if (left < count) return value;
    left -= count;
  }
  return 0;
}
