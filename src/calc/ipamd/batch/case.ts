import type { InstanceType } from '../../catalog/instance-type.ts';
import { FALLBACK_MAX_PODS, TRUNK_VLANS } from '../constants.ts';
import { type NodeLimits, nodeLimits, type OccupiedSlots } from '../limits.ts';
import { type IpamdSettings, parseSettings } from '../settings.ts';
import type { NodeSubnets, SubnetFree } from '../subnets.ts';
import { CaseError, type Fields, fieldsOf } from './fields.ts';

export const CASE_KINDS = ['steady', 'after-churn', 'oscillation', 'capacity', 'ipv6', 'windows', 'trace'] as const;
export type CaseKind = (typeof CASE_KINDS)[number];

/** Finds an instance type by name; undefined for names the catalog does not know. */
export type TypeLookup = (name: string) => InstanceType | undefined;

/** One question of a batch, read and completed. */
export interface Case {
  readonly id: string;
  readonly kind: CaseKind;
  readonly env: Readonly<Record<string, string>>;
  readonly settings: IpamdSettings;
  readonly limits: NodeLimits;
  readonly maxPods: number;
  readonly pods: number;
  readonly branchPods: number;
  /** How pods come; `unknown` where the case does not say. */
  readonly arrival: 'oneByOne' | 'burst' | 'unknown';
  readonly occupied: OccupiedSlots;
  readonly subnets?: NodeSubnets;
  /** after-churn: ENIs found at start-up, with the pods in each slot. */
  readonly initial?: readonly { readonly primary: boolean; readonly podsPerSlot: readonly number[] }[];
  /** trace: what happens, step by step. */
  readonly script: readonly string[];
  /** windows: the ConfigMap's data. */
  readonly configMap?: Readonly<Record<string, string>>;
}

/**
 * Reads one object of a batch file. An absent variable of `config` means ipamd's own default, except that IPv4 is on unless
 * given. `limits` override the catalog; the type name still tells Xen from Nitro. Throws `CaseError` with a plain message.
 */
export function readCase(input: unknown, lookup: TypeLookup): Case {
  const fields = fieldsOf(input, 'case');
  const id = fields.text('id');
  const kind = CASE_KINDS.find((each) => each === fields.text('kind'));
  if (kind === undefined) throw new CaseError(id, `kind must be one of ${CASE_KINDS.join(', ')}`);
  const at = fields.within(id);
  const env = { ENABLE_IPv4: 'true', ...at.texts('config') };
  const type = lookup(at.textOr('instanceType', ''));
  const configMap = at.has('configMap') ? at.texts('configMap') : undefined;
  const subnets = readSubnets(at);
  const initial = at.listOr('initial', (item) => readInitialEni(item, id));
  return {
    id,
    kind,
    env,
    settings: parseSettings(env, { defaults: 'binary' }),
    limits: readLimits(at, type),
    maxPods: at.countOr('maxPods', FALLBACK_MAX_PODS),
    pods: at.countOr('pods', 0),
    branchPods: at.countOr('branchPods', 0),
    arrival: readArrival(at),
    occupied: {
      unmanagedEnis: at.countOr('unmanagedENIs', 0),
      primarySubnetExcluded: at.flagOr('primarySubnetExcluded', false),
    },
    ...(subnets === undefined ? {} : { subnets }),
    ...(initial === undefined ? {} : { initial }),
    script: at.listOr('script', (item) => String(item)) ?? [],
    ...(configMap === undefined ? {} : { configMap }),
  };
}

function readLimits(fields: Fields, type: InstanceType | undefined): NodeLimits {
  const given = fields.group('limits');
  const known = type === undefined ? undefined : nodeLimits(type);
  const eniLimit = given.countOr('eniLimit', known?.eniLimit);
  const ipv4PerEni = given.countOr('ipv4PerEni', known?.ipv4PerEni);
  const branchEniLimit = given.countOr('branchENILimit', known?.branchEniLimit ?? TRUNK_VLANS);
  const trunkingCompatible = fields.flagOr('trunkCompatible', known?.trunkingCompatible ?? true);
  return { eniLimit, ipv4PerEni, branchEniLimit, trunkingCompatible, prefixCapable: known?.prefixCapable ?? true };
}

/** `node` and `pod` are what they say; every other name is a subnet discovery may use. */
function readSubnets(fields: Fields): NodeSubnets | undefined {
  if (!fields.has('subnets')) return undefined;
  const group = fields.group('subnets');
  const others: Record<string, SubnetFree> = {};
  let node: SubnetFree | undefined;
  let pod: SubnetFree | undefined;
  for (const name of group.names()) {
    const subnet = group.group(name);
    const free: SubnetFree = {
      freeIPs: subnet.countOr('freeIPs', Number.POSITIVE_INFINITY),
      ...(subnet.has('freeBlocks28') ? { freeBlocks28: subnet.countOr('freeBlocks28', 0) } : {}),
    };
    if (name === 'node') node = free;
    else if (name === 'pod') pod = free;
    else others[name] = free;
  }
  return { ...(node === undefined ? {} : { node }), ...(pod === undefined ? {} : { pod }), others };
}

function readInitialEni(input: unknown, id: string): { primary: boolean; podsPerSlot: readonly number[] } {
  const fields = fieldsOf(input, id, 'every item of initial');
  return { primary: fields.flagOr('primary', false), podsPerSlot: fields.counts('podsPerSlot') };
}

function readArrival(fields: Fields): Case['arrival'] {
  const given = fields.textOr('arrival', 'unknown');
  if (given === 'oneByOne' || given === 'burst' || given === 'unknown') return given;
  return fields.refuse('arrival', 'oneByOne, burst or unknown');
}
