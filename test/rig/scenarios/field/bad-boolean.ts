import { node, small } from '../small.ts';

export const badBoolean = small({
  name: 'bad-boolean',
  story: 'ENABLE_PREFIX_DELEGATION is "yes", which Go does not read as true: single addresses, 110 pods admitted.',
  cni: { env: { ENABLE_PREFIX_DELEGATION: 'yes' } },
  groups: { main: { kind: 'managed', subnets: ['nodes-a', 'nodes-b'], instanceTypes: ['m5.large'], min: 2, max: 4 } },
  nodes: { a: node('a', 12), b: node('b', 10) },
  told: ['CFG002/bool'],
  next: ['PFX004', 'MAX002'],
  shows: { CFG002: { variable: 'ENABLE_PREFIX_DELEGATION', value: 'yes' } },
});
