/** The things a finding points at. */
import type { Resource } from '../../contract/finding.ts';
import type { Subnet } from '../../snapshot/ec2.ts';

export function nodeResources(names: readonly string[]): Resource[] {
  return names.map((id) => ({ kind: 'node', id }));
}

export function podResources(names: readonly string[]): Resource[] {
  return names.map((id) => ({ kind: 'pod', id }));
}

export function subnetResource(subnet: Pick<Subnet, 'subnetId' | 'tags'>): Resource {
  const name = subnet.tags.Name;
  return { kind: 'subnet', id: subnet.subnetId, ...(name ? { name } : {}) };
}
