/** What the registry of collectors asks for: IAM actions, Kubernetes rules, and what each is good for. */
import { TARGET_CALLS } from './aws/identify.ts';
import type { AwsCall, Collector, KubernetesCall, Tier } from './define-collector.ts';
import { COLLECTORS } from './index.ts';

/** One call that may be made. */
export interface RequiredCall {
  /** `ec2:DescribeSubnets`, or `get, list pods`, `get configmaps/amazon-vpc-cni in kube-system`. */
  readonly call: string;
  readonly side: 'aws' | 'kubernetes';
  readonly tier: Tier;
  /** Sections of the snapshot that need it. */
  readonly sections: readonly string[];
  /** What is lost without it. */
  readonly without: readonly string[];
}

/** A rule of a ClusterRole, or of a Role where it has a namespace. */
export interface RequiredRule {
  readonly namespace?: string;
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames?: readonly string[];
  readonly verbs: readonly string[];
}

export interface Required {
  readonly actions: Readonly<Record<Tier, readonly string[]>>;
  readonly rules: readonly RequiredRule[];
  readonly calls: readonly RequiredCall[];
}

const TO_FIND: Pick<Collector, 'section' | 'purpose'> = {
  section: 'cluster',
  purpose: 'the cluster must be named, and cannot be found by its kube context',
};

/** Everything, in a stable order. */
export function requiredPermissions(collectors: readonly Collector[] = COLLECTORS): Required {
  const aws = [
    ...TARGET_CALLS.filter((c) => c.iam.includes(':List')).map((call) => ({ call, by: TO_FIND })),
    ...collectors.flatMap((c) => (c.side === 'aws' ? c.calls.map((call) => ({ call, by: c })) : [])),
  ];
  const kubernetes = collectors.flatMap((c) =>
    c.side === 'kubernetes' ? c.calls.map((call) => ({ call, by: c })) : [],
  );
  const core = new Set(aws.filter((a) => a.call.tier === 'core').map((a) => a.call.iam));
  return {
    actions: {
      core: sorted(core),
      optional: sorted(new Set(aws.map((a) => a.call.iam).filter((iam) => !core.has(iam as AwsCall['iam'])))),
    },
    rules: mergedRules(kubernetes.map((k) => k.call.rbac)),
    calls: [
      ...mergedCalls(
        'aws',
        aws.map(({ call, by }) => ({ name: call.iam, tier: call.tier, by })),
      ),
      ...mergedCalls(
        'kubernetes',
        kubernetes.map(({ call, by }) => ({ name: ruleText(call.rbac), tier: call.tier, by })),
      ),
    ],
  };
}

function mergedCalls(
  side: RequiredCall['side'],
  uses: readonly { readonly name: string; readonly tier: Tier; readonly by: Pick<Collector, 'section' | 'purpose'> }[],
): RequiredCall[] {
  return sorted(new Set(uses.map((u) => u.name))).map((call) => {
    const of = uses.filter((u) => u.name === call);
    return {
      call,
      side,
      tier: of.some((u) => u.tier === 'core') ? 'core' : 'optional',
      sections: [...new Set(of.map((u) => u.by.section))],
      without: [...new Set(of.map((u) => u.by.purpose))],
    };
  });
}

type Rule = KubernetesCall['rbac'];

function ruleText(r: Rule): string {
  const resource = r.group === '' ? r.resource : `${r.resource}.${r.group}`;
  const names = r.names ? `/${r.names.join(',')}` : '';
  return `${[...r.verbs].sort().join(', ')} ${resource}${names}${r.namespace ? ` in ${r.namespace}` : ''}`;
}

/** Verbs of one resource are joined; resources of one group with the same verbs share a rule. */
function mergedRules(rules: readonly Rule[]): RequiredRule[] {
  const verbs = new Map<string, { rule: Rule; verbs: Set<string> }>();
  for (const rule of rules) {
    const key = JSON.stringify([rule.namespace ?? '', rule.group, rule.resource, rule.names ?? []]);
    const known = verbs.get(key) ?? { rule, verbs: new Set<string>() };
    for (const v of rule.verbs) known.verbs.add(v);
    verbs.set(key, known);
  }
  const shared = new Map<string, { rule: Rule; verbs: string[]; resources: Set<string> }>();
  for (const { rule, verbs: v } of verbs.values()) {
    const key = JSON.stringify([rule.namespace ?? '', rule.group, rule.names ?? [], sorted(v)]);
    const known = shared.get(key) ?? { rule, verbs: sorted(v), resources: new Set<string>() };
    known.resources.add(rule.resource);
    shared.set(key, known);
  }
  return [...shared.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { rule, verbs: v, resources }]) => ({
      ...(rule.namespace ? { namespace: rule.namespace } : {}),
      apiGroups: [rule.group],
      resources: sorted(resources),
      ...(rule.names ? { resourceNames: [...rule.names] } : {}),
      verbs: v,
    }));
}

function sorted(set: ReadonlySet<string>): string[] {
  return [...set].sort();
}
