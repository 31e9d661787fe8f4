import { parseIpv4 } from '../../calc/cidr.ts';
import { labelSetsWhere } from '../snapshot/pod-columns.ts';
import { type Pod, type PodTable, podsWhere } from '../snapshot/pods.ts';
import { addressHolders } from './address-holders.ts';
import { defineFact, section } from './define-fact.ts';
import { isLive } from './demand.ts';

/** A pod that answers for the cluster's names, with the groups of the interface it is reached on. */
export interface DnsServer {
  readonly pod: string;
  readonly ip: string;
  /** Undefined where its interface is not known. */
  readonly groupIds?: readonly string[];
}

/** Running pods of CoreDNS, by the label its Service selects (coredns add-on and manifest: `k8s-app: kube-dns`). */
export const coreDns = defineFact({
  id: 'coreDns',
  needs: { pods: section('pods') },
  helps: { holders: addressHolders, enis: section('networkInterfaces') },
  derive: ({ pods, holders, enis }): readonly DnsServer[] =>
    labelled(pods, 'k8s-app', 'kube-dns').flatMap((pod): DnsServer[] => {
      if (pod.namespace !== 'kube-system') return [];
      if (!isLive(pod) || pod.phase !== 'Running' || pod.ip === undefined) return [];
      const address = parseIpv4(pod.ip);
      const branch = pod.branchEniId === undefined ? undefined : enis?.find((e) => e.eniId === pod.branchEniId);
      const eni = branch ?? (address === undefined ? undefined : holders?.(address)?.eni);
      return [{ pod: `${pod.namespace}/${pod.name}`, ip: pod.ip, groupIds: eni?.securityGroupIds }];
    }),
});

function labelled(pods: PodTable, key: string, value: string): readonly Pod[] {
  const found = labelSetsWhere(pods, (labels) => labels[key] === value);
  return podsWhere(pods, (row) => found[pods.labels[row]!] === 1);
}
