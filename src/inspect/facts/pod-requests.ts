import { podsOf } from '../snapshot/pods.ts';
import { defineFact, notTold, section } from './define-fact.ts';
import { isLive } from './demand.ts';

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
    const byNode = new Map<string, { cpuMillis: number; memoryBytes: number }>();
    const ofDaemons = new Map<string, { cpuMillis: number; memoryBytes: number }>();
    const cpu: number[] = [];
    const memory: number[] = [];
    for (const pod of podsOf(pods)) {
      const { needs, node } = pod;
      if (!needs || node === undefined || !isLive(pod)) continue;
      const own = byNode.get(node) ?? { cpuMillis: 0, memoryBytes: 0 };
      byNode.set(node, own);
      own.cpuMillis += needs.cpuMillis;
      own.memoryBytes += needs.memoryBytes;
      if (pod.owner?.startsWith('DaemonSet/')) {
        const theirs = ofDaemons.get(node) ?? { cpuMillis: 0, memoryBytes: 0 };
        ofDaemons.set(node, theirs);
        theirs.cpuMillis += needs.cpuMillis;
        theirs.memoryBytes += needs.memoryBytes;
        continue;
      }
      cpu.push(needs.cpuMillis);
      memory.push(needs.memoryBytes);
    }
    const daemonSets = { cpuMillis: 0, memoryBytes: 0 };
    for (const { cpuMillis, memoryBytes } of ofDaemons.values()) {
      daemonSets.cpuMillis = Math.max(daemonSets.cpuMillis, cpuMillis);
      daemonSets.memoryBytes = Math.max(daemonSets.memoryBytes, memoryBytes);
    }
    return { byNode, typical: { cpuMillis: median(cpu), memoryBytes: median(memory) }, daemonSets };
  },
});

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
