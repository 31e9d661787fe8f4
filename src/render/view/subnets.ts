/** The screen of `subnets`: all of them in one table, each with its owners and its map, and last what frees the most. */
import type { SubnetItem, SubnetsReport } from '../../inspect/contract/subnets.ts';
import { moment, things } from '../../inspect/contract/words.ts';
import { type Block, joined, span } from '../blocks.ts';
import type { ViewOptions } from '../format/define-format.ts';
import { blockBlocks } from './subnets/block.ts';
import { closingBlocks } from './subnets/closing.ts';
import { drainBlocks } from './subnets/drains.ts';
import { growBlocks, reserveBlocks } from './subnets/growth.ts';
import { inventoryBlocks } from './subnets/inventory.ts';
import { mapBlocks } from './subnets/map.ts';
import { ownerBlocks } from './subnets/owners.ts';
import { summaryBlocks } from './subnets/summary.ts';

/** Subnets shown one by one on the short screen. */
const SHOWN = 4;

export function subnetsView(report: SubnetsReport, { wide, page }: Pick<ViewOptions, 'wide' | 'page'>): Block[] {
  if (report.block) return [...headerBlocks(report), ...report.block.flatMap(blockBlocks)];
  if (report.reserve ?? report.grow)
    return [
      ...headerBlocks(report),
      ...summaryBlocks(report),
      ...(report.reserve ?? []).flatMap((plan) => reserveBlocks(plan, report.setup)),
      ...(report.grow ?? []).flatMap(growBlocks),
    ];
  const shown = wide || report.items.length <= SHOWN ? report.items : report.items.filter(feedsPods).slice(0, SHOWN);
  return [
    ...headerBlocks(report),
    ...(page ? closingBlocks(report, shown.length) : []),
    ...summaryBlocks(report),
    ...shown.flatMap((item) => [
      ...ownerBlocks(item, wide),
      ...mapBlocks(item, wide),
      ...drainBlocks(item),
      ...(wide ? inventoryBlocks(item) : []),
    ]),
    ...(page ? [] : closingBlocks(report, shown.length)),
  ];
}

/** The maps of subnets alone, for a page about the whole cluster. */
export function subnetPictures(report: SubnetsReport): Block[] {
  return [
    { kind: 'heading', text: '/28 MAPS AND DRAINS' },
    ...report.items.flatMap((item) => [...mapBlocks(item, true), ...drainBlocks(item)]),
  ];
}

/** Where nodes and pods get their addresses. */
function feedsPods({ sources }: SubnetItem): boolean {
  return sources.some((s) => /^(?:node$|discovery$|nodegroup:|eniconfig:|nodeclass:|autoscaling:)/.test(s));
}

function headerBlocks({ cluster, vpcId, vpcCidrs, items, generatedAt }: SubnetsReport): Block[] {
  return [
    {
      kind: 'line',
      hang: 2,
      text: joined([
        span(cluster?.name ?? vpcId ?? 'no cluster', 'strong'),
        ...(cluster?.region ? [cluster.region] : []),
        ...(cluster && vpcId ? [vpcId] : []),
        ...(vpcCidrs ? [vpcCidrs.join(', ')] : []),
        things(items.length, 'subnet'),
        span(`as of ${moment(generatedAt)}`, 'muted'),
      ]),
    },
  ];
}
