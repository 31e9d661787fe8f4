import * as v from 'valibot';
import { changeSettings } from '../cni-settings.ts';
import type { Fix } from '../contract/finding.ts';
import { some, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import { networking } from '../facts/networking.ts';
import { nodePlatforms } from '../facts/platforms.ts';
import { policiesOf } from '../facts/pod-groups.ts';
import { stuckCauses } from '../facts/stuck-causes.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { isLiveAt, numberOfClass } from '../snapshot/pod-columns.ts';
import { type Pod, podsWhere } from '../snapshot/pods.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { allowResourceController } from './fixes/iam-roles.ts';
import { podResources } from './support/resources.ts';

const BRANCH = numberOfClass('branch');

const evidence = v.object({
  policies: v.array(v.string()),
  selectedPods: v.number(),
  pendingPods: v.number(),
  enablePodEni: v.string(),
});
type Evidence = v.InferOutput<typeof evidence>;

export const SGP001 = defineCheck({
  code: 'SGP001',
  title: 'Pods ask for branch ENIs but the feature is off',
  severity: 'error',
  grain: 'cluster',
  needs: { networking, policies: section('securityGroupPolicies'), pods: section('pods') },
  helps: { platforms: nodePlatforms, stuck: stuckPods, causes: stuckCauses, fix: fixContext },
  partialOk: true,
  explains: ['HLT001'],
  accountsFor: ['branch-enis-off'],
  evidence,
  evaluate: ({ networking: net, policies, pods, platforms, stuck, causes, fix }) => {
    if (net.settings.podEni) return [];
    const onEc2 = (pod: Pod) =>
      pod.class !== 'fargate' &&
      pod.class !== 'host-network' &&
      (!pod.node || (platforms?.get(pod.node) ?? 'vpc-cni') === 'vpc-cni');
    const asking = podsWhere(
      pods,
      (row) => isLiveAt(pods, row) && (policies.length > 0 || pods.class[row] === BRANCH),
    ).filter((pod) => onEc2(pod) && (pod.class === 'branch' || policiesOf(policies, pod).length > 0));
    if (asking.length === 0) return [];
    const pending = asking.filter((p) => p.class === 'branch' && p.ip === undefined);
    const waiting = (stuck ?? []).filter((p) => causes?.get(p.pod) === 'branch-enis-off').map((p) => p.pod);
    const theirs = new Set(asking.flatMap((pod) => policiesOf(policies, pod)));
    const active = policies.filter((policy) => theirs.has(policy));
    const names = pending.map((p) => `${p.namespace}/${p.name}`);
    return [
      {
        key: fix.cluster?.name ?? 'cluster',
        confidence: 'observed',
        resources: podResources(names.length > 0 ? names : asking.map((p) => `${p.namespace}/${p.name}`)),
        scope: { pods: [...new Set([...names, ...waiting])] },
        evidence: {
          policies: active.map((p) => `${p.namespace}/${p.name}`),
          selectedPods: asking.length,
          pendingPods: pending.length,
          enablePodEni: net.env.ENABLE_POD_ENI ?? '',
        },
        fixes: [turnOn(fix)],
      } satisfies Draft<Evidence>,
    ];
  },
  summary: (e) =>
    `${things(e.selectedPods, 'pod')} ${verb(e.selectedPods, 'asks', 'ask')} for a branch ENI${
      e.policies.length > 0 ? ` (SecurityGroupPolicy ${some(e.policies)})` : ''
    } but ENABLE_POD_ENI is ${e.enablePodEni === '' ? 'not set' : e.enablePodEni}${
      e.pendingPods > 0
        ? `; ${things(e.pendingPods, 'pod')} ${verb(e.pendingPods, 'waits', 'wait')}`
        : ', so their security groups are not applied'
    }`,
  verdict: () => 'security groups for pods are off',
  explanation: {
    why: 'Without ENABLE_POD_ENI no node advertises vpc.amazonaws.com/pod-eni. Pods that request it stay Pending for ever, and pods that a policy selects run without the security groups you believe in.',
    how: 'Live pods on EC2 nodes that carry the branch ENI request or that a SecurityGroupPolicy selects, while the setting is not true on aws-node. Fargate pods use policies without it and are left out. Where labels of service accounts decide and could not be read, a policy does not count.',
    fix: 'Allow the cluster role to manage branch ENIs, turn the setting on, then replace nodes whose ENI slots are all taken, so that a trunk fits.',
    verify: 'kubectl describe nodes | grep pod-eni: every node that can carry a trunk shows a number.',
    references: [
      'https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html',
      'amazon-vpc-resource-controller-k8s docs/troubleshooting.md',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/1799',
    ],
  },
});

function turnOn(ctx: FixContext): Fix {
  const { commands, changes, risk } = changeSettings(ctx.cluster, ctx.cni, ctx.addon, {
    set: { ENABLE_POD_ENI: 'true' },
  });
  const allow = allowResourceController(ctx);
  return {
    title: 'Turn security groups for pods on',
    commands: [...allow, ...commands],
    changes: `${allow.length > 0 ? 'Lets the cluster role manage branch ENIs. ' : ''}${changes} Each node that can carry a trunk gives one ENI slot to it.`,
    effect: 'minutes',
    risk: `Nodes whose ENI slots are all taken get no trunk until they are replaced, and every node can address fewer ordinary pods.${risk ? ` ${risk}` : ''}`,
  };
}
