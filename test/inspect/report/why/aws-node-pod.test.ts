import { describe, expect, it } from 'vitest';
import type { Cni } from '../../../../src/inspect/snapshot/kubernetes.ts';
import { ago, cni, node, pod, runOf, wholeSnapshot } from '../../../support/snapshot-builder.ts';
import { tell } from './tell.ts';

const POD = {
  name: 'aws-node-x1',
  namespace: 'kube-system',
  node: 'n1',
  class: 'host-network',
  owner: 'DaemonSet/aws-node',
  ip: '10.0.0.4',
  phase: 'Running',
} as const;

const down = (containers?: Cni['pods'][number]['containers']) =>
  wholeSnapshot({
    nodes: [node({ name: 'n1', ready: 'False', readyReason: 'cni-not-initialized' })],
    pods: [pod(POD)],
    cni: cni({
      desired: 1,
      pods: [
        {
          name: 'aws-node-x1',
          node: 'n1',
          ready: false,
          phase: 'Running',
          restarts: 11,
          waitingReason: 'CrashLoopBackOff',
          exitCode: 1,
          ...(containers ? { containers } : {}),
        },
      ],
    }),
  });

describe('a pod of aws-node that crashes', () => {
  it('is stuck whatever its phase says, and its containers are told one by one', async () => {
    const why = tell(
      await runOf(
        down([
          { name: 'aws-eks-nodeagent', init: false, ready: true, restarts: 2 },
          {
            name: 'aws-node',
            init: false,
            ready: false,
            restarts: 11,
            waitingReason: 'CrashLoopBackOff',
            endedReason: 'Error',
            exitCode: 1,
            endedAt: ago(180),
          },
        ]),
      ),
      'kube-system/aws-node-x1',
    );
    expect(why.state).toBe('stuck');
    expect(why.chain.filter((l) => l.step === 'container').map((l) => [l.status, l.statement])).toEqual([
      ['broken', 'aws-node: CrashLoopBackOff; last ended Error with exit code 1, 3 min ago; 11 restarts'],
      ['ok', 'aws-eks-nodeagent: runs; 2 restarts'],
    ]);
    expect(why.cause?.code).toBe('HLT002');
    expect(why.fixes.length).toBeGreaterThan(0);
  });

  it('is told as a whole by files that do not tell its containers apart', async () => {
    const why = tell(await runOf(down()), 'kube-system/aws-node-x1');
    expect(why.chain.find((l) => l.step === 'container')?.statement).toBe(
      'aws-node: CrashLoopBackOff; last ended with exit code 1; 11 restarts',
    );
  });

  it('is not merely running while it starts', async () => {
    const young = wholeSnapshot({
      nodes: [node({ name: 'n1' })],
      pods: [pod({ ...POD, unready: true })],
      cni: cni({
        desired: 1,
        pods: [
          {
            name: 'aws-node-x1',
            node: 'n1',
            ready: false,
            phase: 'Running',
            restarts: 2,
            startedAt: ago(30),
            containers: [
              { name: 'aws-node', init: false, ready: false, restarts: 2, exitCode: 1, endedReason: 'Error' },
            ],
          },
        ],
      }),
    });
    const why = tell(await runOf(young), 'kube-system/aws-node-x1');
    expect(why.summary).toMatch(
      /says that it is not ready; aws-node: is not ready; last ended Error with exit code 1; 2/,
    );
    expect(why.chain.filter((l) => l.status === 'broken').map((l) => l.step)).toEqual(['ready', 'container']);
    expect(why.fixes.map((f) => f.title)).toEqual(['Read what the pod says']);
  });

  it('runs where it is ready', async () => {
    const well = wholeSnapshot({
      nodes: [node({ name: 'n1' })],
      pods: [pod(POD)],
      cni: cni({ desired: 1, pods: [{ name: 'aws-node-x1', node: 'n1', ready: true, phase: 'Running', restarts: 1 }] }),
    });
    const why = tell(await runOf(well), 'kube-system/aws-node-x1');
    expect([why.state, why.cause, why.fixes]).toEqual(['running', null, []]);
    // that it has been started anew is part of the answer
    expect(why.summary).toMatch(/^kube-system\/aws-node-x1 runs with 10\.0\.0\.4.*; aws-node: runs; 1 restart$/);
  });
});
