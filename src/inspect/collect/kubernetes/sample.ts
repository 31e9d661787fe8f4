/** Which aws-node pods are asked themselves, where not all can be. */
import type { Cni } from '../../snapshot/kubernetes.ts';

/** Every one costs requests that go through the API server to its node. */
export const MOST_PODS_ASKED = 20;

/** Those that do not run well first, then the others evenly over the names of their nodes; always the same ones. */
export function chosenPods(pods: Cni['pods']): Cni['pods'] {
  const onNodes = [...pods].filter((p) => p.node !== undefined).sort((a, b) => (a.node! < b.node! ? -1 : 1));
  const unwell = onNodes.filter((p) => !p.ready || (p.containers?.length ?? 0) > 0);
  const rest = onNodes.filter((p) => !unwell.includes(p));
  const left = Math.max(MOST_PODS_ASKED - unwell.length, 0);
  const step = Math.max(rest.length / Math.max(left, 1), 1);
  const spread = Array.from({ length: Math.min(left, rest.length) }, (_, i) => rest[Math.floor(i * step)]!);
  return [...unwell, ...spread].slice(0, MOST_PODS_ASKED);
}
