import * as v from 'valibot';
import { parseGoBool } from '../../calc/ipamd/index.ts';
import { atLeastRelease, parseCniVersion } from '../../calc/maxpods/index.ts';
import { mergeIntoAddon } from '../cni-settings.ts';
import type { Fix } from '../contract/finding.ts';
import { some, things } from '../contract/words.ts';
import { type CniIdentity, cniIdentity, nodesWithoutRole } from '../facts/cni-identity.ts';
import { section } from '../facts/define-fact.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import { networking } from '../facts/networking.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { type PolicyAgent, policyAgent } from '../facts/policy-agent.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { verdictOn } from '../facts/support/iam-policy.ts';
import type { Cni } from '../snapshot/kubernetes.ts';
import { isLiveAt, numberOfClass } from '../snapshot/pod-columns.ts';
import { podsWhere } from '../snapshot/pods.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { allowLogs } from './fixes/iam-roles.ts';
import { kubectl } from './support/commands.ts';
import { nodeResources, podResources } from './support/resources.ts';

const HOST_NETWORK = numberOfClass('host-network');

const evidence = v.object({
  reason: v.picklist(['port', 'logs']),
  port: v.nullable(v.number()),
  /** Whose port it is: a container of aws-node. */
  container: v.string(),
  /** Pods that declare the port on the host network. */
  pods: v.array(v.string()),
  nodes: v.array(v.string()),
  /** Nodes on which that container does not run well. */
  unwell: v.number(),
  role: v.nullable(v.string()),
  actions: v.array(v.string()),
});
type Evidence = v.InferOutput<typeof evidence>;

const AGENT = 'aws-eks-nodeagent';
const IPAMD = 'aws-node';
/** The first agent listened on 8080 and 8081. */
const MOVED_PORTS = parseCniVersion('1.14.1')!;
/** From here on ipamd and the agent speak over unix sockets. */
const SOCKETS = parseCniVersion('1.23.0')!;
const LOGS = ['CreateLogGroup', 'CreateLogStream', 'DescribeLogGroups', 'PutLogEvents'].map((a) => `logs:${a}`);

export const NPL010 = defineCheck({
  code: 'NPL010',
  title: 'Agent cannot bind its ports or write its logs',
  severity: 'warning',
  worst: 'error',
  grain: 'cluster',
  needs: { agent: policyAgent, cni: section('cni'), networking, pods: section('pods'), nodes: nodesServedByCni },
  helps: { identity: cniIdentity, cluster: section('cluster'), fix: fixContext },
  partialOk: true,
  explains: ['HLT002', 'HLT003', 'ADD002'],
  evidence,
  evaluate: ({ agent, cni, networking: net, pods, nodes, identity, cluster, fix }): Draft<Evidence>[] => {
    const ports = portsOf(agent, net.cniVersion ?? '', net.env);
    const served = new Set(nodes.served.map((n) => n.name));
    const clashes = podsWhere(pods, (row) => pods.class[row] === HOST_NETWORK && isLiveAt(pods, row))
      .filter((pod) => pod.owner !== 'DaemonSet/aws-node')
      .flatMap((pod) => {
        const { node } = pod;
        if (node === undefined || !served.has(node)) return [];
        return (pod.hostPorts ?? []).flatMap((port) => {
          const container = ports.get(port);
          return container
            ? [{ pod: `${pod.namespace}/${pod.name}`, node, port, container, owner: pod.owner ?? pod.name }]
            : [];
        });
      });
    const found = [...groupBy(clashes, (c) => `${c.port} ${c.owner}`).values()].map((members): Draft<Evidence> => {
      const { port, container, owner } = members[0]!;
      const names = [...new Set(members.map((m) => m.node))].sort();
      const unwell = names.filter((n) => isUnwell(cni, container, n));
      return {
        key: `${port}/${owner}`,
        subReason: 'port',
        severity: unwell.length > 0 ? 'error' : 'warning',
        confidence: unwell.length > 0 ? 'observed' : 'derived',
        resources: [...podResources(members.map((m) => m.pod)), ...nodeResources(names)],
        scope: { nodes: unwell.length > 0 ? unwell : names },
        explains: unwell.length > 0 ? ['HLT002', 'HLT003', 'ADD002'] : [],
        evidence: {
          reason: 'port',
          port,
          container,
          pods: members.map((m) => m.pod),
          nodes: names,
          unwell: unwell.length,
          role: null,
          actions: [],
        },
        fixes: [free(fix, agent, port, container)],
      };
    });
    return [...found, ...withoutLogs(agent, cni, identity, cluster?.region)];
  },
  unjudged: ({ agent, identity }, { gapsOf }) => {
    if (!writesLogs(agent)) return undefined;
    return identity ? nodesWithoutRole(identity) : { count: 1, of: 1, what: 'role', gaps: gapsOf('identity') };
  },
  summary: (e) =>
    e.reason === 'port'
      ? `port ${e.port} of ${things(e.nodes.length, 'node')}, which ${e.container} listens on, is declared by ${some(e.pods)} on the host network${
          e.unwell > 0 ? `; ${e.container} does not run well on ${e.unwell}` : ': whichever starts second fails'
        }`
      : `the policy agent is to write to CloudWatch, and role ${(e.role ?? '').split('/').at(-1)} does not allow ${some(e.actions)}${
          e.unwell > 0 ? `; ${AGENT} does not run well on ${things(e.unwell, 'node')}` : ''
        }`,
  explanation: {
    why: 'The agent stands in the pod of aws-node: while its container ends, the whole pod is not ready, and with it the add-on and every rollout. It runs whether or not network policy is on.',
    how: 'port: another pod on the host network of a node declares a port of aws-node: 8162 and 8163 of the agent or what its arguments say (8080 and 8081 in v1.14.0), 61678 and 61679, 50051 and 50052 before v1.23.0. An error where the container does not run well there, a warning otherwise. logs: the agent is started with --enable-cloudwatch-logs=true and its role lacks actions of logs. What a kernel takes as an ephemeral port cannot be seen.',
    fix: 'Move one of the two to another port; let the role write logs before switching them on.',
    verify: 'kubectl -n kube-system rollout status ds/aws-node',
    references: [
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2539',
      'https://github.com/aws/aws-network-policy-agent/issues/435',
      'https://github.com/aws/aws-network-policy-agent/issues/244',
      'https://github.com/awslabs/amazon-eks-ami/issues/2650',
    ],
  },
});

/** Ports of the node by the container that listens on them. */
function portsOf(
  agent: PolicyAgent,
  release: string,
  env: Readonly<Record<string, string>>,
): ReadonlyMap<number, string> {
  const first = atLeastRelease(release, MOVED_PORTS) === false;
  const sockets = atLeastRelease(release, SOCKETS) !== false;
  const of = (flag: string, otherwise: number) => Number(/:(\d+)$/.exec(agent.flags[flag] ?? '')?.[1] ?? otherwise);
  const metrics = parseGoBool(env.DISABLE_METRICS ?? '') !== true;
  return new Map([
    ...(agent.present
      ? ([
          [of('metrics-bind-addr', first ? 8080 : 8162), AGENT],
          [of('health-probe-bind-addr', first ? 8081 : 8163), AGENT],
        ] as const)
      : []),
    ...(agent.present && !sockets ? ([[50052, AGENT]] as const) : []),
    ...(sockets ? [] : ([[50051, IPAMD]] as const)),
    ...(metrics ? ([[61678, IPAMD]] as const) : []),
    [61679, IPAMD] as const,
  ]);
}

function isUnwell(cni: Cni, container: string, node: string | undefined): boolean {
  return cni.pods.some(
    (p) => (node === undefined || p.node === node) && p.containers?.some((c) => c.name === container && !c.ready),
  );
}

function writesLogs(agent: PolicyAgent): boolean {
  return agent.present && agent.flags['enable-cloudwatch-logs']?.toLowerCase() === 'true';
}

function withoutLogs(
  agent: PolicyAgent,
  cni: Cni,
  identity: CniIdentity | undefined,
  region: string | undefined,
): Draft<Evidence>[] {
  if (!writesLogs(agent) || !identity) return [];
  return identity.roles.flatMap(({ role, nodes }): Draft<Evidence>[] => {
    const actions = LOGS.filter((a) => !['allowed', 'conditional'].includes(verdictOn(role, a, 'any', region)));
    if (actions.length === 0) return [];
    const unwell = nodes.filter((n) => isUnwell(cni, AGENT, n));
    return [
      {
        key: role.name,
        subReason: 'logs',
        severity: unwell.length > 0 ? 'error' : 'warning',
        confidence: 'derived',
        resources: [{ kind: 'role', id: role.arn }],
        scope: { nodes: unwell },
        explains: unwell.length > 0 ? ['HLT002', 'HLT003', 'ADD002'] : [],
        evidence: {
          reason: 'logs',
          port: null,
          container: AGENT,
          pods: [],
          nodes: [...nodes],
          unwell: unwell.length,
          role: role.arn,
          actions,
        },
        fixes: [
          {
            title: 'Let the role write the logs of the agent',
            commands: allowLogs(role.arn, LOGS),
            changes: 'Puts an inline policy for the log groups of the agent; it writes at its next start.',
            effect: 'minutes',
          },
        ],
      },
    ];
  });
}

function free(fix: FixContext, agent: PolicyAgent, port: number, container: string): Fix {
  const metrics = Number(/:(\d+)$/.exec(agent.flags['metrics-bind-addr'] ?? '')?.[1] ?? 8162);
  if (container === AGENT && port === metrics && fix.addon) {
    const before = fix.addon.configuration?.nodeAgent;
    const present = typeof before === 'object' && before !== null ? before : {};
    const { commands, changes } = mergeIntoAddon(fix.cluster, fix.addon, {
      nodeAgent: { ...present, metricsBindAddr: '18162' },
    });
    return {
      title: 'Give the metrics of the agent port 18162',
      commands: [...commands],
      changes,
      effect: 'minutes',
      risk: 'What collects its metrics must ask the new port.',
    };
  }
  return {
    title: `Move the other pod off port ${port}`,
    commands: [kubectl('get', 'pods', '-A', '-o', 'wide')],
    changes: `Nothing: shows the pods with their nodes. Change the port where that pod is defined, or take it off the host network; ${container} starts again by itself.`,
    effect: 'minutes',
  };
}
