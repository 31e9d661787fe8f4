import { defineAwsCollector } from '../define-collector.ts';
import { clusterVpc, inVpc } from './cluster-vpc.ts';

const CALL = 'ec2:DescribeNetworkInterfaces';

export const networkInterfaces = defineAwsCollector<'networkInterfaces'>({
  section: 'networkInterfaces',
  purpose: 'who holds each address, /28 fragmentation, warm pools and leaked ENIs are unknown',
  calls: [{ iam: CALL, tier: 'core' }],
  async collect(aws, ctx) {
    // The largest reader of all: offline commands read the registry's declarations only and never load it.
    const { readNetworkInterfaces } = await import('./read-network-interfaces.ts');
    return { data: await readNetworkInterfaces(aws, CALL, inVpc(await clusterVpc(ctx))) };
  },
});
