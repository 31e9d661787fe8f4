/** Snapshots that golden screens read from standard input, by the name they are given there. */
import type { ClusterSnapshot } from '../../src/inspect/snapshot.ts';
import { calm } from './calm.ts';
import { shop } from './shop.ts';
import { denied } from './snapshot-builder.ts';

export const GOLDEN_INPUTS: Readonly<Record<string, () => ClusterSnapshot>> = {
  'calm.json': () => calm(),
  'shop.json': () => shop(),
  'shop-without-enis.json': () => shop({ networkInterfaces: denied('ec2:DescribeNetworkInterfaces') }),
  'shop-without-pods.json': () => shop({ pods: denied('list pods'), events: denied('list events') }),
};
