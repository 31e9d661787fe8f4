/** Which subnets ipamd creates ENIs in, decided by tags (`awsutils.go:isSubnetValidForENICreation`, `IsSubnetExcluded`). */

export const ROLE_TAG = 'kubernetes.io/role/cni';
export const CLUSTER_TAG_PREFIX = 'cni.networking.k8s.aws/cluster/';

export type Tags = Readonly<Record<string, string>>;

/**
 * Whether ipamd may create an ENI in this subnet. An empty tag value counts as no tag; without it only the node's own
 * subnet qualifies. `clusterName` is CLUSTER_NAME, empty when unset.
 */
export function isSubnetEligible(
  subnet: { readonly tags: Tags; readonly isNodeSubnet: boolean },
  clusterName: string,
): boolean {
  const role = subnet.tags[ROLE_TAG] ?? '';
  if (role === '') return subnet.isNodeSubnet;
  return role !== '0' && clusterTagsAllow(subnet.tags, clusterName);
}

/** Whether an attached ENI in this subnet gets no new pod addresses; asked while subnet discovery is on. */
export function isSubnetExcluded(tags: Tags, clusterName: string): boolean {
  const role = tags[ROLE_TAG] ?? '';
  if (role === '') return false;
  return role === '0' || !clusterTagsAllow(tags, clusterName);
}

/** A subnet with cluster tags serves those clusters only; without CLUSTER_NAME the tags are not looked at. */
function clusterTagsAllow(tags: Tags, clusterName: string): boolean {
  if (clusterName === '') return true;
  const clusters = Object.keys(tags).filter((key) => key.startsWith(CLUSTER_TAG_PREFIX));
  return clusters.length === 0 || clusters.includes(CLUSTER_TAG_PREFIX + clusterName);
}
