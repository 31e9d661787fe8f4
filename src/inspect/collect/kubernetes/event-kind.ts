/** Tells from an event's reason and text what it is about. The text itself goes no further. */
import type { ClusterEvent } from '../../snapshot/kubernetes.ts';

export type EventKind = ClusterEvent['kind'];

/** Texts, the most telling first: one message often carries another inside. */
const TEXTS: readonly (readonly [RegExp, EventKind])[] = [
  [/UnauthorizedOperation|AccessDenied|not authorized to perform|due to missing permissions/i, 'unauthorized'],
  [/InsufficientCidrBlocks/, 'insufficient-cidr-blocks'],
  [/InsufficientFreeAddressesInSubnet/, 'insufficient-free-addresses'],
  [/Insufficient vpc\.amazonaws\.com\/pod-eni/, 'pod-eni-insufficient'],
  [/not supported for trunk interface/, 'trunk-unsupported'],
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
  BranchENIAnnotationFailed: 'branch-failed',
  EniConfigNameNotFound: 'eniconfig-not-found',
  NetworkNotReady: 'cni-not-initialized',
  FailedCreatePodSandBox: 'sandbox-failed',
  FailedScheduling: 'scheduling-failed',
};

export function eventKind(reason: string, message: string): EventKind {
  return TEXTS.find(([pattern]) => pattern.test(message))?.[1] ?? REASONS[reason] ?? 'other';
}

/** The AWS action that was refused, `ec2:CreateNetworkInterface`; `field` is the event's own `action`, which aws-node fills. */
export function deniedAction(field: string | undefined, message: string): string | undefined {
  const named = /\b(ec2|eks|sts|iam):[A-Z][A-Za-z0-9]+\b/;
  const direct = named.exec(field ?? '') ?? named.exec(message);
  if (direct) return direct[0];
  // The SDK's own wording: "operation error EC2: CreateNetworkInterface, https response error …"
  const operation = /operation error EC2: ([A-Z][A-Za-z0-9]+)/.exec(message);
  return operation ? `ec2:${operation[1]}` : undefined;
}
