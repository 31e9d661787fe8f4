import { node, small } from '../small.ts';

export const tooManyPods = small({
  name: 'too-many-pods',
  story: 'Every node is at maxPods and the scheduler says "Too many pods", while addresses are free (cilium#42816).',
  nodes: { a: node('a', 27), b: node('b', 27) },
  pods: ['web-x1', 'web-x2'].map((name) => ({
    name,
    namespace: 'shop',
    state: 'waiting' as const,
    ageMinutes: 18,
    events: [
      {
        reason: 'FailedScheduling',
        message:
          '0/2 nodes are available: 2 Too many pods. preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.',
        component: 'default-scheduler',
      },
    ],
  })),
  told: ['MAX005'],
  next: ['PFX004', 'MAX002'],
  shows: { MAX005: { pendingPods: 2, nodes: 2, full: 2, pods: 58, maxPods: 58, held: 54, idle: 0 } },
});
