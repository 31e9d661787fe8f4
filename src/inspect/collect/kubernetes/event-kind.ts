/** Tells from an event's reason and text what it is about. The text itself goes no further. */
import type { ClusterEvent } from '../../snapshot/kubernetes.ts';

export type EventKind = ClusterEvent['kind'];

/** Texts, the most telling first: one message often carries another inside. */
const TEXTS: readonly (readonly [RegExp, EventKind])[] = [
  [/UnauthorizedOperation|AccessDenied|not authorized to perform|due to missing permissions/i, 'unauthorized'],
  [/InsufficientCidrBlocks/, 'insufficient-cidr-blocks'],
  // CreateNetworkInterface says it in words under InvalidParameterValue
  [/InsufficientFreeAddressesInSubnet|sufficient free ipv4 addresses or prefixes/i, 'insufficient-free-addresses'],
  [/AttachmentLimitExceeded/, 'attachment-limit'],
  // the branch ENI was made before and its pod could not be told of it (vpc-resource-controller: trunk.go, issue 8)
  [/eni entry already exist/i, 'branch-annotation-failed'],
  [/InvalidSecurityGroupID\.NotFound|SecurityGroupsPerInterfaceLimitExceeded/, 'security-group-refused'],
  [/Insufficient vpc\.amazonaws\.com\/pod-eni/, 'pod-eni-insufficient'],
  [/Insufficient vpc\.amazonaws\.com\/PrivateIPv4Address/, 'windows-ip-insufficient'],
  [
    /not supported for trunk interface|instance type \S+ is not supported yet by the vpc resource controller/,
    'trunk-unsupported',
  ],
  [/No trunk ENI found|failed to get trunk|trunk ENI (?:is )?not (?:found|attached)/i, 'trunk-failed'],
  [/failed to setup network policy/i, 'network-policy-setup-failed'],
  [/wrong client version/i, 'wrong-client-version'],
  [/failed to assign an IP address to container/i, 'assign-ip-failed'],
  [/cni plugin not initialized|failed to find plugin "aws-cni"|NetworkPluginNotReady/i, 'cni-not-initialized'],
  [
    /AddNetwork gRPC call.*(?:connection refused|DeadlineExceeded|deadline exceeded|no such file)|dial tcp 127\.0\.0\.1:50051|rpc error: code = Unavailable/i,
    'cni-unreachable',
  ],
];

/** Reasons of kubelet, the scheduler, aws-node and the VPC resource controller (pkg/utils/events.go, pkg/provider/branch). */
const REASONS: Readonly<Record<string, EventKind>> = {
  MissingIAMPermissions: 'unauthorized',
  InsufficientCidrBlocks: 'insufficient-cidr-blocks',
  TrunkENICreationFailed: 'trunk-failed',
  NodeTrunkFailedInit: 'trunk-failed',
  BranchAllocationFailed: 'branch-failed',
  BranchENIAnnotationFailed: 'branch-annotation-failed',
  EniConfigNameNotFound: 'eniconfig-not-found',
  NetworkNotReady: 'cni-not-initialized',
  FailedCreatePodSandBox: 'sandbox-failed',
  FailedScheduling: 'scheduling-failed',
  FailedCreate: 'create-refused',
  FailedMount: 'volume-failed',
  FailedAttachVolume: 'volume-failed',
  FailedMapVolume: 'volume-failed',
  Unhealthy: 'probe-failed',
};

/** Reasons whose text may name anything, an AWS error of a disk driver or the words of a webhook: the reason alone tells what they are about. */
const BY_REASON: ReadonlySet<string> = new Set([
  'FailedMount',
  'FailedAttachVolume',
  'FailedMapVolume',
  'FailedCreate',
  'Unhealthy',
]);

/** kubelet's words for an image that does not come (pkg/kubelet/images). Its other failures are those of containers. */
const IMAGE = /pull(?:ing)? image|ErrImagePull|ImagePullBackOff/i;

/** EC2's own code for a refused call; other texts of a refusal may come from whoever else was asked. */
const EC2_REFUSED = /UnauthorizedOperation/;

export function eventKind(reason: string, message: string): EventKind {
  const ofReason = REASONS[reason];
  if (BY_REASON.has(reason) && ofReason) return ofReason;
  if (reason === 'Failed' || reason === 'BackOff') return IMAGE.test(message) ? 'image-pull-failed' : 'other';
  // The branch ENI was made; what an API server or a webhook answered to the patch of the pod is no refusal of AWS.
  if (ofReason === 'branch-annotation-failed') return EC2_REFUSED.test(message) ? 'unauthorized' : ofReason;
  if (reason === 'FailedScheduling') return schedulingKind(message);
  return TEXTS.find(([pattern]) => pattern.test(message))?.[1] ?? ofReason ?? 'other';
}

/** Only these three of the scheduler's reasons are about the network (kube-scheduler: framework/plugins/noderesources/fit.go). */
function schedulingKind(message: string): EventKind {
  const said = new Set(unfitNodes(message).map((u) => u.what));
  if (said.has('pod-eni')) return 'pod-eni-insufficient';
  if (said.has('windows-ip')) return 'windows-ip-insufficient';
  return said.has('too-many-pods') ? 'too-many-pods' : 'scheduling-failed';
}

/** EC2 and the other services refuse calls for rate under these names. */
export function isThrottled(message: string): boolean {
  return /RequestLimitExceeded|Throttling(?:Exception)?\b|Rate exceeded/.test(message);
}

/** The volume a text names: `… failed for volume "pvc-1"`, `unmounted volumes=[data], unattached volumes=[…]`. */
export function volumeOf(message: string): string | undefined {
  return /for volume "([^"]+)"/.exec(message)?.[1] ?? /unmounted volumes=\[([^\] ,]+)/.exec(message)?.[1];
}

type Unfit = NonNullable<ClusterEvent['unfit']>;

/** The scheduler's reasons by their texts, the more particular first. */
const UNFIT: readonly (readonly [RegExp, Unfit[number]['what']])[] = [
  [/^Too many pods/i, 'too-many-pods'],
  [/^Insufficient vpc\.amazonaws\.com\/pod-eni/i, 'pod-eni'],
  [/^Insufficient vpc\.amazonaws\.com\/PrivateIPv4Address/i, 'windows-ip'],
  [/^Insufficient cpu/i, 'cpu'],
  [/^Insufficient memory/i, 'memory'],
  [/taint/i, 'taint'],
  [/affinity|selector|topology spread/i, 'affinity'],
];

/**
 * What keeps the pod from how many nodes: `0/3 nodes are available: 1 Insufficient cpu, 2 Too many pods. preemption: …`
 * (kube-scheduler: framework/types.go FitError). Preemption repeats the nodes and is left out.
 */
export function unfitNodes(message: string): Unfit {
  const list = /nodes? (?:are|is) available:(.*?)(?:\. ?preemption:|$)/is.exec(message)?.[1];
  if (list === undefined) return [];
  const sums = new Map<Unfit[number]['what'], number>();
  for (const [, nodes, text] of list.matchAll(/(\d+) ((?:(?!, \d+ )[^{]|\{[^}]*\})+)/g)) {
    const what = UNFIT.find(([pattern]) => pattern.test(text!.replace(/^node\(s\) /, '')))?.[1] ?? 'other';
    sums.set(what, (sums.get(what) ?? 0) + Number(nodes));
  }
  return [...sums].map(([what, nodes]) => ({ what, nodes }));
}

/** The AWS action that was refused, `ec2:CreateNetworkInterface`; `field` is the event's own `action`, which aws-node fills. */
export function deniedAction(field: string | undefined, message: string): string | undefined {
  const named = /\b(ec2|eks|sts|iam|sagemaker):[A-Z][A-Za-z0-9]+\b/;
  const direct = named.exec(field ?? '') ?? named.exec(message);
  if (direct) return direct[0];
  // The SDK's own wording: "operation error EC2: CreateNetworkInterface, https response error …"
  const operation = /operation error (EC2|SageMaker): ([A-Z][A-Za-z0-9]+)/.exec(message);
  return operation ? `${operation[1]!.toLowerCase()}:${operation[2]}` : undefined;
}
