import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { some, things, verb } from '../contract/words.ts';
import { type Helps, section, type Values } from '../facts/define-fact.ts';
import { networking } from '../facts/networking.ts';
import { nodePlatforms, type Platform } from '../facts/platforms.ts';
import { maySelect, policiesOf, selects } from '../facts/pod-groups.ts';
import { groupBy } from '../facts/support/group-by.ts';
import type { Webhook } from '../snapshot/control.ts';
import type { SecurityGroupPolicy } from '../snapshot/kubernetes.ts';
import { type Pod, podsOf } from '../snapshot/pods.ts';
import type { Gap } from '../snapshot/section.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { restartPods } from './fixes/restart-pods.ts';
import { kubectl } from './support/commands.ts';
import { podResources } from './support/resources.ts';
import { accountsUnread } from './support/service-accounts.ts';

const evidence = v.object({
  reason: v.picklist(['ec2', 'fargate', 'webhook']),
  policies: v.array(v.string()),
  pods: v.number(),
  /** Of those, the ones that are older than each policy that selects them. */
  olderThanPolicy: v.number(),
  owners: v.array(v.string()),
});
type Evidence = v.InferOutput<typeof evidence>;

const WEBHOOK = 'vpc-resource-mutating-webhook';
const OF_EKS: ReadonlySet<string> = new Set(['vpc-resource-validating-webhook', 'pod-identity-webhook']);

// without a policy there is nothing to look at, whatever else was read
const needs = { policies: section('securityGroupPolicies') };
const helps = { pods: section('pods'), platforms: nodePlatforms, networking, webhooks: section('webhooks') };
type From = Values<typeof needs> & Helps<typeof helps>;

export const SGP005 = defineCheck({
  code: 'SGP005',
  title: 'Pod that should be protected runs without its security groups',
  severity: 'error',
  grain: 'cluster',
  // Fargate has security groups for pods without the setting of aws-node
  platform: 'any',
  needs,
  helps,
  partialOk: true,
  evidence,
  notApplicable: ({ policies }) => (policies.length === 0 ? 'there is no SecurityGroupPolicy' : undefined),
  evaluate: (from, { gapsOf }) => {
    const { policies, webhooks } = from;
    const { onEc2, onFargate } = selectedPods(from);
    const bare = onEc2.filter((pod) => pod.class === 'ordinary');
    const open = onFargate.filter((pod) => pod.injected === false);
    const concerned = onFargate.length > 0 || from.networking?.settings.podEni === true;
    const missed = [...bare, ...open].some((pod) => !isOlder(pod, policies));
    if (concerned && webhooks && gapsOf('webhooks').length === 0 && isGone(webhooks, missed))
      return [webhookGone(policies, [...bare, ...open])];
    return [
      ...[...groupBy(bare, (pod) => pod.namespace)].map(([key, pods]) => draft(policies, 'ec2', key, pods)),
      ...[...groupBy(open, (pod) => pod.namespace)].map(([key, pods]) => draft(policies, 'fargate', key, pods)),
    ];
  },
  unjudged: (from, { gapsOf }) => {
    const { policies } = from;
    const dark = [...gapsOf('pods'), ...gapsOf('platforms')];
    if (dark.length > 0) return { count: policies.length, of: policies.length, what: 'policy', gaps: dark };
    const unseen = selectedPods(from, maySelect);
    const hidden = [...unseen.onEc2, ...unseen.onFargate].filter((p) => p.class === 'ordinary' || !p.injected);
    if (hidden.length > 0)
      return {
        count: hidden.length,
        of: unseen.onEc2.length + unseen.onFargate.length,
        what: 'pod',
        gaps: accountsUnread(policies.filter((p) => hidden.some((pod) => maySelect(p, pod)))),
      };
    const { onEc2, onFargate } = selectedPods(from);
    const unread = onFargate.filter((pod) => pod.injected === undefined).length;
    const old: readonly Gap[] = [{ kind: 'not-told', reason: 'annotations of pods on Fargate were not collected' }];
    const gaps = [
      ...(from.networking ? [] : gapsOf('networking')),
      ...(onEc2.length + onFargate.length > 0 ? gapsOf('webhooks') : []),
      ...(unread > 0 ? old : []),
    ];
    return gaps.length === 0 ? undefined : { count: policies.length, of: policies.length, what: 'policy', gaps };
  },
  summary: (e) =>
    e.reason === 'webhook'
      ? `the webhook ${WEBHOOK} is gone: no new pod gets the security groups of ${some(e.policies)}${
          e.pods > 0 ? `, and ${things(e.pods, 'pod')} of ${some(e.owners)} ${verb(e.pods, 'runs', 'run')} without` : ''
        }`
      : `${things(e.pods, 'pod')} of ${some(e.owners)} ${verb(e.pods, 'runs', 'run')}${
          e.reason === 'fargate' ? ' on Fargate' : ''
        } without the security groups of ${some(e.policies)}${
          e.olderThanPolicy > 0
            ? `; ${e.olderThanPolicy} ${verb(e.olderThanPolicy, 'is', 'are')} older than the policy`
            : ''
        }`,
  explanation: {
    why: 'The webhook that asks for the branch ENI acts on new pods only and is skipped when it does not answer. These pods keep the groups of their node, or on Fargate those of the cluster, so what you believe closed is open, and nothing says so.',
    how: 'A running pod on an EC2 Linux node that a SecurityGroupPolicy selects and that carries no request for a branch ENI. fargate: a running pod on Fargate that one selects, without the annotation fargate.amazonaws.com/pod-sg. webhook: vpc-resource-mutating-webhook does not exist, while the others of EKS do or a pod younger than its policies was missed. Host-network pods are never served and are left out, as are pods that wait. Pods that a policy selects by labels of their service account are judged where service accounts may be listed.',
    fix: 'Start the pods anew, so that the webhook sees them; where the webhook is gone, have it put back first.',
    verify: 'kubectl get pods -o yaml shows the annotation vpc.amazonaws.com/pod-eni on them.',
    references: [
      'amazon-vpc-resource-controller-k8s webhooks/core/pod_webhook.go',
      'amazon-vpc-resource-controller-k8s docs/troubleshooting.md',
      'https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html',
    ],
  },
});

/** Running pods that a policy selects, on nodes of aws-node where the feature is on, and on Fargate. */
function selectedPods(
  { policies, pods, platforms, networking: net }: From,
  by: typeof selects = selects,
): {
  readonly onEc2: readonly Pod[];
  readonly onFargate: readonly Pod[];
} {
  if (!pods || !platforms) return { onEc2: [], onFargate: [] };
  const running = podsOf(pods).filter(
    (pod) =>
      pod.phase === 'Running' &&
      !pod.terminating &&
      pod.class !== 'host-network' &&
      pod.node !== undefined &&
      policiesOf(policies, pod, by).length > 0,
  );
  const isOn = (pod: Pod, platform: Platform) => (platforms.get(pod.node ?? '') ?? 'vpc-cni') === platform;
  return {
    onEc2: net?.settings.podEni ? running.filter((pod) => isOn(pod, 'vpc-cni') && pod.class !== 'fargate') : [],
    onFargate: running.filter((pod) => pod.class === 'fargate' || isOn(pod, 'fargate')),
  };
}

/** EKS makes several with a cluster. Where none of them is listed, only a pod that was missed tells that this one was there. */
function isGone(webhooks: readonly Webhook[], missed: boolean): boolean {
  const names = webhooks.map((w) => w.configuration);
  if (webhooks.some((w) => w.configuration === WEBHOOK && w.kind === 'mutating')) return false;
  return missed || names.some((n) => OF_EKS.has(n));
}

function isOlder(pod: Pod, policies: readonly SecurityGroupPolicy[]): boolean {
  return policiesOf(policies, pod).every((p) => Date.parse(pod.createdAt) < Date.parse(p.createdAt));
}

function evidenceOf(
  reason: Evidence['reason'],
  policies: readonly SecurityGroupPolicy[],
  pods: readonly Pod[],
): Evidence {
  return {
    reason,
    policies: policies.map((p) => `${p.namespace}/${p.name}`),
    pods: pods.length,
    olderThanPolicy: pods.filter((pod) => isOlder(pod, policies)).length,
    owners: [...new Set(pods.map((pod) => pod.owner ?? `Pod/${pod.name}`))].sort(),
  };
}

function draft(
  policies: readonly SecurityGroupPolicy[],
  reason: 'ec2' | 'fargate',
  namespace: string,
  members: readonly Pod[],
): Draft<Evidence> {
  const theirs = new Set(members.flatMap((pod) => policiesOf(policies, pod)));
  const mine = policies.filter((p) => theirs.has(p));
  const names = members.map((pod) => `${pod.namespace}/${pod.name}`);
  return {
    key: namespace,
    ...(reason === 'fargate' ? { subReason: reason } : {}),
    confidence: 'derived',
    resources: podResources(names),
    scope: { pods: names },
    evidence: evidenceOf(reason, mine, members),
    fixes: [restart(members, reason)],
  };
}

function webhookGone(policies: readonly SecurityGroupPolicy[], pods: readonly Pod[]): Draft<Evidence> {
  const names = pods.map((pod) => `${pod.namespace}/${pod.name}`);
  return {
    key: 'webhook',
    subReason: 'webhook',
    confidence: 'observed',
    resources: podResources(names),
    scope: { pods: names },
    evidence: evidenceOf('webhook', policies, pods),
    fixes: [
      {
        title: 'Look for the webhook, and have AWS Support put it back',
        commands: [kubectl('get', 'mutatingwebhookconfiguration', WEBHOOK)],
        changes:
          'Nothing. EKS makes it with the cluster; what starts before it is back runs without its groups and has to be started anew.',
        effect: 'immediate',
      },
    ],
  };
}

function restart(pods: readonly Pod[], reason: 'ec2' | 'fargate'): Fix {
  const { commands, bare } = restartPods(pods);
  return {
    title: 'Start these pods anew',
    commands,
    changes:
      reason === 'ec2'
        ? 'New pods ask for a branch ENI with the security groups of the policy.'
        : 'New pods on Fargate are made with the security groups of the policy.',
    effect: 'minutes',
    risk: `The groups apply from then on: what they do not allow stops.${bare > 0 ? ' A pod that no controller owns does not come back.' : ''}`,
  };
}
