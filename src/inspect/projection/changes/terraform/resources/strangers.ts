/**
 * Resources that are read no further but name subnets of nodes or pods: databases, containers, brokers, caches. How many addresses
 * they take is theirs to decide; they are named, and what is left for nodes and pods is then not known.
 */
import { subnetRoles } from '../../../../facts/subnet-roles.ts';
import { isFields } from '../../fields.ts';
import { type Context, say } from '../context.ts';
import type { Resource } from '../plan.ts';

/** They name subnets and take no address there. */
const TAKES_NONE =
  /^aws_(route_table_association|network_acl|network_acl_association|flow_log|ram_resource_association|ssm_parameter|.*_subnet_group|ec2_tag|ec2_network_insights_path)$/;

/** Whether it was named. */
export function stranger(resource: Resource, context: Context): boolean {
  const { draft } = context;
  const { type, action, before, after } = resource;
  if (!type.startsWith('aws_') || TAKES_NONE.test(type)) return false;
  if (action === 'delete' || action === 'forget' || !after) return false;
  const had = new Set(action === 'update' ? subnetsNamed(before?.get(), context) : []);
  const taken = subnetsNamed(after.get(), context).filter((id) => !had.has(id));
  if (taken.length === 0) return false;
  const places = taken.length === 1 ? taken[0] : `${taken.length} subnets`;
  draft.unknown(`${resource.address}: how many addresses ${type} takes in ${places} is not known`);
  say(context, resource, `${type} takes addresses in ${places}, how many is not known`, taken);
  return true;
}

/** Subnets of nodes and pods that stand anywhere in its values. */
export function subnetsNamed(values: unknown, { draft }: Context): string[] {
  const roles = draft.run.valueOf(subnetRoles);
  const found = new Set<string>();
  const look = (value: unknown, depth: number): void => {
    if (depth > DEEPEST) return;
    if (typeof value === 'string') {
      if (value.startsWith('subnet-') && roles?.get(value)?.some((r) => r !== 'control-plane')) found.add(value);
    } else if (Array.isArray(value)) for (const v of value) look(v, depth + 1);
    else if (isFields(value)) for (const v of Object.values(value)) look(v, depth + 1);
  };
  look(values, 0);
  return [...found].sort();
}

const DEEPEST = 8;
