/** What a pod asks of its node, as the scheduler counts it. */
import type { PodNeeds } from '../../snapshot/pods.ts';
import type { KubernetesObject } from './access.ts';
import { matchesSelector } from './selector.ts';
import { cpuMillis, integer, list, memoryBytes, selectorOf, textMap, texts } from './wire-fields.ts';

const ZONE_KEYS: ReadonlySet<unknown> = new Set([
  'topology.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/zone',
]);

export function podNeeds(spec: KubernetesObject, labels: Readonly<Record<string, string>>): PodNeeds {
  const zones = zonesOf(spec);
  const skew = skewOf(spec, labels);
  return {
    cpuMillis: requested(spec, 'cpu', cpuMillis),
    memoryBytes: requested(spec, 'memory', memoryBytes),
    nodeSelector: textMap(spec.nodeSelector),
    ...(zones ? { zones } : {}),
    ...(skew === undefined ? {} : { zoneSkew: skew }),
  };
}

/**
 * Containers run together, init containers one after the other before them, sidecars (restartPolicy Always) beside all
 * (kubernetes: component-helpers/resource, PodRequests).
 */
function requested(spec: KubernetesObject, name: string, read: (quantity: unknown) => number | undefined): number {
  const of = (c: KubernetesObject) => read(c.resources?.requests?.[name] ?? c.resources?.limits?.[name]) ?? 0;
  let sidecars = 0;
  let peak = 0;
  for (const c of list(spec.initContainers)) {
    if (c.restartPolicy === 'Always') sidecars += of(c);
    peak = Math.max(peak, sidecars + (c.restartPolicy === 'Always' ? 0 : of(c)));
  }
  const together = list(spec.containers).reduce((n, c) => n + of(c), sidecars);
  return Math.max(together, peak) + (read(spec.overhead?.[name]) ?? 0);
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

/** The narrowest hard spread over zones that counts the pod itself. */
function skewOf(spec: KubernetesObject, labels: Readonly<Record<string, string>>): number | undefined {
  const skews = list(spec.topologySpreadConstraints).flatMap((c) => {
    if (!ZONE_KEYS.has(c.topologyKey) || c.whenUnsatisfiable !== 'DoNotSchedule') return [];
    return matchesSelector(selectorOf(c.labelSelector), labels) ? [integer(c.maxSkew) ?? 1] : [];
  });
  return skews.length === 0 ? undefined : Math.min(...skews);
}
