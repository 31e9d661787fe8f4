import { node, small } from '../small.ts';

export const cordoned = small({
  name: 'cordoned',
  story:
    'A cordoned node does not grow its pool, and a DaemonSet that came later waits there (amazon-vpc-cni-k8s#1223).',
  nodes: {
    a: node('a', 9, {
      enis: [{ singles: 9 }],
      unschedulable: true,
      taints: [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }],
    }),
    b: node('b', 10),
  },
  pods: [
    {
      name: 'log-agent-5xk2p',
      namespace: 'logging',
      node: 'a',
      state: 'waiting',
      ageMinutes: 30,
      events: [
        {
          reason: 'FailedCreatePodSandBox',
          message:
            'Failed to create pod sandbox: rpc error: code = Unknown desc = failed to setup network for sandbox "0123": plugin type="aws-cni" name="aws-cni" failed (add): add cmd: failed to assign an IP address to container',
        },
      ],
    },
  ],
  told: ['NOD006'],
  shows: { NOD006: { waitingPods: ['logging/log-agent-5xk2p'] } },
});
