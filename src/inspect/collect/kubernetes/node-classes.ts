import type { NodeClass } from '../../snapshot/kubernetes.ts';
import { defineKubernetesCollector } from '../define-collector.ts';
import type { KubernetesObject } from './access.ts';
import { listServed } from './list-all.ts';
import { optionalParts } from './optional-parts.ts';
import { integer, list, nameOf, text, textMap } from './wire-fields.ts';

export const nodeClasses = defineKubernetesCollector<'nodeClasses'>({
  section: 'nodeClasses',
  purpose: 'the subnets and pod limits of nodes that Karpenter or Auto Mode launches are unknown',
  calls: [
    { rbac: { group: 'karpenter.k8s.aws', resource: 'ec2nodeclasses', verbs: ['get', 'list'] }, tier: 'core' },
    { rbac: { group: 'eks.amazonaws.com', resource: 'nodeclasses', verbs: ['get', 'list'] }, tier: 'core' },
  ],
  async collect(kubernetes) {
    const parts = optionalParts();
    const karpenter = listServed(kubernetes, KARPENTER, ['v1', 'v1beta1'], (c) => reduce('EC2NodeClass', c));
    const autoMode = listServed(kubernetes, AUTO_MODE, ['v1'], (c) => reduce('NodeClass', c));
    const classes = await Promise.all([parts.read(karpenter, undefined), parts.read(autoMode, undefined)]);
    if (classes.every((c) => c === undefined)) return { data: await karpenter };
    return { data: classes.flatMap((c) => c ?? []), missing: parts.missing };
  },
});

const KARPENTER = { group: 'karpenter.k8s.aws', resource: 'ec2nodeclasses' };
const AUTO_MODE = { group: 'eks.amazonaws.com', resource: 'nodeclasses' };

/** Subnets and groups as the controller resolved them; v1beta1 had kubelet settings on the NodePool. */
function reduce(kind: string, c: KubernetesObject): NodeClass {
  const { spec = {}, status = {} } = c;
  const amiFamily = text(spec.amiFamily) ?? familyOfAlias(spec.amiSelectorTerms);
  const maxPods = integer(spec.kubelet?.maxPods);
  const podsPerCore = integer(spec.kubelet?.podsPerCore);
  const notReady = list(status.conditions)
    .filter((c) => c.status !== 'True')
    .flatMap((c) => text(c.type) ?? []);
  const podSubnetTerms = list(spec.podSubnetSelectorTerms).map((t) => {
    const id = text(t.id);
    return { ...(id ? { id } : {}), tags: textMap(t.tags) };
  });
  const ipv4PrefixSize = text(spec.advancedNetworking?.ipv4PrefixSize);
  return {
    kind,
    name: nameOf(c),
    ...(amiFamily ? { amiFamily } : {}),
    ...(maxPods === undefined ? {} : { maxPods }),
    ...(podsPerCore === undefined ? {} : { podsPerCore }),
    subnetSelector: list(spec.subnetSelectorTerms).map((t) => {
      const id = text(t.id);
      return { ...(id === undefined ? {} : { id }), tags: textMap(t.tags) };
    }),
    subnetIds: list(status.subnets).flatMap((s) => text(s.id) ?? []),
    securityGroupIds: list(status.securityGroups).flatMap((g) => text(g.id) ?? []),
    ...(notReady.length > 0 ? { notReady } : {}),
    ...(podSubnetTerms.length > 0 ? { podSubnetTerms } : {}),
    ...(ipv4PrefixSize ? { ipv4PrefixSize } : {}),
  };
}

/** `al2023@latest` stands for the family AL2023 (Karpenter: AMI selector alias). */
function familyOfAlias(terms: unknown): string | undefined {
  const alias = list(terms)
    .map((t) => text(t.alias))
    .find((a) => a !== undefined)
    ?.split('@')[0];
  const families: Readonly<Record<string, string>> = {
    al2: 'AL2',
    al2023: 'AL2023',
    bottlerocket: 'Bottlerocket',
    windows2019: 'Windows2019',
    windows2022: 'Windows2022',
    windows2025: 'Windows2025',
  };
  return alias === undefined ? undefined : (families[alias.toLowerCase()] ?? alias);
}
