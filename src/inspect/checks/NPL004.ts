import * as v from 'valibot';
import { things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { policyAgent } from '../facts/policy-agent.ts';
import { groupBy } from '../facts/support/group-by.ts';
import type { Cni } from '../snapshot/kubernetes.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { setSettings } from './fixes/settings.ts';

const evidence = v.object({
  reason: v.picklist(['mode', 'mode-missing', 'agent-missing']),
  mode: v.string(),
  agentFlag: v.string(),
  /** aws-node pods that are not ready, and pods whose set-up of network policy failed. */
  notReady: v.number(),
  /** Null where events were not read. */
  failedPods: v.nullable(v.number()),
  /** How the agent's container last ended, and on how many nodes: `Error` with 1; `OOMKilled` is memory. Null where it did not, or nobody told. */
  agentEnded: v.nullable(v.object({ reason: v.string(), exitCode: v.nullable(v.number()), pods: v.number() })),
});
type Evidence = v.InferOutput<typeof evidence>;

const AGENT = 'aws-eks-nodeagent';
const MODE = 'NETWORK_POLICY_ENFORCING_MODE';
const MODES = new Set(['none', 'standard', 'strict']);

export const NPL004 = defineCheck({
  code: 'NPL004',
  title: 'Enforcing mode and policy agent do not fit together',
  severity: 'error',
  grain: 'cluster',
  needs: { agent: policyAgent, cni: section('cni') },
  helps: { events: section('events'), fix: fixContext },
  partialOk: true,
  explains: ['HLT001', 'HLT002', 'HLT003', 'ADD002'],
  evidence,
  evaluate: ({ agent, cni, events, fix }, { gapsOf }) => {
    if (agent.unread) return [];
    const mode = agent.mode ?? '';
    const reason = reasonOf(mode, agent);
    if (!reason) return [];
    const down = cni.pods.filter((p) => !p.ready);
    const failed = (events ?? []).filter((e) => e.kind === 'network-policy-setup-failed' && e.object.kind === 'Pod');
    return [
      {
        key: 'aws-node',
        subReason: reason,
        // An agent that was taken away harms only where pods are refused for it: releases differ in whether they ask.
        severity: reason === 'agent-missing' && failed.length === 0 ? 'info' : 'error',
        confidence: down.length > 0 || failed.length > 0 ? 'observed' : 'derived',
        resources: [{ kind: 'daemonset', id: 'kube-system/aws-node' }],
        scope: {
          nodes: down.flatMap((p) => p.node ?? []),
          pods: failed.map((e) => `${e.object.namespace ?? ''}/${e.object.name}`),
        },
        evidence: {
          reason,
          mode,
          agentFlag: agent.flag ?? '',
          notReady: down.length,
          failedPods: failed.length === 0 && gapsOf('events').length > 0 ? null : failed.length,
          agentEnded: endOfAgent(cni),
        },
        fixes:
          reason === 'agent-missing'
            ? setSettings(fix, `Take ${MODE} away, as the agent is`, { set: {}, unset: [MODE] })
            : setSettings(fix, `Set ${MODE}=standard`, { set: { [MODE]: 'standard' } }),
      } satisfies Draft<Evidence>,
    ];
  },
  summary: (e) => {
    const harm = e.notReady > 0 ? `; ${things(e.notReady, 'aws-node pod')} not ready` : '';
    if (e.reason === 'mode')
      return `${MODE}="${e.mode}" is none of none, standard and strict: aws-node does not start${harm}`;
    if (e.reason === 'mode-missing')
      return `the policy agent is on and ${MODE} is not set: the agent exits with "Invalid Network Policy Mode"${harm}${endText(e)}`;
    return `${MODE}=${e.mode} and no policy agent in the DaemonSet${e.failedPods !== null && e.failedPods > 0 ? `: ${things(e.failedPods, 'pod')} failed with "failed to setup network policy"` : ''}`;
  },
  explanation: {
    why: 'Either the agent or ipamd exits, and with it pod creation on every node; or the plugin waits for an agent that is not there and pods are refused.',
    how: 'mode: the value is none of none, standard and strict, whatever their case. mode-missing: the agent runs with --enable-network-policy=true and the variable is absent. agent-missing: standard or strict without the container aws-eks-nodeagent; information, and an error where pods failed to set up network policy.',
    fix: 'Set the mode to standard, or take the variable away where the agent was removed.',
    verify: 'kubectl -n kube-system rollout status ds/aws-node',
    references: [
      'amazon-vpc-cni-k8s pkg/ipamd/ipamd.go getNetworkPolicyMode',
      'aws-network-policy-agent main.go',
      'amazon-vpc-cni-k8s README.md',
    ],
  },
});

/** The end most of its containers came to. */
function endOfAgent({ pods }: Cni): Evidence['agentEnded'] {
  const ends = pods.flatMap((p) =>
    (p.containers ?? []).flatMap((c) =>
      c.name === AGENT && c.endedReason !== undefined && c.exitCode !== 0
        ? [{ reason: c.endedReason, exitCode: c.exitCode ?? null }]
        : [],
    ),
  );
  const alike = [...groupBy(ends, (end) => `${end.reason} ${end.exitCode}`).values()];
  const [most] = alike.sort((a, b) => b.length - a.length);
  return most ? { ...most[0]!, pods: most.length } : null;
}

function endText({ agentEnded: end }: Evidence): string {
  if (!end) return '';
  const how = end.exitCode === null ? end.reason : `${end.reason}, exit code ${end.exitCode}`;
  return `; its last end on ${things(end.pods, 'node')}: ${how}${end.reason === 'OOMKilled' ? ', which is memory' : ''}`;
}

function reasonOf(
  mode: string,
  agent: { readonly present: boolean; readonly enabled: boolean },
): Evidence['reason'] | undefined {
  const known = mode.toLowerCase();
  if (known !== '' && !MODES.has(known)) return 'mode';
  if (known === '' && agent.enabled) return 'mode-missing';
  return (known === 'standard' || known === 'strict') && !agent.present ? 'agent-missing' : undefined;
}
