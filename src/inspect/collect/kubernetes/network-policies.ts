import type { NetworkPolicy, PolicyRule } from '../../snapshot/policies.ts';
import { defineKubernetesCollector } from '../define-collector.ts';
import type { KubernetesObject } from './access.ts';
import { listAll } from './list-all.ts';
import { optionalParts } from './optional-parts.ts';
import { createdAt, integer, list, nameOf, namespaceOf, selectorOf, text, texts } from './wire-fields.ts';

const AWS_GROUP = 'networking.k8s.aws';
const KINDS = [
  ['ApplicationNetworkPolicy', 'applicationnetworkpolicies'],
  ['ClusterNetworkPolicy', 'clusternetworkpolicies'],
] as const;

export const networkPolicies = defineKubernetesCollector<'networkPolicies'>({
  section: 'networkPolicies',
  purpose: 'whether network policies exist is unknown',
  calls: [
    { rbac: { group: 'networking.k8s.io', resource: 'networkpolicies', verbs: ['get', 'list'] }, tier: 'core' },
    ...KINDS.map(([, resource]) => ({
      rbac: { group: AWS_GROUP, resource, verbs: ['get', 'list'] as const },
      tier: 'optional' as const,
    })),
  ],
  async collect(kubernetes) {
    const parts = optionalParts();
    const of = KINDS.map(([kind, resource]) =>
      parts.read(
        listAll(kubernetes, { group: AWS_GROUP, version: 'v1alpha1', resource }, (p) => ({ kind, ...reduce(p) })),
        undefined,
      ),
    );
    const own = await listAll(kubernetes, NETWORK_POLICIES, reduce);
    const others = await Promise.all(of);
    return { data: [...(own ?? []), ...others.flatMap((o) => o ?? [])], missing: parts.missing };
  },
});

/** Where no types are given: ingress always, egress where it has rules (networking/v1 NetworkPolicySpec, policyTypes). */
function directionsOf(spec: KubernetesObject['spec']): NonNullable<NetworkPolicy['directions']> {
  const rules = (given: unknown) => (Array.isArray(given) ? given.length : 0);
  const types: unknown = spec?.policyTypes;
  const restricts = (type: string, byDefault: boolean) =>
    Array.isArray(types) && types.length > 0 ? types.includes(type) : byDefault;
  return {
    ...(restricts('Ingress', true) ? { ingress: rules(spec?.ingress) } : {}),
    ...(restricts('Egress', rules(spec?.egress) > 0) ? { egress: rules(spec?.egress) } : {}),
  };
}

const NETWORK_POLICIES = { group: 'networking.k8s.io', version: 'v1', resource: 'networkpolicies' };

function reduce(p: KubernetesObject): NetworkPolicy {
  const { spec = {} } = p;
  return {
    namespace: namespaceOf(p),
    name: nameOf(p),
    podSelector: selectorOf(spec.podSelector),
    directions: directionsOf(spec),
    ingress: list(spec.ingress).map((r) => ruleOf(r, r.from)),
    egress: list(spec.egress).map((r) => ruleOf(r, r.to)),
    createdAt: createdAt(p),
  };
}

function ruleOf(rule: KubernetesObject, peers: unknown): PolicyRule {
  return {
    peers: list(peers).map((p) => ({
      ...(text(p.ipBlock?.cidr) ? { cidr: p.ipBlock.cidr, except: texts(p.ipBlock.except) } : {}),
      ...(p.podSelector ? { podSelector: selectorOf(p.podSelector) } : {}),
      ...(p.namespaceSelector ? { namespaceSelector: selectorOf(p.namespaceSelector) } : {}),
    })),
    ports: list(rule.ports).map((p) => {
      const endPort = integer(p.endPort);
      return {
        protocol: text(p.protocol) ?? 'TCP',
        ...(p.port === undefined ? {} : { port: String(p.port) }),
        ...(endPort === undefined ? {} : { endPort }),
      };
    }),
  };
}
