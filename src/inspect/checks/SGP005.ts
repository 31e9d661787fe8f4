import * as v from 'valibot';
import { some, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { networking } from '../facts/networking.ts';
import { nodePlatforms } from '../facts/platforms.ts';
import { selects } from '../facts/pod-groups.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { type Pod, podsOf } from '../snapshot/pods.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { restartPods } from './fixes/restart-pods.ts';
import { podResources } from './support/resources.ts';

const evidence = v.object({
  policies: v.array(v.string()),
  pods: v.number(),
  /** Of those, the ones that are older than each policy that selects them. */
  olderThanPolicy: v.number(),
  owners: v.array(v.string()),
});
type Evidence = v.InferOutput<typeof evidence>;

export const SGP005 = defineCheck({
  code: 'SGP005',
  title: 'Pod that should be protected runs without its security groups',
  severity: 'error',
  grain: 'cluster',
  patterns: ['sgp', 'custom+sgp'],
  needs: {
    networking,
    policies: section('securityGroupPolicies'),
    pods: section('pods'),
    platforms: nodePlatforms,
  },
  partialOk: true,
  evidence,
  evaluate: ({ networking: net, policies, pods, platforms }) => {
    if (!net.settings.podEni) return [];
    const bare = podsOf(pods).filter(
      (pod) =>
        pod.phase === 'Running' &&
        !pod.terminating &&
        pod.class === 'ordinary' &&
        pod.node !== undefined &&
        (platforms.get(pod.node) ?? 'vpc-cni') === 'vpc-cni' &&
        policies.some((p) => selects(p, pod)),
    );
    return [...groupBy(bare, (pod) => pod.namespace)].map(([namespace, members]): Draft<Evidence> => {
      const mine = policies.filter((p) => members.some((pod) => selects(p, pod)));
      const owners = [...new Set(members.map((pod) => pod.owner ?? `Pod/${pod.name}`))].sort();
      const names = members.map((pod) => `${pod.namespace}/${pod.name}`);
      return {
        key: namespace,
        confidence: 'derived',
        resources: podResources(names),
        scope: { pods: names },
        evidence: {
          policies: mine.map((p) => `${p.namespace}/${p.name}`),
          pods: members.length,
          olderThanPolicy: members.filter((pod) =>
            mine.filter((p) => selects(p, pod)).every((p) => Date.parse(pod.createdAt) < Date.parse(p.createdAt)),
          ).length,
          owners,
        },
        fixes: restart(members),
      };
    });
  },
  summary: (e) =>
    `${things(e.pods, 'pod')} of ${some(e.owners)} ${verb(e.pods, 'runs', 'run')} without the security groups of ${some(e.policies)}${
      e.olderThanPolicy > 0
        ? `; ${e.olderThanPolicy} ${verb(e.olderThanPolicy, 'is', 'are')} older than the policy`
        : ''
    }`,
  explanation: {
    why: 'The webhook that asks for the branch ENI acts on new pods only and is skipped when it does not answer. These pods keep the groups of their node, so what you believe closed is open, and nothing says so.',
    how: 'A running pod on an EC2 Linux node that a SecurityGroupPolicy selects and that carries no request for a branch ENI. Host-network pods are never served and are left out, as are pods that wait and Fargate pods. Selectors by service account labels are judged by the names alone.',
    fix: 'Start the pods anew, so that the webhook sees them.',
    verify: 'kubectl get pods -o yaml shows the annotation vpc.amazonaws.com/pod-eni on them.',
    references: [
      'amazon-vpc-resource-controller-k8s webhooks/core/pod_webhook.go',
      'amazon-vpc-resource-controller-k8s docs/troubleshooting.md',
      'https://docs.aws.amazon.com/eks/latest/userguide/security-groups-for-pods.html',
    ],
  },
});

function restart(pods: readonly Pod[]): Draft<Evidence>['fixes'] {
  const { commands, bare } = restartPods(pods);
  return [
    {
      title: 'Start these pods anew',
      commands,
      changes: 'New pods ask for a branch ENI with the security groups of the policy.',
      effect: 'minutes',
      risk: `The groups apply from then on: what they do not allow stops.${bare > 0 ? ' A pod that no controller owns does not come back.' : ''}`,
    },
  ];
}
