/** What an API path asks for, and the permission that allows it. */
export interface ApiPath {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly namespace?: string;
  readonly name?: string;
}

/** `/apis/apps/v1/namespaces/kube-system/daemonsets/aws-node` in its parts. */
export function parseApiPath(path: string): ApiPath {
  const parts = path.split('/').filter(Boolean).map(decodeURIComponent);
  const core = parts[0] === 'api';
  const [group, version] = core ? ['', parts[1] ?? ''] : [parts[1] ?? '', parts[2] ?? ''];
  const rest = parts.slice(core ? 2 : 3);
  const namespaced = rest[0] === 'namespaces' && rest.length > 2;
  const [resource = '', name] = namespaced ? rest.slice(2) : rest;
  return { group, version, resource, ...(namespaced ? { namespace: rest[1] } : {}), ...(name ? { name } : {}) };
}

/** The API path of a resource; with a namespace or a name where given. */
export function apiPath({ group, version, resource, namespace, name }: ApiPath): string {
  const root = group === '' ? `/api/${version}` : `/apis/${group}/${version}`;
  const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
  return `${root}${scope}/${resource}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}

/** `list pods`, `list eniconfigs.crd.k8s.amazonaws.com`, `get configmaps/amazon-vpc-cni in kube-system`. */
export function permissionText(verb: 'get' | 'list', what: Omit<ApiPath, 'version'>): string {
  const resource = what.group === '' ? what.resource : `${what.resource}.${what.group}`;
  const name = what.name === undefined ? '' : `/${what.name}`;
  const namespace = what.namespace === undefined ? '' : ` in ${what.namespace}`;
  return `${verb} ${resource}${name}${namespace}`;
}

/** Groups that every API server has: a 404 for one of their kinds means that no API server answered. */
const BUILT_IN: ReadonlySet<string> = new Set([
  '',
  'apps',
  'autoscaling',
  'policy',
  'networking.k8s.io',
  'rbac.authorization.k8s.io',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
]);

/** True where the kind may be missing from a healthy cluster: it comes from a CRD. */
export function mayBeMissing(what: Pick<ApiPath, 'group'>): boolean {
  return !BUILT_IN.has(what.group);
}
