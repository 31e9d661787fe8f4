/** Where each number comes from. */
import { HOST_PODS, type MaxPodsItem } from '../../../calc/maxpods/index.ts';
import type { MaxPodsReport } from '../../../inspect/contract/report.ts';
import { type Block, span } from '../../blocks.ts';

export function explainView(report: MaxPodsReport): readonly Block[] {
  const { catalog, items } = report;
  const [first] = items;
  if (!first) return [];
  const source = (id: string): string => {
    const s = catalog.sources[id];
    return s ? `${s.what}, ${s.date}` : id;
  };
  const entries: readonly (readonly [string, string])[] = [
    ['ENIs, IPv4 per ENI', `${source('cni')} (CNI ${catalog.cniRelease}); the default network card only`],
    ['vCPUs', `${source('ec2')}; where missing, ${source('karpenter-docs')}`],
    ['branch ENIs', `${source('karpenter-limits')}; older list: ${source('vpc-rc')}`],
    ['ENIs for pods', 'ipamd.go:getMaxENI, hasRoomForEni; data_store.go:GetAllocatableENIs (amazon-vpc-cni-k8s)'],
    [
      'addresses',
      'ipamd.go:GetIPv4Limit: slots without each ENI’s own address, × 16 where awsutils.go:IsPrefixDelegationSupported',
    ],
    [`+${HOST_PODS}`, 'aws-node and kube-proxy run on the host network: kubelet counts them, they need no address'],
    ['cap', 'EKS user guide, choosing an instance type: 110 up to 30 vCPUs, 250 above'],
    [
      'subnet addresses',
      'ipamd.go:isDatastorePoolTooLow: the pool stops growing at maxPods; default warm settings, default card',
    ],
    [
      'against the retired calculator',
      'prefixes count on bare metal too; MAX_ENI below 1 is ignored, as the CNI does; ENIs never go below 0; a leading v in the CNI version is read',
    ],
  ];
  return [
    { kind: 'heading', text: 'WHERE THE NUMBERS COME FROM' },
    ...entries.map(([what, where]): Block => ({ kind: 'line', text: [span(what, 'accent'), `  ${where}`], hang: 2 })),
    ...(items.length === 1 ? authorityNotes(first) : []),
  ];
}

function authorityNotes(item: MaxPodsItem): readonly Block[] {
  return item.authorities.map(
    (a): Block => ({ kind: 'line', text: [span(a.id, 'accent'), `  as of ${a.asOf}: ${a.note}`], hang: 2 }),
  );
}
