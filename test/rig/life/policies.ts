import type { KubeObject } from '../clients/kube.ts';
import { list, listPods, type World } from './world.ts';

interface Policy extends KubeObject {
  spec: { podSelector: { matchLabels?: Record<string, string> }; policyTypes?: string[] };
}

const ENDPOINTS = '/apis/networking.k8s.aws/v1alpha1';

/** The network policy controller: a PolicyEndpoint with the selected pods for each policy that has none. */
export async function keepPolicies(world: World): Promise<void> {
  const config = await world.kube
    .call<KubeObject & { data?: Record<string, string> }>(
      'GET',
      '/api/v1/namespaces/kube-system/configmaps/amazon-vpc-cni',
    )
    .catch(() => undefined);
  if (config?.data?.['enable-network-policy-controller'] !== 'true') return;
  const policies = await list<Policy>(
    world,
    '/apis/networking.k8s.io/v1/networkpolicies',
    'networking.k8s.io/v1',
    'NetworkPolicy',
  );
  const made = await list<KubeObject & { spec: { policyRef: { name: string; namespace: string } } }>(
    world,
    `${ENDPOINTS}/policyendpoints`,
    'networking.k8s.aws/v1alpha1',
    'PolicyEndpoint',
  );
  for (const { metadata, spec } of policies) {
    const { name, namespace = '' } = metadata;
    if (made.some((e) => e.spec.policyRef.name === name && e.spec.policyRef.namespace === namespace)) continue;
    const wanted = Object.entries(spec.podSelector.matchLabels ?? {});
    const pods = (await listPods(world)).filter(
      (p) => p.metadata.namespace === namespace && wanted.every(([k, v]) => p.metadata.labels?.[k] === v),
    );
    await world.kube.call('POST', `${ENDPOINTS}/namespaces/${namespace}/policyendpoints`, {
      apiVersion: 'networking.k8s.aws/v1alpha1',
      kind: 'PolicyEndpoint',
      metadata: { name: `${name}-m4d3x`, namespace },
      spec: {
        podSelector: spec.podSelector,
        policyRef: { name, namespace },
        podIsolation: spec.policyTypes ?? ['Ingress'],
        ingress: [],
        egress: [],
        podSelectorEndpoints: pods.flatMap((p) =>
          p.status.podIP ? [{ name: p.metadata.name, namespace, podIP: p.status.podIP, hostIP: '' }] : [],
        ),
      },
    });
  }
}
