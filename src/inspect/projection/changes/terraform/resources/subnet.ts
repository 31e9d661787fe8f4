/** `aws_subnet`, and tags set by `aws_ec2_tag`. */

import { AWS_RESERVED } from '../../../../../calc/blocks.ts';
import { formatCidr, parseCidr, sizeOf } from '../../../../../calc/cidr.ts';
import { things } from '../../../../contract/words.ts';
import type { Subnet } from '../../../../snapshot/ec2.ts';
import { integer, text, textMap } from '../../fields.ts';
import { type Context, newIdOf, puzzle, type ResourceReader, say } from '../context.ts';
import { isReplacement, type Resource } from '../plan.ts';
import type { View } from '../view.ts';

export const subnet: ResourceReader = (resource, context) => {
  const { draft } = context;
  if (!isInVpc(resource, context)) return draft.ignore();
  if (resource.action === 'forget') {
    const id = text(resource.before?.get('id')) ?? resource.address;
    return say(context, resource, 'leaves the state, stays in the account: its range stays taken', [id]);
  }
  if (resource.action === 'create' || isReplacement(resource)) create(resource, context);
  if (resource.action === 'update') update(resource, context);
};

/** Behind everything else: by then groups and ENIConfigs say whether they still want it. */
export const subnetDeletion: ResourceReader = (resource, context) => {
  const { draft, document } = context;
  if (resource.action !== 'delete' && !isReplacement(resource)) return;
  if (!isInVpc(resource, context)) return;
  const id = text(resource.before?.get('id'));
  const known = draft.data('subnets')?.find((s) => s.subnetId === id);
  if (id === undefined || !known) return draft.ignore();
  const busy = draft.data('networkInterfaces')?.some((e) => e.subnetId === id) ?? true;
  // While interfaces are in it EC2 refuses to delete it: it stays in the account, but nothing new comes into it.
  draft.edit('subnets', [], (all) =>
    all.flatMap((s) => (s.subnetId !== id ? [s] : busy ? [{ ...s, tags: withoutRole(s.tags) }] : [])),
  );
  say(context, resource, `subnet ${known.cidr} (${known.availabilityZone}) is deleted`, [id]);
  draft.remove(document, [], { what: 'subnet', id, address: resource.address });
};

export const tag: ResourceReader = (resource, context) => {
  const { draft } = context;
  const view = resource.action === 'delete' ? resource.before : resource.after;
  const [id, key, value] = ['resource_id', 'key', 'value'].map((k) => text(view?.get(k)));
  const at = draft.data('subnets')?.find((s) => s.subnetId === id);
  if (!at || key === undefined || !counts(key)) return draft.ignore();
  const { [key]: _, ...others } = at.tags;
  retag(at, resource.action === 'delete' ? others : { ...others, [key]: value ?? '' }, resource, context);
};

/** An existing VPC has a known id: one that is not known yet is another, or all is new. */
function isInVpc({ before, after }: Resource, { draft }: Context): boolean {
  const view = after ?? before;
  if (!view || view.isUnknown('vpc_id')) return draft.fresh;
  const vpcId = draft.data('vpc')?.vpcId ?? draft.data('cluster')?.vpcId;
  return vpcId === undefined || view.get('vpc_id') === vpcId;
}

function create(resource: Resource, context: Context) {
  const view = resource.after!;
  const { draft } = context;
  const range = view.get('cidr_block');
  if (view.isUnknown('cidr_block')) {
    const length = integer(view.get('ipv4_netmask_length'));
    const most =
      length !== undefined && length >= 16 && length <= 28
        ? `: a /${length} of ${2 ** (32 - length)} addresses at most`
        : '';
    draft.unknown(`${resource.address}: its range is not known before the apply${most}`);
    return say(context, resource, `a new subnet whose range is not known before the apply${most}`);
  }
  const cidr = typeof range === 'string' ? parseCidr(range) : undefined;
  if (view.get('ipv6_native') === true) return draft.ignore();
  if (!cidr || cidr.length < 16 || cidr.length > 28)
    return puzzle(context, resource, 'its cidr_block is no range of a subnet');
  const zone = text(view.get('availability_zone'));
  if (zone === undefined) draft.unknown(`${resource.address}: its zone is not known before the apply`);
  const made = newSubnet(newIdOf(resource), zone ?? 'unknown', formatCidr(cidr), view);
  draft.edit('subnets', [], (all) => [...all.filter((s) => s.subnetId !== made.subnetId), made]);
  draft.edit('cidrReservations', { subnetIds: [], reservations: [] }, (r) => ({
    ...r,
    subnetIds: [...r.subnetIds, made.subnetId],
  }));
  const use = made.tags[ROLE] === '1' ? ', tagged for pods' : '';
  say(
    context,
    resource,
    `a new subnet ${made.cidr} in ${made.availabilityZone}, ${things(made.availableIps, 'address', 'addresses')}${use}`,
    [made.subnetId],
  );
}

/** An empty VPC marks it as one that does not exist yet. */
function newSubnet(subnetId: string, availabilityZone: string, range: string, view: View): Subnet {
  const cidr = parseCidr(range)!;
  return {
    subnetId,
    vpcId: '',
    availabilityZone,
    cidr: range,
    availableIps: sizeOf(cidr) - AWS_RESERVED,
    state: 'available',
    mapPublicIp: view.get('map_public_ip_on_launch') === true,
    assignIpv6: view.get('assign_ipv6_address_on_creation') === true,
    ipv6Native: false,
    dns64: view.get('enable_dns64') === true,
    ipv6Cidrs: [],
    tags: tagsOf(view),
  };
}

/** An update, an import among them, may change tags; the range stays as long as the subnet is not replaced. */
function update(resource: Resource, context: Context) {
  const { draft } = context;
  const id = newIdOf(resource);
  const at = draft.data('subnets')?.find((s) => s.subnetId === id);
  const view = resource.after!;
  if (!at) {
    if (resource.importing === undefined) return draft.ignore();
    const range = text(view.get('cidr_block'));
    const zone = text(view.get('availability_zone'));
    if (range === undefined || zone === undefined || !parseCidr(range))
      return puzzle(context, resource, 'an import without a range');
    const made = { ...newSubnet(id, zone, range, view), vpcId: text(view.get('vpc_id')) ?? '' };
    draft.edit('subnets', [], (all) => [...all, made]);
    return say(context, resource, `${range} in ${zone} exists already and is taken over; what is in it was not read`, [
      id,
    ]);
  }
  if (view.isUnknown('tags_all') && view.isUnknown('tags'))
    draft.unknown(`${resource.address}: its tags are not known before the apply`);
  retag(at, tagsOf(view), resource, context);
}

function retag(at: Subnet, wanted: Readonly<Record<string, string>>, resource: Resource, context: Context) {
  const keys = [...new Set([...Object.keys(at.tags), ...Object.keys(wanted)])].filter(counts);
  const changed = keys.filter((k) => at.tags[k] !== wanted[k]).sort();
  if (changed.length === 0) return context.draft.ignore();
  const others = Object.entries(at.tags).filter(([k]) => !counts(k));
  const counting = Object.entries(wanted).filter(([k]) => counts(k));
  const tags = Object.fromEntries([...others, ...counting]);
  context.draft.edit('subnets', [], (all) => all.map((s) => (s.subnetId === at.subnetId ? { ...s, tags } : s)));
  const shown = changed.map((k) => `${k} ${at.tags[k] ?? 'unset'} → ${tags[k] ?? 'unset'}`).join(', ');
  const taken = resource.importing === undefined ? '' : 'taken over; ';
  say(context, resource, `${taken}${at.cidr} in ${at.availabilityZone}: ${shown}`, [at.subnetId]);
}

const ROLE = 'kubernetes.io/role/cni';

/** Tags by which subnets are chosen for pods and nodes. */
function counts(key: string): boolean {
  return (
    key === ROLE ||
    key === 'karpenter.sh/discovery' ||
    /^(cni\.networking\.k8s\.aws|kubernetes\.io)\/cluster\//.test(key)
  );
}

function withoutRole(tags: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([k]) => !counts(k)));
}

function tagsOf(view: View): Record<string, string> {
  const key = view.get('tags_all') === undefined ? 'tags' : 'tags_all';
  const tags = Object.entries(textMap(view.get(key))).filter(([k]) => !view.isSensitive(key, k));
  return Object.fromEntries(tags);
}
