import { small } from '../small.ts';
import type { ForeignNodeSpec } from '../types.ts';

export const autoNode = (zone: 'a' | 'b'): ForeignNodeSpec => ({
  platform: 'auto-mode',
  type: 'c6a.large',
  zone: `eu-west-1${zone}`,
  subnet: `nodes-${zone}`,
  maxPods: 27,
  ageMinutes: 4 * 24 * 60,
  holds: { prefixes: 1 },
});

export const autoMode = small({
  name: 'auto-mode',
  story: 'EKS Auto Mode alone: no aws-node, and nothing to say about it.',
  cluster: { autoMode: true, addons: {} },
  cni: { install: 'none' },
  daemonSets: [],
  groups: {},
  nodes: {},
  foreignNodes: { a: autoNode('a'), b: autoNode('b') },
  pods: ['a', 'b'].flatMap((key) =>
    ['web', 'api'].map((app) => ({ name: `${app}-${key}`, namespace: 'shop', node: key, state: 'running' as const })),
  ),
  told: [],
});
