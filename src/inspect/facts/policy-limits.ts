import type { Service } from '../snapshot/control.ts';
import type { Pod } from '../snapshot/pods.ts';
import type { NetworkPolicy, PolicyRule } from '../snapshot/policies.ts';
import { defineFact, section } from './define-fact.ts';
import { podIdentifier, policySelection, type SelectedPod } from './policy-selection.ts';
import { groupBy } from './support/group-by.ts';
import { matches } from './support/label-selector.ts';
import {
  allowsService,
  coversPort,
  holds,
  holdsAddress,
  isEmpty,
  namespaceOfPeer,
  type PlacedRule,
  portPairs,
  rangesOf,
  rulesOf,
} from './support/policy-rules.ts';

/**
 * Why a policy does not filter as it is written. `unenforced`: pods no agent sees; `shared-name`: pods of one name stem on a node
 * that are selected differently; `service`: a ClusterIP the policy does not get; `ports`: more ports on an entry than fit;
 * `family`: a rule of the other IP family alone; `except`: an excepted range that another rule allows; `node-local-dns`.
 */
export type PolicyLimitKind =
  | 'unenforced'
  | 'shared-name'
  | 'service'
  | 'ports'
  | 'family'
  | 'except'
  | 'except-dns'
  | 'node-local-dns';

export interface PolicyLimit {
  readonly kind: PolicyLimitKind;
  readonly policy: NetworkPolicy;
  /** Pods, a Service, a range: what it is about. */
  readonly subjects: readonly string[];
  readonly pods: readonly string[];
  /** The policy has no other effect. */
  readonly whole: boolean;
  /** A rule that would mend it. */
  readonly add?: { readonly direction: 'ingress' | 'egress'; readonly rule: PolicyRule };
}

/** Entries of the agent's map hold so many ports (aws-network-policy-agent pkg/ebpf/c/tc.v4ingress.bpf.c). */
const MOST_PORTS = 24;
const NODE_LOCAL_DNS = '169.254.20.10';
const DNS = 53;

export const policyLimits = defineFact({
  id: 'policyLimits',
  needs: { selection: policySelection, policies: section('networkPolicies') },
  helps: { services: section('services'), workloads: section('workloads'), cluster: section('cluster') },
  derive: ({ selection, policies, services, workloads, cluster }): readonly PolicyLimit[] => {
    const pods = new Map<NetworkPolicy, SelectedPod[]>();
    for (const s of selection.selected)
      for (const p of s.policies) {
        const members = pods.get(p);
        if (members) members.push(s);
        else pods.set(p, [s]);
      }
    if (pods.size === 0) return [];
    const all = selection.all();
    const effective = policies.filter((p) => pods.get(p)?.some((s) => s.enforceable));
    const beside = (policy: NetworkPolicy) => policiesBeside(policy, pods);
    const dns = services?.find((s) => s.namespace === 'kube-system' && s.selector['k8s-app'] === 'kube-dns');
    const nodeLocal = workloads?.daemonSets.some((d) => d.name === 'node-local-dns') ?? false;
    return [
      ...unenforced(pods),
      ...sharedNames(all),
      ...effective.flatMap((p) => excepted(p, beside(p), dns)),
      ...effective.flatMap((p) => tooManyPorts(p)),
      ...effective.flatMap((p) => (cluster ? otherFamily(p, cluster.ipFamily === 'ipv6') : [])),
      ...effective.flatMap((p) => unreachable(p, beside(p), services ?? [], all)),
      ...(nodeLocal ? effective.flatMap((p) => withoutNodeLocal(p, beside(p))) : []),
    ];
  },
});

function nameOf(pod: Pod): string {
  return `${pod.namespace}/${pod.name}`;
}

/** Policies that bind a pod of this one too, itself among them. */
function policiesBeside(policy: NetworkPolicy, pods: ReadonlyMap<NetworkPolicy, readonly SelectedPod[]>) {
  return [...new Set((pods.get(policy) ?? []).flatMap((s) => s.policies))];
}

function unenforced(pods: ReadonlyMap<NetworkPolicy, readonly SelectedPod[]>): PolicyLimit[] {
  return [...pods].flatMap(([policy, members]) => {
    const out = members.filter((m) => !m.enforceable || m.pod.furtherInterfaces === true);
    if (out.length === 0) return [];
    const subjects = [...new Set(out.map((m) => (m.enforceable ? 'further interfaces' : m.pod.class)))].sort();
    const whole = members.every((m) => !m.enforceable);
    return [{ kind: 'unenforced' as const, policy, subjects, pods: out.map((m) => nameOf(m.pod)), whole }];
  });
}

function sharedNames(selection: readonly SelectedPod[]): PolicyLimit[] {
  // a pod shares its name within its namespace only
  const concerned = new Set(selection.filter((s) => s.policies.length > 0).map((s) => s.pod.namespace));
  const places = groupBy(
    concerned.size === 0 ? [] : selection.filter((s) => s.enforceable && concerned.has(s.pod.namespace)),
    (s) => `${s.pod.node} ${podIdentifier(s.pod)}`,
  );
  return [...places.values()].flatMap((members) => {
    const all = [...new Set(members.flatMap((m) => m.policies))];
    return all.flatMap((policy) => {
      const bystanders = members.filter((m) => !m.policies.includes(policy));
      if (bystanders.length === 0) return [];
      const names = bystanders.map((m) => nameOf(m.pod));
      return [{ kind: 'shared-name' as const, policy, subjects: names, pods: names, whole: false }];
    });
  });
}

/** The except of one rule is an entry of its own, longer than the range another rule allows: it is the one that is read. */
function excepted(policy: NetworkPolicy, others: readonly NetworkPolicy[], dns: Service | undefined): PolicyLimit[] {
  return (['ingress', 'egress'] as const).flatMap((direction) => {
    const all = others.flatMap((p) => rulesOf(p, direction));
    const excepts = all.flatMap((r) => rangesOf(r.rule).flatMap((range) => range.except.map((x) => ({ of: r, x }))));
    const allowed = new Set(all.flatMap((r) => rangesOf(r.rule).map((range) => range.cidr)));
    return rulesOf(policy, direction).flatMap((r): PolicyLimit[] => {
      const hit = excepts.filter(
        ({ of, x }) =>
          of.rule !== r.rule &&
          !allowed.has(x) &&
          rangesOf(r.rule).some(
            (range) => range.cidr !== x && holds(range.cidr, x) && !range.except.some((e) => holds(e, x)),
          ),
      );
      const ranges = [...new Set(hit.map((h) => h.x))];
      if (ranges.length === 0) return [];
      const forDns =
        direction === 'egress' &&
        coversPort(r.rule, DNS) &&
        dns?.clusterIps.some((ip) => ranges.some((x) => holdsAddress(x, ip))) &&
        !all.some((other) => other.rule !== r.rule && coversPort(other.rule, DNS) && namesService(other, dns));
      const peers = ranges.map((cidr) => ({ cidr, except: [] }));
      const rule = { peers, ports: r.rule.ports };
      return [
        {
          kind: forDns ? 'except-dns' : 'except',
          policy,
          subjects: ranges,
          pods: [],
          whole: false,
          add: { direction, rule },
        },
      ];
    });
  });
}

/** Allowed by the Service's own entry, which is longer than any range. */
function namesService(rule: PlacedRule, service: Service): boolean {
  const byPods = { ...rule.rule, peers: rule.rule.peers.filter((p) => p.cidr === undefined) };
  return byPods.peers.length > 0 && allowsService({ ...rule, rule: byPods }, service);
}

function tooManyPorts(policy: NetworkPolicy): PolicyLimit[] {
  return (['ingress', 'egress'] as const).flatMap((direction) => {
    const rules = rulesOf(policy, direction);
    const subjects = rules.flatMap(({ rule }) =>
      rangesOf(rule).flatMap(({ cidr }) => {
        const inherited = rules.filter((o) =>
          rangesOf(o.rule).some((range) => holds(range.cidr, cidr) && !range.except.some((x) => holds(x, cidr))),
        );
        const pairs = new Set(inherited.flatMap((o) => portPairs(o.rule)));
        return pairs.size > MOST_PORTS ? [`${cidr} with ${pairs.size} ports`] : [];
      }),
    );
    const byPods = rules
      .filter(({ rule }) => rule.peers.some((p) => p.cidr === undefined) && new Set(portPairs(rule)).size > MOST_PORTS)
      .map(({ rule }) => `pods with ${new Set(portPairs(rule)).size} ports`);
    const all = [...new Set([...subjects, ...byPods])];
    return all.length === 0 ? [] : [{ kind: 'ports' as const, policy, subjects: all, pods: [], whole: false }];
  });
}

function otherFamily(policy: NetworkPolicy, ipv6: boolean): PolicyLimit[] {
  const foreign = (cidr: string) => cidr.includes(':') !== ipv6;
  const subjects = (['ingress', 'egress'] as const).flatMap((direction) =>
    rulesOf(policy, direction).flatMap(({ rule }) =>
      rule.peers.length > 0 && rule.peers.every((p) => p.cidr !== undefined && foreign(p.cidr))
        ? rule.peers.flatMap((p) => p.cidr ?? [])
        : [],
    ),
  );
  return subjects.length === 0 ? [] : [{ kind: 'family', policy, subjects, pods: [], whole: false }];
}

/** Services whose pods the policy means and whose ClusterIP no rule lets through. */
function unreachable(
  policy: NetworkPolicy,
  others: readonly NetworkPolicy[],
  services: readonly Service[],
  selection: readonly SelectedPod[],
): PolicyLimit[] {
  const all = others.flatMap((p) => rulesOf(p, 'egress'));
  return rulesOf(policy, 'egress').flatMap(({ rule }) =>
    rule.peers.flatMap((peer): PolicyLimit[] => {
      const { podSelector } = peer;
      if (!podSelector || isEmpty(podSelector)) return [];
      const where = namespaceOfPeer(policy, peer);
      if (typeof where === 'string') return [];
      return services
        .filter((s) => s.namespace === where.name && isDialled(s) && !all.some((r) => allowsService(r, s)))
        .flatMap((s): PolicyLimit[] => {
          const behind = selection.filter((x) => x.pod.namespace === s.namespace && selects(s.selector, x.pod.labels));
          if (behind.length === 0 || !behind.every((x) => matches(podSelector, x.pod.labels))) return [];
          const add = {
            peers: s.clusterIps.map((ip) => ({ cidr: `${ip}/${ip.includes(':') ? 128 : 32}` })),
            ports: [],
          };
          return [
            {
              kind: 'service',
              policy,
              subjects: [`${s.namespace}/${s.name}`],
              pods: [],
              whole: false,
              add: { direction: 'egress', rule: add },
            },
          ];
        });
    }),
  );
}

function isDialled(service: Service): boolean {
  return service.clusterIps.length > 0 && Object.keys(service.selector).length > 0;
}

function selects(selector: Readonly<Record<string, string>>, labels: Readonly<Record<string, string>>): boolean {
  return Object.entries(selector).every(([k, value]) => labels[k] === value);
}

function withoutNodeLocal(policy: NetworkPolicy, others: readonly NetworkPolicy[]): PolicyLimit[] {
  if (policy.directions?.egress === undefined) return [];
  const reaches = others
    .flatMap((p) => rulesOf(p, 'egress'))
    .some(
      ({ rule }) =>
        coversPort(rule, DNS) &&
        rangesOf(rule).some(
          ({ cidr, except }) =>
            holdsAddress(cidr, NODE_LOCAL_DNS) && !except.some((x) => holdsAddress(x, NODE_LOCAL_DNS)),
        ),
    );
  if (reaches) return [];
  const ports = ['UDP', 'TCP'].map((protocol) => ({ protocol, port: String(DNS) }));
  const rule = { peers: [{ cidr: `${NODE_LOCAL_DNS}/32` }], ports };
  const add = { direction: 'egress' as const, rule };
  return [{ kind: 'node-local-dns', policy, subjects: [NODE_LOCAL_DNS], pods: [], whole: false, add }];
}
