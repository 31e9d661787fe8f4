/** What takes addresses beside nodes and pods: each comes with interfaces in the subnets it names. */
import type { NetworkInterface } from '../../../../snapshot/ec2.ts';
import type { Draft } from '../../draft.ts';
import { size, text, texts } from '../../fields.ts';
import { type Context, isOfCluster, newIdOf, type ResourceReader, say, subnetsOf } from '../context.ts';
import { isReplacement, type Resource } from '../plan.ts';
import { referredFrom } from '../references.ts';
import type { View } from '../view.ts';
import { subnetsNamed } from './strangers.ts';

interface Tenant {
  readonly what: string;
  readonly origin: NetworkInterface['origin']['kind'];
  readonly type: string;
  /** The attribute that names its subnets. */
  readonly path: readonly (string | number)[];
  readonly applies?: (resource: Resource) => boolean;
  /** It may come to hold more. */
  readonly atLeast?: boolean;
  /** Addresses of one interface of it, 1 unless told. */
  readonly addresses?: (of: View) => number;
}

/** The primary address among `private_ips`, beside `private_ips_count` and `secondary_private_ips`. */
function addressesOf(of: View): number {
  const further = size(of.get('private_ips_count')) ?? texts(of.get('secondary_private_ips')).length;
  return Math.min(Math.max(texts(of.get('private_ips')).length, 1 + further), MOST_OF_AN_INTERFACE);
}
const MOST_OF_AN_INTERFACE = 64;

const TENANTS: Readonly<Record<string, Tenant>> = {
  aws_vpc_endpoint: {
    what: 'an interface endpoint',
    origin: 'vpc-endpoint',
    type: 'vpc_endpoint',
    path: ['subnet_ids'],
    applies: ({ after }) =>
      after?.get('vpc_endpoint_type') !== undefined && after.get('vpc_endpoint_type') !== 'Gateway',
  },
  aws_lb: { what: 'a load balancer', origin: 'load-balancer', type: 'interface', path: ['subnets'], atLeast: true },
  aws_alb: { what: 'a load balancer', origin: 'load-balancer', type: 'interface', path: ['subnets'], atLeast: true },
  aws_lambda_function: { what: 'a function', origin: 'lambda', type: 'lambda', path: ['vpc_config', 0, 'subnet_ids'] },
  aws_nat_gateway: { what: 'a NAT gateway', origin: 'nat-gateway', type: 'nat_gateway', path: ['subnet_id'] },
  aws_instance: {
    what: 'an instance',
    origin: 'none',
    type: 'interface',
    path: ['subnet_id'],
    addresses: addressesOf,
  },
  aws_network_interface: {
    what: 'an interface',
    origin: 'none',
    type: 'interface',
    path: ['subnet_id'],
    addresses: addressesOf,
  },
  aws_ec2_transit_gateway_vpc_attachment: {
    what: 'a transit gateway attachment',
    origin: 'other',
    type: 'transit_gateway',
    path: ['subnet_ids'],
  },
  aws_efs_mount_target: { what: 'a mount target', origin: 'efs', type: 'interface', path: ['subnet_id'] },
};

export const TENANT_TYPES = Object.keys(TENANTS);

export const tenant: ResourceReader = (resource, context) => {
  const { draft } = context;
  const { what, origin, type, path, applies, atLeast, addresses = () => 1 } = TENANTS[resource.type]!;
  const { action, after, before } = resource;
  const appears = action === 'create' || action === 'replace-before' || (action === 'update' && before !== undefined);
  if (!appears || !after || applies?.(resource) === false) return draft.ignore();
  const had = new Set(action === 'update' ? namesIn(before!.get(...path)) : []);
  const wanted = after.isUnknown(...path)
    ? draft.fresh
      ? subnetsOf(resource, path, context).ids
      : quietly(resource, path, context)
    : [...new Set([...namesIn(after.get(...path)), ...subnetsNamed(after.get(), context)])];
  const kept = before && action === 'update' ? addresses(before) : 0;
  const each = (id: string) => Math.max(addresses(after) - (had.has(id) ? kept : 0), 0);
  const known = new Set(draft.data('subnets')?.map((s) => s.subnetId));
  const asked = wanted.filter((id) => known.has(id) && each(id) > 0);
  const taken = asked.filter((id) => takes(draft, id, each(id), { kind: origin }, type));
  const refused = asked.filter((id) => !taken.includes(id));
  if (asked.length === 0) return draft.ignore();
  const most = Math.max(...asked.map(each));
  const number = most === 1 ? 'an address' : `${most} addresses`;
  const where = (ids: readonly string[]) => (ids.length === 1 ? ids[0] : `each of ${ids.length} subnets`);
  say(
    context,
    resource,
    [
      ...(taken.length > 0 ? [`${what} takes ${atLeast ? 'at least ' : ''}${number} in ${where(taken)}`] : []),
      ...(refused.length > 0 ? [`${what} finds no room for ${number} in ${where(refused)}`] : []),
    ].join('; '),
    asked,
  );
};

/** Whether all of them were free; those that were are taken all the same. */
function takes(
  draft: Draft,
  subnetId: string,
  count: number,
  origin: NetworkInterface['origin'],
  type: string,
): boolean {
  for (let i = 0; i < count; i++) if (!draft.takeAddress(subnetId, origin, type)) return false;
  return true;
}

/** Beside an existing cluster an endpoint of another VPC is no concern; one whose subnets are new finds them by reference. */
function quietly(resource: Resource, path: readonly (string | number)[], context: Context): readonly string[] {
  const known = new Set(context.draft.data('subnets')?.map((s) => s.subnetId));
  const { resources, deadEnds } = referredFrom(context.plan, resource, 'aws_subnet', path);
  if (resources.length === 0 && deadEnds.length > 0)
    context.draft.unknown(`${resource.address}: in which subnets it takes addresses is not known before the apply`);
  return resources.map(newIdOf).filter((id) => known.has(id));
}

function namesIn(value: unknown): string[] {
  return typeof value === 'string' ? [value] : texts(value);
}

export const fargateProfile: ResourceReader = (resource, context) => {
  const { draft } = context;
  const { action, before, after } = resource;
  if (!isOfCluster(resource, context)) return draft.ignore();
  const name = text((after ?? before)?.get('fargate_profile_name')) ?? resource.address;
  if (action === 'delete') {
    draft.edit('fargateProfiles', [], (all) => all.filter((p) => p.name !== name));
    return say(context, resource, `the Fargate profile ${name} is deleted: its pods go`);
  }
  if (action === 'forget' || !after || (action === 'update' && !isReplacement(resource))) return draft.ignore();
  const subnets = subnetsOf(resource, ['subnet_ids'], context);
  draft.edit('fargateProfiles', [], (all) => [
    ...all.filter((p) => p.name !== name),
    { name, status: 'CREATING', subnetIds: [...subnets.ids], selectors: [] },
  ]);
  say(
    context,
    resource,
    `a Fargate profile ${name}: each of its pods takes one address, how many come is not known${subnets.note ? `; ${subnets.note}` : ''}`,
    subnets.ids,
  );
};
