import { defineKubernetesCollector } from '../define-collector.ts';
import { listAll } from './list-all.ts';
import { createdAt, list, nameOf, text } from './wire-fields.ts';

const CRDS = { group: 'apiextensions.k8s.io', version: 'v1', resource: 'customresourcedefinitions' };

/** Groups of the CNI, the resource controller, network policy, Karpenter, Auto Mode, and of other engines. */
const OF_INTEREST =
  /\.(?:crd\.k8s\.amazonaws\.com|vpcresources\.k8s\.aws|networking\.k8s\.aws|karpenter\.(?:sh|k8s\.aws)|eks\.amazonaws\.com|cilium\.io|projectcalico\.org|antrea\.io|policy\.networking\.k8s\.io|k8s\.cni\.cncf\.io)$/;

export const crds = defineKubernetesCollector<'crds'>({
  section: 'crds',
  purpose: 'whether the kinds that aws-node and its policy agent need are installed is unknown',
  calls: [{ rbac: { group: CRDS.group, resource: CRDS.resource, verbs: ['get', 'list'] }, tier: 'optional' }],
  async collect(kubernetes) {
    const found = await listAll(kubernetes, CRDS, (c) =>
      OF_INTEREST.test(nameOf(c))
        ? {
            name: nameOf(c),
            versions: list(c.spec?.versions)
              .filter((v) => v.served === true)
              .flatMap((v) => text(v.name) ?? []),
            createdAt: createdAt(c),
          }
        : undefined,
    );
    return { data: found ?? [] };
  },
});
