/** aws-node's pod template, reduced to what decides: settings, probes, resources, and where its pods may run. */

import { AGENT_FLAGS } from '../../snapshot/cni-variables.ts';
import type { Cni } from '../../snapshot/kubernetes.ts';
import type { KubernetesObject } from './access.ts';
import { type ConfigMaps, environmentOf, oddNames } from './cni-env.ts';
import { affinityOf, tolerationsOf } from './pod-needs.ts';
import { integer, list, text, textMap, texts } from './wire-fields.ts';

type Container = Cni['containers'][number];

export function containerOf(c: KubernetesObject, configMaps: ConfigMaps): Container {
  const args: unknown[] = Array.isArray(c.args) ? c.args : [];
  const { requests = {}, limits = {} } = c.resources ?? {};
  const probes = probesOf(c);
  return {
    name: text(c.name) ?? '',
    image: text(c.image) ?? '',
    ...environmentOf(c, configMaps),
    args: args.map(String).filter((a) => AGENT_FLAGS.has(a.replace(/^-+/, '').split('=')[0]!)),
    ...oddNames(c),
    ...(probes.length > 0 ? { probes } : {}),
    ...quantity('cpuRequest', requests.cpu),
    ...quantity('cpuLimit', limits.cpu),
    ...quantity('memoryLimit', limits.memory),
  };
}

function quantity<K extends string>(name: K, value: unknown): Partial<Record<K, string>> {
  const written = typeof value === 'number' ? String(value) : text(value);
  return written === undefined ? {} : ({ [name]: written } as Record<K, string>);
}

const PROBES = [
  ['livenessProbe', 'liveness'],
  ['readinessProbe', 'readiness'],
  ['startupProbe', 'startup'],
] as const;

/** A probe without a timeout has one second (core/v1 Probe). */
function probesOf(c: KubernetesObject): NonNullable<Container['probes']> {
  return PROBES.flatMap(([field, kind]) => {
    const p = c[field];
    if (!p) return [];
    const by = p.exec ? 'exec' : p.httpGet ? 'http' : p.grpc ? 'grpc' : 'tcp';
    const port = integer(p.httpGet?.port ?? p.tcpSocket?.port ?? p.grpc?.port) ?? portOfCommand(p.exec?.command);
    return [{ kind, by, timeoutSeconds: integer(p.timeoutSeconds) ?? 1, ...(port === undefined ? {} : { port }) }];
  });
}

/** `/app/grpc-health-probe -addr=:50051`. */
function portOfCommand(command: unknown): number | undefined {
  const found = /-addr=\S*:(\d+)/.exec(texts(command).join(' '))?.[1];
  return found === undefined ? undefined : Number(found);
}

const COMPUTE_TYPE = 'eks.amazonaws.com/compute-type';

export function placementOf(spec: KubernetesObject): NonNullable<Cni['placement']> {
  const terms = list(
    spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms,
  ).map((t) => excludedBy(list(t.matchExpressions)));
  // terms are alternatives: what one of them lets in is not excluded
  const [first = [], ...rest] = terms;
  const affinity = affinityOf(spec);
  return {
    nodeSelector: textMap(spec.nodeSelector),
    computeTypesExcluded: first.filter((type) => rest.every((t) => t.includes(type))).sort(),
    toleratesAll: list(spec.tolerations).some((t) => t.operator === 'Exists' && !t.key && !t.effect),
    ...(affinity ? { affinity } : {}),
    tolerations: tolerationsOf(spec),
  };
}

function excludedBy(expressions: readonly KubernetesObject[]): string[] {
  return expressions.filter((e) => e.key === COMPUTE_TYPE && e.operator === 'NotIn').flatMap((e) => texts(e.values));
}

/** Who owns fields of the template, as the API server keeps book of it. */
export function templateManagers(daemonSet: KubernetesObject): string[] {
  const writers = list(daemonSet.metadata?.managedFields).filter(
    (f) => f.fieldsV1?.['f:spec']?.['f:template'] !== undefined,
  );
  return [...new Set(writers.flatMap((f) => text(f.manager) ?? []))].sort();
}
