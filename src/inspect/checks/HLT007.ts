import * as v from 'valibot';
import { changeSettings } from '../cni-settings.ts';
import type { Fix } from '../contract/finding.ts';
import { count, some, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import { networking } from '../facts/networking.ts';
import { nodeEnis } from '../facts/node-enis.ts';
import { stuckCauses } from '../facts/stuck-causes.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { named } from '../shell.ts';
import type { Webhook } from '../snapshot/control.ts';
import type { ClusterEvent } from '../snapshot/kubernetes.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { kubectl } from './support/commands.ts';
import { nodeResources, podResources } from './support/resources.ts';
import { waitingFor, waitingText } from './support/waiting.ts';

const evidence = v.object({
  /** Pods whose annotation was refused, or that wait on nodes with idle addresses. */
  pods: v.array(v.string()),
  /** Events in which the controller says so; 0 where it is only suspected. */
  events: v.number(),
  /** Idle addresses on the nodes of these pods; null where ENIs were not read. */
  idleAddresses: v.nullable(v.number()),
  /** Null where pods, or what they wait for, could not be read. */
  waitingPods: v.nullable(v.number()),
  /** Webhooks that are asked when a pod is changed, `configuration/webhook`; null where they were not read. */
  webhooks: v.nullable(v.array(v.string())),
});
type Evidence = v.InferOutput<typeof evidence>;

export const HLT007 = defineCheck({
  code: 'HLT007',
  title: 'Something changes or refuses the pod, so its address is not taken',
  severity: 'error',
  grain: 'cluster',
  needs: { events: section('events') },
  helps: {
    stuck: stuckPods,
    causes: stuckCauses,
    networking,
    enis: nodeEnis,
    webhooks: section('webhooks'),
    fix: fixContext,
  },
  partialOk: true,
  explains: ['HLT001'],
  accountsFor: ['annotation-refused'],
  evidence,
  evaluate: ({ events, stuck, causes, networking: net, enis, webhooks, fix }, { gapsOf }) => {
    const asked =
      gapsOf('webhooks').length === 0 ? webhooks?.filter((w) => w.podOperations.includes('UPDATE')) : undefined;
    const names = asked ? asked.map((w) => `${w.configuration}/${w.name}`).sort() : null;
    const idleOn = (nodes: readonly string[]): number | null =>
      enis ? nodes.reduce((n, node) => n + Math.max(enis.get(node)?.warm ?? 0, 0), 0) : null;
    const drafts: Draft<Evidence>[] = [];
    const refused = events.filter((e) => e.kind === 'branch-annotation-failed');
    if (refused.length > 0) {
      const nodes = [...new Set((stuck ?? []).map((p) => p.node))];
      const waiting = waitingFor('annotation-refused', { stuck, causes }, gapsOf, nodes);
      const pods = [...new Set([...waiting.pods, ...refused.flatMap(podOf)])];
      drafts.push({
        key: 'branch-eni',
        subReason: 'annotation',
        confidence: 'observed',
        resources: [...podResources(pods), ...nodeResources(waiting.nodes)],
        scope: { pods, nodes: waiting.nodes },
        evidence: {
          pods,
          events: refused.reduce((n, e) => n + e.count, 0),
          idleAddresses: null,
          waitingPods: waiting.count,
          webhooks: names,
        },
        fixes: [findWebhook(asked)],
      });
    }
    // aws-node writes the address into the pod itself where it is told to, and gives it up where that fails
    const suspects = net?.env.ANNOTATE_POD_IP === 'true' ? (stuck ?? []).filter((p) => isSuspect(p, causes, enis)) : [];
    if (suspects.length > 0) {
      const nodes = [...new Set(suspects.map((p) => p.node))];
      const pods = suspects.map((p) => p.pod);
      drafts.push({
        key: 'pod-ip',
        subReason: 'annotate-pod-ip',
        severity: 'warning',
        confidence: 'heuristic',
        resources: [...podResources(pods), ...nodeResources(nodes)],
        scope: { pods, nodes },
        evidence: { pods, events: 0, idleAddresses: idleOn(nodes), waitingPods: pods.length, webhooks: names },
        fixes: [dontAnnotate(fix), findWebhook(asked)],
      });
    }
    return drafts;
  },
  // without these the second reason can neither be suspected nor ruled out
  unjudged: ({ networking: net }, { gapsOf }) => {
    const asked = net?.env.ANNOTATE_POD_IP === 'true';
    const gaps = net === undefined ? gapsOf('networking') : asked ? [...gapsOf('stuck'), ...gapsOf('enis')] : [];
    return gaps.length === 0 ? undefined : { count: 1, of: 1, what: 'cluster', gaps };
  },
  summary: (e) =>
    e.events > 0
      ? `the branch ENI of ${things(e.pods.length, 'pod')} was made, and writing it to the pod was refused (${things(e.events, 'event')}): a webhook or policy forbids the change${webhooksText(e)}${waitingText(e.waitingPods)}`
      : `${things(e.pods.length, 'pod')} ${verb(e.pods.length, 'gets', 'get')} no address on nodes that have ${e.idleAddresses === null ? 'some' : count(e.idleAddresses)} idle, while ANNOTATE_POD_IP has aws-node write each address to its pod: a webhook may refuse that (${some(e.pods)})${webhooksText(e)}`,
  verdict: () => 'the annotation of the pod is refused',
  explanation: {
    why: 'The pool is fine and the interface exists; only writing it to the pod fails, so deleting the pods changes nothing: the next ones are refused as well, and each try leaves a branch ENI in cool-down.',
    how: 'annotation: events BranchENIAnnotationFailed of the VPC resource controller, which makes the branch ENI first and then annotates the pod; where the text says UnauthorizedOperation it is AWS that refused (IAM001). annotate-pod-ip, only suspected: ANNOTATE_POD_IP is true and pods fail to get an address on nodes with idle ones. Webhooks that are asked about changes of pods are named where they could be read.',
    fix: 'Exempt these pods, or the service account eks-vpc-resource-controller, from the admission webhook or policy that refuses the change, or mend it; set ANNOTATE_POD_IP to false where nothing needs it.',
    verify: 'New pods carry the annotation vpc.amazonaws.com/pod-eni and run.',
    references: [
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2814',
      'https://github.com/open-policy-agent/gatekeeper/issues/3719',
      'amazon-vpc-resource-controller-k8s pkg/provider/branch/provider.go',
    ],
  },
});

function podOf(e: ClusterEvent): readonly string[] {
  return e.object.kind === 'Pod' ? [`${e.object.namespace ?? ''}/${e.object.name}`] : [];
}

type Stuck = { readonly pod: string; readonly node: string; readonly events: readonly string[] };

function isSuspect(
  pod: Stuck,
  causes: ReadonlyMap<string, string> | undefined,
  enis: ReadonlyMap<string, { readonly warm?: number }> | undefined,
): boolean {
  return pod.events.includes('assign-ip-failed') && !causes?.has(pod.pod) && (enis?.get(pod.node)?.warm ?? 0) > 0;
}

function webhooksText({ webhooks }: Evidence): string {
  if (webhooks === null) return '';
  return webhooks.length === 0
    ? '; no webhook is asked about changes of pods'
    : `; asked about changes: ${some(webhooks)}`;
}

/** A dry run would tell which one: this only lists them. */
function findWebhook(asked: readonly Webhook[] | undefined): Fix {
  const names = (kind: Webhook['kind']) =>
    [...new Set((asked ?? []).filter((w) => w.kind === kind).map((w) => w.configuration))]
      .sort()
      .map((name) => `${kind}webhookconfiguration/${named('object', name)}`);
  const known = [...names('mutating'), ...names('validating')];
  return {
    title: 'Find the webhook or policy that refuses the change of the pod',
    commands: [
      known.length > 0
        ? kubectl('get', ...known, '-o', 'yaml')
        : kubectl('get', 'mutatingwebhookconfigurations,validatingwebhookconfigurations', '-o', 'wide'),
      kubectl('get', 'validatingadmissionpolicies', '-o', 'wide'),
    ],
    changes: 'Nothing: shows who is asked about changes of pods. Exempt the pods, or what writes to them, there.',
    effect: 'minutes',
  };
}

function dontAnnotate(fix: FixContext): Fix {
  const { commands, changes, risk } = changeSettings(fix.cluster, fix.cni, fix.addon, {
    set: { ANNOTATE_POD_IP: 'false' },
  });
  return {
    title: 'Let aws-node leave pods alone: ANNOTATE_POD_IP=false',
    commands,
    changes,
    effect: 'minutes',
    risk: `Calico's policies may rely on the annotation.${risk ? ` ${risk}` : ''}`,
  };
}
