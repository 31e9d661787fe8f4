import { node, small } from '../small.ts';

export const noWayOut = small({
  name: 'no-way-out',
  story: 'External SNAT is on and the subnets of zone b have no default route: pods there reach nothing outside.',
  subnets: { 'nodes-b': { cidr: '10.0.16.0/20', zone: 'eu-west-1b', role: 'nodes', layout: 'loose', route: 'none' } },
  cni: { env: { AWS_VPC_K8S_CNI_EXTERNALSNAT: 'true' } },
  nodes: { a: node('a', 12), b: node('b', 10) },
  told: ['RTE001/no-endpoints'],
  shows: { RTE001: { target: '', externalSnat: true } },
});
