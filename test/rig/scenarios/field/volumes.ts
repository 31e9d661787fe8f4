import { node, small } from '../small.ts';

const claim = (name: string) => ({ volumes: [{ name: 'data', persistentVolumeClaim: { claimName: name } }] });

export const volumes = small({
  name: 'volumes',
  story: 'Pods of a Deployment wait for their disk in ContainerCreating; the network has nothing to do with it.',
  nodes: { a: node('a', 12), b: node('b', 10) },
  pods: [
    {
      name: 'reports-7d9c5b6f4-x2x7p',
      namespace: 'shop',
      node: 'a',
      state: 'waiting',
      ageMinutes: 14,
      spec: claim('reports'),
      events: [
        {
          reason: 'FailedAttachVolume',
          message:
            'Multi-Attach error for volume "pvc-1f0a" Volume is already exclusively attached to one node and can\'t be attached to another',
          component: 'attachdetach-controller',
        },
      ],
    },
    {
      name: 'ledger-5f6d8c9b7-q4w8z',
      namespace: 'shop',
      node: 'b',
      state: 'waiting',
      ageMinutes: 9,
      spec: claim('ledger'),
      events: [
        {
          reason: 'FailedMount',
          message:
            'Unable to attach or mount volumes: unmounted volumes=[data], unattached volumes=[], failed to process volumes=[]: timed out waiting for the condition',
        },
      ],
    },
  ],
  told: [],
});
