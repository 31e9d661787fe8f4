/** Owners of addresses as the screens name them. */
import type { OwnerShare } from '../../inspect/contract/report.ts';

const OWNERS: Readonly<Record<string, string>> = {
  'node-primary': 'node primaries',
  'node-pods': 'pods on primary ENIs',
  'cni-secondary': 'pod ENIs',
  'sgp-trunk': 'trunks',
  'sgp-branch': 'branch ENIs',
  'resource-controller': 'resource controller',
  'control-plane': 'control plane',
  'auto-mode': 'Auto Mode nodes',
  fargate: 'Fargate pods',
  'user-managed': 'user-managed ENIs',
  efa: 'EFA',
  'load-balancer': 'load balancers',
  'nat-gateway': 'NAT gateways',
  'vpc-endpoint': 'VPC endpoints',
  'other-cluster': 'other clusters',
  'other-service': 'other services',
  'aws-managed': 'managed by AWS',
  'aws-service': 'unknown AWS service',
  lambda: 'Lambda',
  efs: 'EFS',
  rds: 'RDS',
  elasticache: 'ElastiCache',
  ec2: 'other instances',
  unattached: 'unattached ENIs',
  other: 'unknown',
};

export function ownerClass(of: string): string {
  return OWNERS[of] ?? of;
}

/** Addresses, each prefix counted as 16. */
export function heldBy(o: Pick<OwnerShare, 'addresses' | 'prefixes'>): number {
  return o.addresses + 16 * o.prefixes;
}
