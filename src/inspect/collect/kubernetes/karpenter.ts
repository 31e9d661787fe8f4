/** Karpenter's own Deployment, and how many ENIs it was told to leave out of its pod arithmetic. */
import type { Workloads } from '../../snapshot/kubernetes.ts';
import type { KubernetesObject } from './access.ts';
import { integer, list, nameOf, namespaceOf, text } from './wire-fields.ts';

type Karpenter = NonNullable<Workloads['karpenter']>;

/** Undefined for any other Deployment. The chart labels it; its image is the sign where a mirror relabelled it. */
export function karpenterOf(deployment: KubernetesObject): Karpenter | undefined {
  const containers = list(deployment.spec?.template?.spec?.containers);
  const labelled = deployment.metadata?.labels?.['app.kubernetes.io/name'] === 'karpenter';
  const container =
    containers.find((c) => /(^|\/)karpenter\/controller[:@]/.test(text(c.image) ?? '')) ??
    (labelled ? containers[0] : undefined);
  if (!container) return undefined;
  const reservedEnis = reservedEnisOf(container);
  return {
    namespace: namespaceOf(deployment),
    name: nameOf(deployment),
    ...(reservedEnis === undefined ? {} : { reservedEnis }),
  };
}

/** `RESERVED_ENIS`, or the flag of the same meaning, which goes first (karpenter: pkg/operator/options/options.go). */
function reservedEnisOf(container: KubernetesObject): number | undefined {
  const args: unknown[] = Array.isArray(container.args) ? container.args : [];
  const flag = args.map((a) => /^--reserved-enis=(\d+)$/.exec(String(a))?.[1]).find((v) => v !== undefined);
  return integer(flag ?? list(container.env).find((e) => e.name === 'RESERVED_ENIS')?.value);
}
