import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { age, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { nodeEnis } from '../facts/node-enis.ts';
import { nodeTroubles } from '../facts/node-troubles.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { podSubnets } from '../facts/pod-subnets.ts';
import { type EventKind, type StuckPod, stuckPods, waitingElsewhere } from '../facts/stuck-pods.ts';
import { subnetAccounting } from '../facts/subnet-accounting.ts';
import { subnetBlocks } from '../facts/subnet-blocks.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { unknownCapacity } from '../facts/unknown-capacity.ts';
import { named } from '../shell.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { kubectl } from './support/commands.ts';
import { nodeResources, podResources } from './support/resources.ts';

const evidence = v.object({
  node: v.string(),
  pods: v.number(),
  oldestSeconds: v.number(),
  wants: v.string(),
  events: v.array(v.string()),
  /** Why the node's own limits are not known, where they are not: that it is full could not be told. */
  limitsUnknown: v.nullable(v.string()),
});
type Evidence = v.InferOutput<typeof evidence>;

/** What the causes of a waiting pod are read from. */
const CAUSES = {
  nodes: nodesServedByCni,
  enis: nodeEnis,
  subnets: podSubnets,
  accounts: subnetAccounting,
  blocks: subnetBlocks,
  troubles: nodeTroubles,
};

const CAUSE_NAMES = Object.keys(CAUSES) as readonly (keyof typeof CAUSES)[];

/** What the events of a pod say, in a few words. */
const WORDS: Partial<Record<EventKind, string>> = {
  'assign-ip-failed': 'aws-node has no address to give',
  'insufficient-cidr-blocks': 'EC2 has no /28 block',
  'insufficient-free-addresses': 'EC2 has no free address',
  'cni-not-initialized': 'the CNI is not initialised',
  'cni-unreachable': 'aws-node does not answer',
  'network-policy-setup-failed': 'the network policy could not be set up',
  'wrong-client-version': 'plugin and aws-node are of different versions',
  'branch-failed': 'the branch ENI could not be made',
  unauthorized: 'AWS refused a call',
};

export const HLT001 = defineCheck({
  code: 'HLT001',
  title: 'Pods wait for an address',
  severity: 'error',
  grain: 'node',
  platform: 'any',
  residual: true,
  needs: { stuck: stuckPods },
  helps: { ...CAUSES, unknown: unknownCapacity, elsewhere: waitingElsewhere, events: section('events') },
  partialOk: true,
  evidence,
  evaluate: ({ stuck, unknown }, { gapsOf }) =>
    [...groupBy(stuck, (p) => `${p.node}/${p.wantsBranch ? 'branch' : symptom(p)}`)].map(
      ([key, pods]): Draft<Evidence> => {
        const [first] = pods;
        const names = pods.map((p) => p.pod);
        return {
          key,
          // Where a cause could not be looked for, another check might have named it: no error out of ignorance.
          severity: CAUSE_NAMES.every((name) => gapsOf(name).length === 0) ? 'error' : 'warning',
          confidence: 'observed',
          resources: [...podResources(names), ...nodeResources([first!.node])],
          scope: { pods: names, nodes: [first!.node] },
          evidence: {
            node: first!.node,
            pods: pods.length,
            oldestSeconds: Math.max(...pods.map((p) => p.ageSeconds)),
            wants: first!.wantsBranch ? 'branch ENI' : 'address',
            events: [...new Set(pods.flatMap((p) => p.events))],
            limitsUnknown: unknown?.get(first!.node)?.reason ?? null,
          },
          fixes: [reschedule(pods)],
        };
      },
    ),
  // a pod that nothing tells of waits for its network or for something else: only its events say which
  unjudged: ({ elsewhere }, { gapsOf }) => {
    const silent = (elsewhere ?? []).filter((p) => p.waitsFor === 'unknown').length;
    const gaps = gapsOf('events');
    return silent === 0 || gaps.length === 0 ? undefined : { count: silent, of: silent, what: 'pod', gaps };
  },
  summary: (e) => {
    const said = e.events.flatMap((kind) => WORDS[kind as EventKind] ?? []);
    return `${things(e.pods, 'pod')} on ${e.node} ${verb(e.pods, 'waits', 'wait')} for ${e.wants === 'address' ? 'an address' : 'a branch ENI'} (oldest ${age(e.oldestSeconds)}) and no cause was found${
      said.length > 0 ? `; events say: ${said.join(', ')}` : ''
    }${e.limitsUnknown === null ? '' : `; whether the node is full cannot be told: ${e.limitsUnknown}`}`;
  },
  verdict: () => 'no cause established',
  explanation: {
    why: 'Pods that are scheduled and hang in ContainerCreating with "failed to assign an IP address to container" have at least ten different causes.',
    how: 'Pods with a node, without an address, whose containers wait to be created, for more than a minute or after three failures. Each is handed to the check that accounts for it: full node (MAX001), subnet (SUB001, PFX001), ENIConfig (CUS001, CUS002), trunk (SGP001, SGP003), refused calls (IAM001), aws-node itself (ADD001, HLT002, HLT003). Only those that none accounts for appear here. Events last about an hour, so their absence proves nothing.',
    fix: "Read the pod's events and aws-node's log on the node; deleting the pod lets the scheduler choose another node.",
    verify: 'kubectl get pods -A --field-selector status.phase=Pending lists none of them.',
    references: [
      'amazon-vpc-cni-k8s docs/troubleshooting.md',
      'https://repost.aws/knowledge-center/eks-failed-create-pod-sandbox',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/59',
    ],
  },
});

/** Pods of one node that tell different stories are told apart. */
function symptom(pod: StuckPod): string {
  const special = pod.events.find((k) => k === 'network-policy-setup-failed' || k === 'wrong-client-version');
  return special ?? 'address';
}

/** Reads what pod and node say before the pods go, since their events go with them. */
function reschedule(pods: readonly StuckPod[]): Fix {
  const split = pods.map((p) => p.pod.split('/') as [string, string]);
  const [namespace, name] = split[0]!;
  const byNamespace = groupBy(split, ([ns]) => ns);
  return {
    title: `Read what the pod says, then let ${things(pods.length, 'pod')} be scheduled anew`,
    commands: [
      kubectl('-n', namespace, 'describe', 'pod', named('pod', name)),
      ...[...byNamespace].map(([ns, names]) =>
        kubectl('-n', ns, 'delete', 'pod', '--wait=false', ...names.map(([, n]) => named('pod', n))),
      ),
    ],
    changes: 'Deletes the waiting pods; their controllers make new ones, which may land on another node.',
    effect: 'immediate',
    risk: 'A pod without a controller is not made again.',
  };
}
