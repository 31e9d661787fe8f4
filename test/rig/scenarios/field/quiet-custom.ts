import { node, small } from '../small.ts';
import { CUSTOM_ENV, POD_RANGES, POD_SUBNETS } from './custom-networks.ts';

export const quietCustom = small({
  name: 'quiet-custom',
  story: 'Custom networking with an ENIConfig for each zone and maxPods for one ENI less.',
  ...POD_RANGES,
  subnets: POD_SUBNETS,
  cni: { env: CUSTOM_ENV },
  nodes: { a: node('a', 8, { maxPods: 20 }), b: node('b', 8, { maxPods: 20 }) },
  told: [],
});
