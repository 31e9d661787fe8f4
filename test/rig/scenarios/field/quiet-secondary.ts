import { node, small } from '../small.ts';

export const quietSecondary = small({
  name: 'quiet-secondary',
  story: 'Two nodes on secondary addresses, nothing wrong.',
  nodes: { a: node('a', 12), b: node('b', 10) },
  told: [],
});
