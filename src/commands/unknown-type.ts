/** What to say of an instance type the catalog does not have. */
import type { Catalog } from '../calc/catalog/index.ts';
import { nearest } from './nearest.ts';

/** What SageMaker puts before the names of EC2. */
const HYPERPOD = 'ml.';

export function unknownType(catalog: Catalog, name: string): string {
  if (name.startsWith(HYPERPOD)) return hyperPodType(catalog, name);
  const seen = catalog.seenWithoutLimits(name);
  if (seen) return `no ENI limits are published for ${name} (${seen})`;
  const lower = name.toLowerCase();
  const meant = lower === name ? [] : catalog.expand([lower]).names;
  if (meant.length > 0) return `instance types are written in lower case: "${name}" is ${lower}`;
  if (/[*?]/.test(name)) return `no instance type matches "${name}" (catalog of ${catalog.dataDate})`;
  return familyOf(catalog, lower) ?? unlike(catalog, name);
}

function familyOf(catalog: Catalog, family: string): string | undefined {
  const types = catalog.names.filter((each) => each.startsWith(`${family}.`));
  if (types.length === 0) return undefined;
  const sizes = types.length === 1 ? types[0] : `${types.length} types, ${types[0]} to ${types.at(-1)}`;
  return `"${family}" is a family: ${sizes}; '${family}.*' names them all`;
}

function unlike(catalog: Catalog, name: string): string {
  const close = nearest(name, catalog.names);
  const hint = close.length > 0 ? `; did you mean ${close.join(', ')}?` : '';
  return `unknown instance type "${name}" (catalog of ${catalog.dataDate})${hint}`;
}

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
