/** Which tags are kept: those the facts read. Everything else a company writes on its resources stays where it is. */

const KEPT_KEYS = new Set([
  'Name',
  'aws:autoscaling:groupName',
  'aws:ec2launchtemplate:version',
  'cluster.k8s.amazonaws.com/name',
]);
const KEPT_PREFIXES = [
  'kubernetes.io/cluster/',
  'kubernetes.io/role/',
  'node.k8s.amazonaws.com/',
  'cni.networking.k8s.aws/',
  'eks:',
  'vpcresources.k8s.aws/',
  'karpenter',
];

interface RawTag {
  readonly Key?: string | undefined;
  readonly Value?: string | undefined;
}

/** All tags: of subnets, which a NodeClass may select by any of them. */
export function allTags(tags: readonly RawTag[] | undefined): Record<string, string> {
  return Object.fromEntries((tags ?? []).flatMap((t) => (t.Key === undefined ? [] : [[t.Key, t.Value ?? '']])));
}

export function keptTags(tags: readonly RawTag[] | undefined): Record<string, string> {
  return Object.fromEntries(
    (tags ?? []).flatMap((t) => (t.Key !== undefined && isKept(t.Key) ? [[t.Key, t.Value ?? '']] : [])),
  );
}

function isKept(key: string): boolean {
  return KEPT_KEYS.has(key) || KEPT_PREFIXES.some((p) => key.startsWith(p));
}
