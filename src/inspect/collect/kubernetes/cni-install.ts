/** How aws-node was installed, told from the marks that each installer leaves on the DaemonSet. */
import type { Cni } from '../../snapshot/kubernetes.ts';
import type { KubernetesObject } from './access.ts';
import { integer, list, nameOf, namespaceOf, text, textMap } from './wire-fields.ts';

export type Installation = Pick<Cni, 'installMethod' | 'evidence' | 'helmRelease'>;

/** Managers that write status or a restart, and say nothing of who installed the object. */
const BYSTANDERS: ReadonlySet<string> = new Set([
  'kube-controller-manager',
  'kubectl-rollout',
  'kubectl-set',
  'kubectl-edit',
  'kubectl-patch',
]);

/**
 * EKS applies a managed add-on with the field manager `eks`. The chart's labels alone do not mean Helm, since EKS renders
 * the add-on from the chart; the release annotations do, because only Helm itself writes them.
 */
export function installationOf(daemonSet: KubernetesObject): Installation {
  const annotations = textMap(daemonSet.metadata?.annotations);
  const labels = textMap(daemonSet.metadata?.labels);
  const managers = [...new Set(list(daemonSet.metadata?.managedFields).flatMap((f) => text(f.manager) ?? []))];
  const release = annotations['meta.helm.sh/release-name'];
  const component = labels['eks.amazonaws.com/component'];
  const applied = annotations['kubectl.kubernetes.io/last-applied-configuration'] !== undefined;
  const evidence = [
    ...(managers.includes('eks') ? ['field manager eks'] : []),
    ...(component ? [`label eks.amazonaws.com/component=${component}`] : []),
    ...(release ? [`annotation meta.helm.sh/release-name=${release}`] : []),
    ...(applied ? ['annotation kubectl.kubernetes.io/last-applied-configuration'] : []),
  ];
  if (managers.includes('eks')) return { installMethod: 'managed-addon', evidence };
  if (release) return { installMethod: 'helm', evidence, helmRelease: helmRelease(release, annotations, labels) };
  if (component && !applied) return { installMethod: 'managed-addon', evidence };
  const installers = managers.filter((m) => !BYSTANDERS.has(m));
  if (applied || installers.length > 0)
    return { installMethod: 'manifest', evidence: [...evidence, ...installers.map((m) => `field manager ${m}`)] };
  return { installMethod: 'unknown', evidence };
}

function helmRelease(
  name: string,
  annotations: Readonly<Record<string, string>>,
  labels: Readonly<Record<string, string>>,
): NonNullable<Cni['helmRelease']> {
  const chart = labels['helm.sh/chart'];
  return {
    name,
    namespace: annotations['meta.helm.sh/release-namespace'] ?? 'kube-system',
    ...(chart ? { chart } : {}),
  };
}

/** Names of DaemonSets, also in their label `k8s-app`, by the engine they belong to. */
const ENGINES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    'antrea-agent': 'antrea',
    'calico-node': 'calico',
    canal: 'canal',
    cilium: 'cilium',
    'kube-flannel': 'flannel',
    'kube-flannel-ds': 'flannel',
    'kube-ovn-cni': 'kube-ovn',
    'kube-router': 'kube-router',
    'weave-net': 'weave',
  }),
);

/** The other CNI or policy engine a DaemonSet is the node agent of. */
export function otherCni(daemonSet: KubernetesObject): Cni['otherCnis'][number] | undefined {
  const name = nameOf(daemonSet);
  const engine = ENGINES.get(name) ?? ENGINES.get(text(daemonSet.metadata?.labels?.['k8s-app']) ?? '');
  if (!engine) return undefined;
  const desired = integer(daemonSet.status?.desiredNumberScheduled);
  const ready = integer(daemonSet.status?.numberReady);
  const image = text(list(daemonSet.spec?.template?.spec?.containers)[0]?.image);
  return {
    engine,
    namespace: namespaceOf(daemonSet),
    name,
    ...(desired === undefined ? {} : { desired }),
    ...(ready === undefined ? {} : { ready }),
    ...(image ? { image } : {}),
  };
}
