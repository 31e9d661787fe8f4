import { limitsOf } from './plan.ts';
import type { NodeSpec, Pools, Scenario } from './types.ts';

/** What a node's interfaces hold beside their primary addresses, the primary interface first. */
export interface Holdings {
  enis: Pools[];
  trunk: boolean;
  /** /80 prefix on the primary interface. */
  ipv6: boolean;
}

/** Settings of aws-node that decide what a node holds. */
export interface Mode {
  custom: boolean;
  prefix: boolean;
  branch: boolean;
  ipv6: boolean;
}

export function modeOf({ cni, cluster }: Scenario): Mode {
  const on = (name: string): boolean => ({ ...cni.env, ...cni.handSet })[name] === 'true';
  return {
    custom: on('AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG'),
    prefix: on('ENABLE_PREFIX_DELEGATION'),
    branch: on('ENABLE_POD_ENI'),
    ipv6: cluster.ipFamily === 'ipv6',
  };
}

/** Types that can carry a trunk, of those the scenarios use (vpc-resource-controller: pkg/aws/vpc/limits.go). */
export const TRUNKS: ReadonlySet<string> = new Set(['m5.large', 'm5.xlarge', 'm6i.large', 'c5.large', 'c6g.xlarge']);

/**
 * What a quiet node holds for the pods it has, by ipamd's rules (`ipamd.go:datastoreTargetState`, `nodeInit`): whole ENIs and
 * one more to spare, or what WARM_IP_TARGET and MINIMUM_IP_TARGET ask for, or /28 prefixes with one to spare.
 */
export function holdingsOf(scenario: Scenario, spec: NodeSpec): Holdings {
  const mode = modeOf(scenario);
  const trunk = mode.branch && TRUNKS.has(spec.type) && spec.trunk !== false;
  if (spec.broken) return { enis: spec.enis ?? [{}], trunk: false, ipv6: false };
  if (mode.ipv6) return { enis: spec.enis ?? [{}], trunk, ipv6: true };
  if (spec.enis) return { enis: spec.enis, trunk, ipv6: false };
  const limit = limitsOf(spec.type);
  const slots = limit.addresses - 1;
  const own = limit.enis - (mode.custom ? 1 : 0) - (mode.branch && TRUNKS.has(spec.type) ? 1 : 0);
  const demand = spec.apps + scenario.daemonSets.filter((d) => !d.hostNetwork).length;
  const head: Pools[] = mode.custom ? [{}] : [];
  const wanted = mode.prefix ? prefixes(scenario, spec, demand) : singles(scenario, spec, demand, slots);
  const held = Math.min(wanted, own * slots);
  const enis = Array.from({ length: Math.max(mode.custom ? 0 : 1, Math.ceil(held / slots)) }, (_, i) => {
    const here = Math.min(slots, held - i * slots);
    return mode.prefix ? { prefixes: here } : { singles: here };
  });
  return { enis: [...head, ...enis], trunk, ipv6: false };
}

const target = ({ cni }: Scenario, name: string): number => Number.parseInt(cni.env[name] ?? '0', 10) || 0;

/** Without WARM_IP_TARGET nothing is ever short of a pool that has come to MINIMUM_IP_TARGET (`ipamd.go:datastoreTargetState`). */
const byTargets = (demand: number, warm: number, minimum: number): number =>
  warm === 0 ? minimum : Math.max(demand + warm, minimum);

function prefixes(scenario: Scenario, spec: NodeSpec, demand: number): number {
  const [warm, minimum] = [target(scenario, 'WARM_IP_TARGET'), target(scenario, 'MINIMUM_IP_TARGET')];
  const wanted = warm + minimum > 0 ? Math.ceil(byTargets(demand, warm, minimum) / 16) : 1 + Math.ceil(demand / 16);
  return Math.min(wanted, Math.ceil(spec.maxPods / 16));
}

/** Whole ENIs until one ENI's worth is idle; no more once every pod kubelet admits has an address. */
function singles(scenario: Scenario, spec: NodeSpec, demand: number, slots: number): number {
  const [warm, minimum] = [target(scenario, 'WARM_IP_TARGET'), target(scenario, 'MINIMUM_IP_TARGET')];
  if (warm + minimum > 0) return byTargets(demand, warm, minimum);
  const spare = Number.parseInt(scenario.cni.env.WARM_ENI_TARGET ?? '1', 10) * slots;
  let held = slots;
  while (held - demand < spare && held < spec.maxPods) held += slots;
  return held;
}
