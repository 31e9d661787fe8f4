/** What to say of an instance type the catalog does not have. */
import type { Catalog } from '../calc/catalog/index.ts';
import { nearest } from './nearest.ts';

export function unknownType(catalog: Catalog, name: string): string {
  if (name.startsWith(HYPERPOD)) return hyperPodType(catalog, name);
  const seen = catalog.seenWithoutLimits(name);
  if (seen) return `no ENI limits are published for ${name} (${seen})`;
  const close = nearest(name, catalog.names);
  const hint = close.length > 0 ? `; did you mean ${close.join(', ')}?` : '';
  return `unknown instance type "${name}" (catalog of ${catalog.dataDate})${hint}`;
}

/** What SageMaker puts before the names of EC2. */
const HYPERPOD = 'ml.';

/** HyperPod nodes are EC2 types behind SageMaker, to which the CNI cannot attach ENIs (amazon-vpc-cni-k8s pull 3874). */
function hyperPodType(catalog: Catalog, name: string): string {
  const plain = name.slice(HYPERPOD.length);
  const what = `${name} is a SageMaker HyperPod node, not an EC2 instance type`;
  const type = catalog.get(plain);
  if (!type) {
    const close = nearest(plain, catalog.names).map((near) => HYPERPOD + near);
    return close.length > 0 ? `${what}, and ${plain} is unknown too; did you mean ${close.join(', ')}?` : what;
  }
  const pods = type.ipv4PerEni - 1;
  return `${what}: until the CNI attaches ENIs through SageMaker it has one ENI for pods, and kubelet shows ${pods} there (${type.ipv4PerEni} IPv4 addresses less the ENI's own); the EC2 type is ${plain}`;
}
