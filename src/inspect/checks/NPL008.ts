import * as v from 'valibot';
import type { Fix } from '../contract/finding.ts';
import { some, things, verb } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { policyAgent } from '../facts/policy-agent.ts';
import { type PolicyLimit, type PolicyLimitKind, policyLimits } from '../facts/policy-limits.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { named } from '../shell.ts';
import type { PolicyRule } from '../snapshot/policies.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { kubectl } from './support/commands.ts';
import { podResources } from './support/resources.ts';

const KINDS = [
  'unenforced',
  'shared-name',
  'service',
  'ports',
  'family',
  'except',
  'except-dns',
  'node-local-dns',
] as const satisfies readonly PolicyLimitKind[];

const evidence = v.object({
  reason: v.picklist(KINDS),
  /** `namespace/name`. */
  policies: v.array(v.string()),
  /** Pods, Services or ranges it is about. */
  subjects: v.array(v.string()),
});
type Evidence = v.InferOutput<typeof evidence>;

export const NPL008 = defineCheck({
  code: 'NPL008',
  title: 'Policy selects something the agent cannot enforce, or mis-evaluates',
  severity: 'warning',
  grain: 'cluster',
  needs: { agent: policyAgent, limits: policyLimits },
  helps: { services: section('services'), workloads: section('workloads'), cluster: section('cluster') },
  partialOk: true,
  evidence,
  notApplicable: ({ agent }) => (agent.enabled ? undefined : 'the policy agent is not switched on'),
  evaluate: ({ limits }): Draft<Evidence>[] =>
    [...groupBy(limits, (l) => `${l.kind} ${l.policy.namespace}`)].map(([, members]): Draft<Evidence> => {
      const [first] = members;
      const kind = first!.kind;
      const policies = [...new Set(members.map(({ policy }) => `${policy.namespace}/${policy.name}`))].sort();
      const pods = [...new Set(members.flatMap((m) => m.pods))].sort();
      return {
        key: first!.policy.namespace,
        subReason: kind,
        severity: severityOf(kind, members),
        confidence: kind === 'node-local-dns' ? 'heuristic' : 'derived',
        resources: [
          ...policies.map((id) => ({ kind: 'networkpolicy' as const, id })),
          ...podResources(kind === 'unenforced' || kind === 'shared-name' ? pods : []),
        ],
        scope: {},
        evidence: { reason: kind, policies, subjects: [...new Set(members.flatMap((m) => m.subjects))].sort() },
        fixes: fixesFor(kind, members),
      };
    }),
  unjudged: (_, { gapsOf }) => {
    const gaps = [...gapsOf('services'), ...gapsOf('workloads'), ...gapsOf('cluster')];
    return gaps.length === 0 ? undefined : { count: 1, of: 1, what: 'cluster', gaps };
  },
  summary: (e) => {
    const who = `${verb(e.policies.length, 'NetworkPolicy', 'NetworkPolicies')} ${some(e.policies)}`;
    const subjects = some(e.subjects);
    switch (e.reason) {
      case 'unenforced':
        return `${who} ${verb(e.policies.length, 'selects', 'select')} pods whose traffic no agent sees: ${subjects}`;
      case 'shared-name':
        return `${who} also ${verb(e.policies.length, 'binds', 'bind')} ${things(e.subjects.length, 'pod')} not selected (${subjects}): rules are shared by pods of one name stem on a node`;
      case 'service':
        return `${who} ${verb(e.policies.length, 'allows', 'allow')} the pods of ${subjects}, and not the ClusterIP: the selector of the Service does not satisfy the policy's, so dialling the Service fails`;
      case 'ports':
        return `${who} ${verb(e.policies.length, 'has', 'have')} more ports on one entry than the agent keeps, 24: ${subjects}; which are dropped is not told`;
      case 'family':
        return `${who} ${verb(e.policies.length, 'has', 'have')} rules of the other IP family alone (${subjects}), which the agent leaves out: they allow nothing`;
      case 'node-local-dns':
        return `${who} ${verb(e.policies.length, 'does', 'do')} not allow 169.254.20.10, where pods find DNS if kubelet points them to node-local-dns`;
      default:
        return `${who} ${verb(e.policies.length, 'allows', 'allow')} ${subjects}, which another rule excepts: the agent lets the except win${e.reason === 'except-dns' ? ', and the cluster DNS lies in it' : ''}`;
    }
  },
  explanation: {
    why: 'The policy is stored and looks right, and traffic is not filtered as it is written: open where it should be closed, or closed where it should be open.',
    how: 'Policies, pods and Services, read as the controller and the agent read them. unenforced: host-network, Fargate and Windows pods, further interfaces; a warning where a policy selects nothing else, else information. shared-name: rules belong to the name of a pod without its last part. service: the ClusterIP of a Service is added only where its own selector satisfies the policy. ports: an entry holds 24 ports, inherited ones included. family: IPv4 clusters leave IPv6 ranges out, and the reverse. except: an excepted range wins over a wider range of another rule; except-dns where the cluster DNS lies in it. node-local-dns, a heuristic and information. The controller runs in the control plane, its version cannot be read: the behaviour of 2026 is assumed.',
    fix: 'By case: allow the range or the ClusterIP by a rule of its own, name workloads apart, split policies with many ports.',
    verify: 'vpccni why POD shows which policies bind it; the connection that failed works.',
    references: [
      'amazon-vpc-cni-k8s docs/network-policy-faq.md',
      'amazon-network-policy-controller-k8s pkg/resolvers/endpoints.go',
      'aws-network-policy-agent pkg/fwrp/fw_rule_processor.go',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/3096',
      'https://github.com/aws/amazon-network-policy-controller-k8s/issues/146',
    ],
  },
});

function severityOf(kind: PolicyLimitKind, members: readonly PolicyLimit[]): 'warning' | 'info' {
  if (kind === 'node-local-dns') return 'info';
  return kind === 'unenforced' && !members.some((m) => m.whole) ? 'info' : 'warning';
}

function fixesFor(kind: PolicyLimitKind, members: readonly PolicyLimit[]): Fix[] {
  const additions = members.filter((m) => m.add !== undefined && m.policy.kind === undefined);
  if (additions.length === 0) return [];
  const what =
    kind === 'service' ? 'the ClusterIP' : kind === 'node-local-dns' ? 'the address of node-local-dns' : 'the range';
  return [
    {
      title: `Allow ${what} by a rule of its own`,
      commands: additions.map(({ policy, add }) => {
        const { direction, rule } = add!;
        const present = (policy[direction] ?? []).length > 0;
        const value = written(rule, direction);
        const patch = [
          { op: 'add', path: `/spec/${direction}${present ? '/-' : ''}`, value: present ? value : [value] },
        ];
        return kubectl(
          ...(['-n', policy.namespace, 'patch', 'networkpolicy', named('object', policy.name)] as const),
          ...(['--type', 'json', '-p', JSON.stringify(patch)] as const),
        );
      }),
      changes: `Adds one rule to ${things(additions.length, 'NetworkPolicy', 'NetworkPolicies')}; nothing that is allowed now is denied by it.`,
      effect: 'immediate',
      ...(kind === 'except' || kind === 'except-dns'
        ? {
            risk: 'The range is then open on the ports of that rule, as the policy says. Who excepted it on purpose wants it closed.',
          }
        : {}),
    },
  ];
}

function written(rule: PolicyRule, direction: 'ingress' | 'egress'): Record<string, unknown> {
  const peers = rule.peers.map((p) => ({ ipBlock: { cidr: p.cidr } }));
  const ports = rule.ports.map((p) => ({
    protocol: p.protocol,
    ...(p.port === undefined ? {} : { port: /^\d+$/.test(p.port) ? Number(p.port) : p.port }),
    ...(p.endPort === undefined ? {} : { endPort: p.endPort }),
  }));
  return { [direction === 'egress' ? 'to' : 'from']: peers, ...(ports.length > 0 ? { ports } : {}) };
}
