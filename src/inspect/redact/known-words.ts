/** Words that are not the user's: names of AWS, Kubernetes and the CNIs, and values that decide something. */

const NAMES = [
  ...['default', 'kube-system', 'kube-public', 'kube-node-lease', 'amazon-vpc-cni', 'aws-node', 'aws-vpc-cni'],
  ...['aws-vpc-cni-init', 'aws-eks-nodeagent', 'vpc-cni', 'amazon-vpc-cni-k8s', 'coredns', 'kube-dns', 'kube-proxy'],
  ...['kube-proxy-config', 'eks-pod-identity-agent', 'node-local-dns', 'metrics-server', 'cluster-autoscaler'],
  ...['aws-load-balancer-controller', 'ebs-csi-node', 'ebs-csi-controller', 'efs-csi-node', 'snapshot-controller'],
  ...[
    'vpc-resource-controller',
    'vpc-resource-mutating-webhook',
    'vpc-resource-validating-webhook',
    'pod-identity-webhook',
    'eks-vpc-resource-controller',
    'eks-node-monitoring-agent',
    'karpenter',
    'cilium',
  ],
  ...['cilium-operator', 'calico-node', 'calico-system', 'tigera-operator', 'antrea-agent', 'controller', 'system'],
  ...['eks', 'helm', 'kubectl', 'kubectl-client-side-apply', 'kubectl-edit', 'kubectl-patch', 'kubectl-rollout'],
  ...['kubectl-set', 'kube-controller-manager', 'argocd-controller', 'flux', 'Terraform', 'HashiCorp'],
  ...['kubelet', 'default-scheduler', 'fargate-scheduler', 'SecurityGroupsForPods', 'CustomNetworking'],
];

const VALUES = [
  ...['linux', 'windows', 'amd64', 'arm64', 'auto', 'ec2', 'fargate', 'hybrid', 'on-demand', 'spot', 'reserved'],
  ...['ON_DEMAND', 'SPOT', 'CAPACITY_BLOCK', 'owned', 'shared', 'true', 'false', 'True', 'False', 'Unknown', 'none'],
  ...['nitro', 'xen', 'local', 'Helm', 'NoSchedule', 'NoExecute', 'PreferNoSchedule', 'al2', 'al2023', 'bottlerocket'],
  ...['*', 'serviceaccount'],
];

const KNOWN: ReadonlySet<string> = new Set([...NAMES, ...VALUES]);

/** Partitions and areas, then a compass point and a number. */
const REGION =
  '(?:us|eu|ap|sa|ca|me|af|il|mx|cn|us-gov|us-iso[bef]?|eu-isoe|eusc-de)-(?:(?:north|south)(?:east|west)?|east|west|central)-\\d{1,2}';

/** Texts whose shape tells that they name no one: numbers, times, versions, zones, Regions, instance types, actions. */
const SHAPES: readonly RegExp[] = [
  /^-?\d{1,9}(?:\.\d+)?[a-zA-Z%]{0,2}$/,
  /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)$/,
  /^v?\d+\.\d+(?:\.\d+)?(?:[-+.](?:eksbuild|eks|minimal|rc|alpha|beta)?[.-]?(?:\d{1,6}|[0-9a-f]{7}))*$/,
  // Regions, zones, Local and Wavelength Zones, zone ids; a name may look like one, so every part is AWS's own word
  new RegExp(`^${REGION}[a-z]?$`),
  new RegExp(`^${REGION}-(?:wl1-)?[a-z]{3}(?:-wlz)?-\\d[a-z]?$`),
  /^(?:us|eu|ap|sa|ca|me|af|il|mx|cn|ug|us[gi]o?)[nsewc]{1,2}\d(?:-az\d{1,2}|-[a-z]{3}\d-az\d)$/,
  // instance types and their parts
  /^[a-z][a-z0-9-]{0,14}\.(?:nano|micro|small|medium|large|\d{0,3}xlarge|metal(?:-\d+xl)?)$/,
  /^(?:nano|micro|small|medium|large|\d{0,3}xlarge)$/,
  /^(?:ec2|eks|sts|iam|autoscaling|servicequotas):[A-Z]\w+$/,
  // principals of AWS services
  /^[a-z0-9-]+(?:\.eks)?\.amazonaws\.com$/,
];

export function isKnownWord(text: string): boolean {
  return KNOWN.has(text) || SHAPES.some((s) => s.test(text));
}

/** Domains of label keys that belong to Kubernetes, AWS and the projects around them; their owners define what follows. */
const KNOWN_KEY =
  /^(?:(?:(?:beta|alpha|app|apps|batch|node|node\.alpha|node\.beta|topology|failure-domain\.beta|service|kubelet|helm|scheduler\.alpha|statefulset|deployment|controller|rbac|addonmanager)\.)?(?:kubernetes\.io|k8s\.io)|(?:[a-z0-9.-]+\.)?(?:k8s\.aws|amazonaws\.com)|(?:[a-z]+\.)*karpenter\.(?:sh|k8s\.aws)|(?:alpha\.)?eksctl\.io|(?:[a-z]+\.)?(?:cilium\.io|projectcalico\.org|antrea\.io|helm\.sh))\/[A-Za-z0-9._-]+$/;
/** Domains of Kubernetes whose keys the user ends himself. */
export const USERS_KEY = /^(node-role\.kubernetes\.io\/|node-restriction\.kubernetes\.io\/)(.+)$/;
const PLAIN_KEYS: ReadonlySet<string> = new Set([
  ...['app', 'k8s-app', 'name', 'component', 'tier', 'role', 'version', 'release', 'job-name', 'chart', 'heritage'],
  ...['pod-template-hash', 'controller-revision-hash', 'pod-template-generation', 'statefulset.kubernetes.io/pod-name'],
  ...['cpu', 'memory', 'pods', 'nodes', 'Name', 'aws:autoscaling:groupName'],
  'aws:ec2launchtemplate:version',
]);

export function isKnownKey(key: string): boolean {
  return PLAIN_KEYS.has(key) || KNOWN_KEY.test(key) || /^eks:[a-z:-]+$/.test(key);
}
