import { node, small } from '../small.ts';

export const ipv6Role = small({
  name: 'ipv6-role',
  story: 'An IPv6 cluster whose role has the IPv4 policy of AWS alone: the next node gets no /80.',
  cluster: { ipFamily: 'ipv6' },
  nodes: { a: node('a', 40, { maxPods: 110 }), b: node('b', 35, { maxPods: 110 }) },
  told: ['IAM002/missing'],
  shows: { IAM002: { nodes: 2, actions: [{ action: 'ec2:AssignIpv6Addresses', verdict: 'missing' }] } },
});
