/** The network of a cluster that does not exist yet: the one eksctl makes, or the subnets it is given. */

import { AWS_RESERVED } from '../../../../calc/blocks.ts';
import { formatCidr, parseCidr, sizeOf } from '../../../../calc/cidr.ts';
import { things } from '../../../contract/words.ts';
import type { Cluster } from '../../../snapshot/aws.ts';
import type { Subnet } from '../../../snapshot/ec2.ts';
import type { Draft } from '../draft.ts';
import { at, fields, text, texts } from '../fields.ts';
import type { ChangeDocument } from '../reading.ts';

/** eksctl's own range, and the zones it takes where none are named. */
const RANGE = '192.168.0.0/16';
const ZONES = ['a', 'b', 'c'];

export function network(draft: Draft, document: ChangeDocument, name: string): void {
  const config = document.value;
  const region = text(at(config, 'metadata', 'region')) ?? '';
  const subnets = given(config) ?? made(draft, document, region);
  draft.edit('subnets', [], (all) => [...all, ...subnets]);
  draft.edit('cidrReservations', { subnetIds: [], reservations: [] }, (r) => ({
    ...r,
    subnetIds: [...r.subnetIds, ...subnets.map((s) => s.subnetId)],
  }));
  const ipv6 = text(at(config, 'kubernetesNetworkConfig', 'ipFamily'))?.toLowerCase() === 'ipv6';
  const cluster: Cluster = {
    name,
    arn: '',
    region,
    account: '',
    version: String(at(config, 'metadata', 'version') ?? ''),
    status: 'CREATING',
    subnetIds: subnets.map((s) => s.subnetId),
    securityGroupIds: [],
    ipFamily: ipv6 ? 'ipv6' : 'ipv4',
    autoMode: at(config, 'autoModeConfig', 'enabled') === true,
    outpost: false,
    remoteNodeCidrs: [],
    remotePodCidrs: [],
    health: [],
  };
  draft.edit('cluster', cluster, () => cluster);
  const ids = subnets.map((s) => s.subnetId);
  draft.effect(
    document,
    ['metadata'],
    name,
    `a new cluster over ${things(ids.length, 'subnet')}: ${subnets.map((s) => `${s.subnetId} ${s.cidr}`).join(', ')}`,
    ids,
  );
}

/** Subnets that exist: those with a range; of others the size is not known. */
function given(config: unknown): Subnet[] | undefined {
  const kinds = ['private', 'public'] as const;
  const named = kinds.flatMap((kind) =>
    Object.entries(fields(at(config, 'vpc', 'subnets', kind))).map(([key, v]) => ({ kind, key, v })),
  );
  if (named.length === 0) return undefined;
  return named.flatMap(({ kind, key, v }): Subnet[] => {
    const cidr = text(at(v, 'cidr'));
    const id = text(at(v, 'id')) ?? `${kind}-${key}`;
    return cidr === undefined || !parseCidr(cidr)
      ? []
      : [subnet(id, text(at(v, 'az')) ?? key, cidr, kind === 'public')];
  });
}

/** eksctl cuts its range into eight for up to three zones, sixteen beyond: public subnets first (eksctl: pkg/vpc SplitInto8). */
function made(draft: Draft, document: ChangeDocument, region: string): Subnet[] {
  const config = document.value;
  const named = texts(at(config, 'availabilityZones'));
  const zones = named.length > 0 ? named : ZONES.map((z) => `${region}${z}`);
  if (named.length === 0)
    draft.effect(document, [], 'vpc', `zones are not named: eksctl picks three, taken as ${zones.join(', ')}`);
  const text_ = text(at(config, 'vpc', 'cidr')) ?? RANGE;
  const range = parseCidr(text_);
  const parts = zones.length <= 3 ? 8 : 16;
  const length = (range?.length ?? 32) + Math.log2(parts);
  if (!range || length > 28 || zones.length > 8) {
    draft.misunderstood(document, ['vpc'], 'vpc', `${text_} cannot be cut into subnets for ${zones.length} zones`);
    return [];
  }
  const cut = (i: number) => formatCidr({ first: range.first + i * 2 ** (32 - length), length });
  return [
    ...zones.map((zone, i) => subnet(`public-${zone}`, zone, cut(i), true)),
    ...zones.map((zone, i) => subnet(`private-${zone}`, zone, cut(zones.length + i), false)),
  ];
}

function subnet(subnetId: string, availabilityZone: string, cidr: string, mapPublicIp: boolean): Subnet {
  return {
    subnetId,
    vpcId: '',
    availabilityZone,
    cidr,
    availableIps: Math.max(sizeOf(parseCidr(cidr)!) - AWS_RESERVED, 0),
    state: 'available',
    mapPublicIp,
    assignIpv6: false,
    ipv6Native: false,
    dns64: false,
    ipv6Cidrs: [],
    tags: { Name: subnetId },
  };
}
