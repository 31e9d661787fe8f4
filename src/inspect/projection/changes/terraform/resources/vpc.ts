/** `aws_vpc` and `aws_vpc_ipv4_cidr_block_association`: the ranges subnets are cut from. */
import { parseCidr } from '../../../../../calc/cidr.ts';
import { integer, text } from '../../fields.ts';
import { idOf, type ResourceReader, say } from '../context.ts';
import { isReplacement } from '../plan.ts';

export const vpc: ResourceReader = (resource, context) => {
  const { draft, document } = context;
  const { action, before, after } = resource;
  const known = draft.data('vpc')?.vpcId;
  if (action === 'create' && draft.fresh) {
    const range = text(after?.get('cidr_block'));
    draft.edit('vpc', { vpcId: '', cidrs: [], ipv6Cidrs: [] }, (v) => ({
      ...v,
      vpcId: idOf(resource),
      cidrs: [...v.cidrs, ...(range && parseCidr(range) ? [{ cidr: range, state: 'associated' }] : [])],
    }));
    return say(context, resource, `a new VPC${range === undefined ? '' : ` ${range}`}`);
  }
  const mine = known !== undefined && before?.get('id') === known;
  if (!mine || (action !== 'delete' && !isReplacement(resource))) return draft.ignore();
  say(context, resource, 'the VPC is deleted');
  const ranges = draft.data('vpc')?.cidrs ?? [];
  for (const { cidr } of ranges) draft.remove(document, [], { what: 'cidr', id: cidr, address: resource.address });
};

export const cidrAssociation: ResourceReader = (resource, context) => {
  const { draft, document } = context;
  const { action, before, after } = resource;
  const view = after ?? before;
  const known = draft.data('vpc')?.vpcId;
  if (!view || (known !== undefined && !view.isUnknown('vpc_id') && view.get('vpc_id') !== known))
    return draft.ignore();
  const range = (of: typeof view | undefined) => text(of?.get('cidr_block'));
  if (action === 'delete' || isReplacement(resource)) {
    const old = range(before);
    if (old !== undefined) {
      draft.edit('vpc', { vpcId: '', cidrs: [], ipv6Cidrs: [] }, (v) => ({
        ...v,
        cidrs: v.cidrs.filter((c) => c.cidr !== old),
      }));
      say(context, resource, `the range ${old} is taken from the VPC`);
      draft.remove(document, [], { what: 'cidr', id: old, address: resource.address });
    }
  }
  if (action !== 'create' && !isReplacement(resource)) {
    if (action === 'update') draft.ignore();
    return;
  }
  const added = range(after);
  if (after?.isUnknown('cidr_block') || added === undefined) {
    const length = integer(after?.get('ipv4_netmask_length'));
    const most =
      length === undefined ? '' : `: a /${length}, ${2 ** (32 - length)} addresses at most in all its subnets`;
    draft.unknown(`${resource.address}: the new range of the VPC is not known before the apply${most}`);
    return say(context, resource, `a new range for the VPC, not known before the apply${most}`);
  }
  draft.edit('vpc', { vpcId: '', cidrs: [], ipv6Cidrs: [] }, (v) => ({
    ...v,
    cidrs: [...v.cidrs, { cidr: added, state: 'associated' }],
  }));
  say(context, resource, `the VPC gets the range ${added}`);
};
