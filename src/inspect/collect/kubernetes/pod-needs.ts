/** What a pod asks of its node, as the scheduler counts it. */
import { requestsOf } from '../../snapshot/pod-requests.ts';
import type { PodNeeds, Toleration } from '../../snapshot/pods.ts';
import type { KubernetesObject } from './access.ts';
import { matchesSelector } from './selector.ts';
import { integer, list, requirementsOf, selectorOf, text, textMap, texts } from './wire-fields.ts';

const ZONE_KEYS: ReadonlySet<unknown> = new Set([
  'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/zone',
]);

const NODE_KEYS: ReadonlySet<unknown> = new Set(['kubernetes.io/hostname']);

export function podNeeds(spec: KubernetesObject, labels: Readonly<Record<string, string>>): PodNeeds {
  const zones = zonesOf(spec);
  const zoneSkew = skewOf(spec, labels, ZONE_KEYS);
  const nodeSkew = skewOf(spec, labels, NODE_KEYS);
  const affinity = affinityOf(spec);
  const apart = apartOf(spec, labels);
  return {
    ...requestsOf(spec),
    nodeSelector: textMap(spec.nodeSelector),
    ...(zones ? { zones } : {}),
    ...(zoneSkew === undefined ? {} : { zoneSkew }),
    ...(nodeSkew === undefined ? {} : { nodeSkew }),
    ...(affinity ? { affinity } : {}),
    tolerations: tolerationsOf(spec),
    ...(apart === undefined ? {} : { apart }),
  };
}

/**
 * The required affinity. One that names a single node is the DaemonSet controller's: it differs from pod to pod, and such a pod
 * goes nowhere else.
 */
export function affinityOf(spec: KubernetesObject): ReturnType<typeof requirementsOf>[] | undefined {
  const terms = list(spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms);
  if (terms.length === 0 || terms.some((t) => list(t.matchFields).length > 0)) return undefined;
  // a term that asks nothing selects nothing (core/v1 NodeSelectorTerm)
  return terms.map((t) => requirementsOf(t.matchExpressions)).filter((t) => t.length > 0);
}

/** Admission gives every pod these two (DefaultTolerationSeconds). */
const EVERYBODYS: ReadonlySet<unknown> = new Set(['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']);

export function tolerationsOf(spec: KubernetesObject): Toleration[] {
  return list(spec.tolerations).flatMap((t) => {
    const [key, effect] = [text(t.key), text(t.effect)];
    const exists = t.operator === 'Exists';
    if (exists && effect === 'NoExecute' && EVERYBODYS.has(key)) return [];
    // Without a key only Exists is valid; the value of Equal may be empty.
    if (key === undefined && !exists) return [];
    const value = exists ? undefined : (text(t.value) ?? '');
    return [
      {
        ...(key === undefined ? {} : { key }),
        ...(value === undefined ? {} : { value }),
        ...(effect === undefined ? {} : { effect }),
      },
    ];
  });
}

/** Whether a hard rule keeps its own kind off its node, or out of its zone. */
function apartOf(spec: KubernetesObject, labels: Readonly<Record<string, string>>): PodNeeds['apart'] {
  const own = list(spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution).filter((t) =>
    t.labelSelector ? matchesSelector(selectorOf(t.labelSelector), labels) : false,
  );
  if (own.some((t) => ZONE_KEYS.has(t.topologyKey))) return 'zone';
  return own.some((t) => NODE_KEYS.has(t.topologyKey)) ? 'node' : undefined;
}

/** Zones that every way of the required affinity allows; undefined where one of them names none. */
function zonesOf(spec: KubernetesObject): string[] | undefined {
  const terms = list(spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms);
  if (terms.length === 0) return undefined;
  const named = terms.map((term) =>
    list(term.matchExpressions).find((e) => ZONE_KEYS.has(e.key) && e.operator === 'In'),
  );
  if (named.some((e) => e === undefined)) return undefined;
  return [...new Set(named.flatMap((e) => texts(e?.values)))].sort();
}

/** The narrowest hard spread over zones, or nodes, that counts the pod itself. */
function skewOf(
  spec: KubernetesObject,
  labels: Readonly<Record<string, string>>,
  keys: ReadonlySet<unknown>,
): number | undefined {
  const skews = list(spec.topologySpreadConstraints).flatMap((c) => {
    if (!keys.has(c.topologyKey) || c.whenUnsatisfiable !== 'DoNotSchedule') return [];
    return matchesSelector(selectorOf(c.labelSelector), labels) ? [integer(c.maxSkew) ?? 1] : [];
  });
  return skews.length === 0 ? undefined : Math.min(...skews);
}
