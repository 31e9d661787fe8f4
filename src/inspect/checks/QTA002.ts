import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { age, count, some, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { networking } from '../facts/networking.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { stuckPods } from '../facts/stuck-pods.ts';
import { throttling } from '../facts/throttling.ts';
import { isUnasked } from '../snapshot/live.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { setSettings } from './fixes/settings.ts';
import { aws } from './support/commands.ts';
import { nodeResources } from './support/resources.ts';

const evidence = v.object({
  /** Calls of this program that EC2 refused for rate. */
  ownCalls: v.array(v.string()),
  /** Refusals that events of aws-node and of the resource controller tell. */
  reported: v.number(),
  nodes: v.array(v.string()),
  /** What aws-node counts since it started, on nodes where it is much; null where its metrics were not asked for or not read. */
  counted: v.nullable(v.array(v.object({ node: v.string(), refused: v.number(), calls: v.number() }))),
  lastedSeconds: v.number(),
  /** Null where pods were not read. */
  waitingPods: v.nullable(v.number()),
});
type Evidence = v.InferOutput<typeof evidence>;

/** From here on it is no burst. */
const SUSTAINED_SECONDS = 600;
/** Addresses fetched ahead by one call, with single addresses. */
const STEP = 5;

export const QTA002 = defineCheck({
  code: 'QTA002',
  title: 'EC2 is throttling the CNI',
  severity: 'warning',
  worst: 'error',
  grain: 'cluster',
  modes: ['secondary', 'prefix'],
  needs: { throttling, events: section('events') },
  helps: {
    networking,
    nodes: nodesServedByCni,
    stuck: stuckPods,
    metrics: section('cniMetrics'),
    fix: fixContext,
  },
  partialOk: true,
  explains: ['HLT001'],
  evidence,
  evaluate: ({ throttling: t, networking: net, nodes, stuck, fix }, { gapsOf }): Draft<Evidence>[] => {
    if (t.own.length === 0 && t.reported === 0 && t.counted.length === 0) return [];
    const hit = new Set([...t.nodes, ...t.counted.map((c) => c.node)]);
    const waiting = (stuck ?? []).filter((p) => hit.has(p.node) || t.pods.includes(p.pod));
    const grave = t.lastedSeconds > SUSTAINED_SECONDS && waiting.length > 0;
    const settings = net?.settings;
    const small =
      net?.mode === 'secondary' && settings !== undefined && settings.warmIpTarget > 0 && settings.warmIpTarget < STEP;
    const coarser: Fix[] = small
      ? setSettings(
          fix,
          `Fetch more addresses with each call: WARM_IP_TARGET=${STEP}`,
          { set: { WARM_IP_TARGET: String(STEP) } },
          { mind: 'Every node keeps that many addresses free: the subnets must have them.' },
        )
      : [];
    return [
      {
        key: 'ec2',
        severity: grave ? 'error' : 'warning',
        confidence: 'observed',
        resources: nodeResources([...hit]),
        // a setting of all nodes may be the cause
        scope: {
          nodes: hit.size > 0 ? [...hit] : (nodes?.served ?? []).map((n) => n.name),
          pods: waiting.map((p) => p.pod),
        },
        evidence: {
          ownCalls: [...new Set(t.own.map((o) => o.call))].sort(),
          reported: t.reported,
          nodes: [...hit],
          counted: t.counted.length === 0 && gapsOf('metrics').length > 0 ? null : [...t.counted],
          lastedSeconds: t.lastedSeconds,
          waitingPods: stuck ? waiting.length : null,
        },
        fixes: [...coarser, askForMore(fix)],
        explains: waiting.length > 0 ? ['HLT001'] : [],
      },
    ];
  },
  // the right to what was asked for with --metrics
  unjudged: (_, { gapsOf }) => {
    const gaps = gapsOf('metrics').filter((g) => !isUnasked(g));
    return gaps.length === 0 ? undefined : { count: 1, of: 1, what: 'metric', gaps };
  },
  summary: (e) =>
    [
      ...(e.reported > 0
        ? [
            `EC2 refused ${things(e.reported, 'call')} of aws-node and the resource controller for rate${e.nodes.length > 0 ? ` on ${things(e.nodes.length, 'node')} (${some(e.nodes)})` : ''}${e.lastedSeconds > 0 ? ` over ${age(e.lastedSeconds)}` : ''}`,
          ]
        : []),
      ...(e.counted && e.counted.length > 0
        ? [
            `aws-node counts ${some(e.counted.map((c) => `${count(c.refused)} of ${count(c.calls)} calls on ${c.node}`))} refused for rate since it started`,
          ]
        : []),
      ...(e.ownCalls.length > 0
        ? [`EC2 refused ${some(e.ownCalls)} to this program too, out of the bucket that all calls of the account share`]
        : []),
      ...((e.waitingPods ?? 0) > 0
        ? [`${count(e.waitingPods)} ${verb(e.waitingPods ?? 0, 'pod waits', 'pods wait')} for an address meanwhile`]
        : []),
    ].join('; '),
  verdict: () => 'EC2 refuses calls for rate',
  explanation: {
    why: 'All calls of an account and Region come out of one bucket. When it is empty aws-node waits longer after each refusal, and seconds of ContainerCreating become minutes.',
    how: 'Events of aws-node and of the VPC resource controller of the last hour that name RequestLimitExceeded or Throttling, and calls of this program that EC2 refused for rate after six tries. An error where events go on for more than ten minutes and pods wait. With --metrics, nodes on which aws-node counts more than a twentieth of its calls refused for rate since it started.',
    fix: 'Fewer and larger steps: MINIMUM_IP_TARGET near the pods of a node, WARM_IP_TARGET 5 or more, or prefixes; slower scale-out; a higher rate from AWS.',
    verify: 'vpccni inspect names no refused call; pods start within seconds.',
    references: [
      'amazon-vpc-cni-k8s docs/troubleshooting.md',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/405',
      'https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html',
    ],
  },
});

function askForMore(fix: { readonly region?: string }): Fix {
  return {
    title: 'See who calls, before asking AWS for a higher rate',
    commands: [
      aws(
        fix,
        ...[
          'cloudtrail',
          'lookup-events',
          '--lookup-attributes',
          'AttributeKey=EventSource,AttributeValue=ec2.amazonaws.com',
        ],
        ...['--max-results', '50', '--query', 'Events[].[EventName,Username]', '--output', 'text'],
      ),
    ],
    changes:
      'Nothing: it lists the latest 50 calls that change something, and who made them. A higher rate is asked for through AWS Support.',
    effect: 'immediate',
  };
}
