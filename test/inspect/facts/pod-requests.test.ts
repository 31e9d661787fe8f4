import { expect, it } from 'vitest';
import { isLive } from '../../../src/inspect/facts/demand.ts';
import { podRequests } from '../../../src/inspect/facts/pod-requests.ts';
import { POD_PHASES } from '../../../src/inspect/snapshot/pods.ts';
import { dice } from '../../support/mutations.ts';
import { pod, runOf, wholeSnapshot } from '../../support/snapshot-builder.ts';

it('requests by node, of the usual pod and of DaemonSets are those of the pods one by one', async () => {
  for (let seed = 0; seed < 30; seed++) {
    const roll = dice(seed * 17 + 5);
    const pods = Array.from({ length: 1 + roll(60) }, (_, i) =>
      pod({
        name: `pod-${i}`,
        node: roll(5) ? `n${roll(4)}` : undefined,
        phase: POD_PHASES[roll(POD_PHASES.length)]!,
        owner: roll(3) ? 'Deployment/web' : 'DaemonSet/agent',
        needs: { cpuMillis: 100 * roll(5), memoryBytes: 2 ** 20 * roll(4), nodeSelector: {} },
      }),
    );
    const counted = pods.filter((p) => p.node !== undefined && isLive(p));
    const sums = (of: typeof counted) => {
      const byNode = new Map<string, { cpuMillis: number; memoryBytes: number }>();
      for (const { node, needs } of of) {
        const sum = byNode.get(node!) ?? { cpuMillis: 0, memoryBytes: 0 };
        byNode.set(node!, sum);
        sum.cpuMillis += needs!.cpuMillis;
        sum.memoryBytes += needs!.memoryBytes;
      }
      return byNode;
    };
    const others = counted.filter((p) => p.owner === 'Deployment/web');
    const median = (what: 'cpuMillis' | 'memoryBytes') =>
      others.map((p) => p.needs![what]).sort((a, b) => a - b)[Math.floor(others.length / 2)] ?? 0;
    const daemons = [...sums(counted.filter((p) => p.owner !== 'Deployment/web')).values()];
    expect((await runOf(wholeSnapshot({ pods }))).valueOf(podRequests)).toEqual({
      byNode: sums(counted),
      typical: { cpuMillis: median('cpuMillis'), memoryBytes: median('memoryBytes') },
      daemonSets: {
        cpuMillis: Math.max(0, ...daemons.map((d) => d.cpuMillis)),
        memoryBytes: Math.max(0, ...daemons.map((d) => d.memoryBytes)),
      },
    });
  }
});
