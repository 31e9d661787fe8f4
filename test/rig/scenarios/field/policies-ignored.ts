import { node, small } from '../small.ts';
import { networkPolicy } from './policies.ts';

export const policiesIgnored = small({
  name: 'policies-ignored',
  story: 'Network policies that nothing enforces: the agents and the controller are off.',
  nodes: { a: node('a', 12), b: node('b', 10) },
  objects: () => [networkPolicy],
  told: ['NPL001'],
  shows: { NPL001: { policies: 1, namespaces: ['shop'], agentFlag: 'false' } },
});
