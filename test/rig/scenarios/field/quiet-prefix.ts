import { node, small } from '../small.ts';

export const quietPrefix = small({
  name: 'quiet-prefix',
  story: 'Prefix mode from the start, 110 pods a node, subnets of their own.',
  cni: { env: { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' } },
  nodes: { a: node('a', 40, { maxPods: 110 }), b: node('b', 35, { maxPods: 110 }) },
  told: [],
});
