import fc from 'fast-check';
import {
  type Env,
  type NodeLimits,
  type PredictionDemand,
  parseSettings,
  type SubnetFree,
} from '../../../src/calc/ipamd/index.ts';

/** Random settings, types and nodes for the property tests. */

const flag = (percent: number) => fc.integer({ min: 1, max: 100 }).map((n) => n <= percent);
const sometimes = <T>(percent: number, of: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.tuple(flag(percent), of).map(([on, value]) => (on ? value : undefined));
const text = (...values: number[]) => fc.constantFrom(...values.map(String));

/** A DaemonSet's environment that ipamd accepts on any type, in IPv4. */
export const envs: fc.Arbitrary<Env> = fc
  .record({
    ENABLE_PREFIX_DELEGATION: sometimes(50, fc.constant('true')),
    WARM_IP_TARGET: sometimes(45, text(0, 1, 2, 3, 5, 8, 10, 16, 17, 20, 30, 40, 60)),
    MINIMUM_IP_TARGET: sometimes(45, text(0, 1, 4, 5, 10, 16, 20, 30, 40, 60)),
    WARM_PREFIX_TARGET: text(1, 1, 1, 2, 3, 4),
    WARM_ENI_TARGET: sometimes(50, text(0, 1, 2, 3)),
    AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: sometimes(25, fc.constant('true')),
    ENABLE_POD_ENI: sometimes(25, fc.constant('true')),
    MAX_ENI: sometimes(25, fc.integer({ min: 0, max: 16 }).map(String)),
    ENABLE_SUBNET_DISCOVERY: sometimes(20, fc.constant('false')),
  })
  .map((env) => ({ ENABLE_IPv4: 'true', ...env }));

export const settingsFrom = (env: Env) => parseSettings(env, { defaults: 'binary' });

const SHAPES = [
  [2, 2],
  [2, 4],
  [3, 4],
  [3, 6],
  [3, 10],
  [4, 10],
  [4, 15],
  [8, 30],
  [10, 64],
  [15, 50],
  [24, 64],
] as const;

export const limits: fc.Arbitrary<NodeLimits> = fc
  .tuple(fc.constantFrom(...SHAPES), flag(67), flag(88))
  .map(([[eniLimit, ipv4PerEni], trunkingCompatible, prefixCapable]) => ({
    eniLimit,
    ipv4PerEni,
    trunkingCompatible,
    branchEniLimit: 9,
    prefixCapable,
  }));

const subnet: fc.Arbitrary<SubnetFree> = fc
  .tuple(fc.integer({ min: 0, max: 300 }), flag(50), fc.integer({ min: 0, max: 100 }))
  .map(([freeIPs, counted, share]) => ({
    freeIPs,
    ...(counted ? { freeBlocks28: Math.floor((Math.floor(freeIPs / 16) * share) / 100) } : {}),
  }));

const subnets = fc
  .record({
    node: sometimes(67, subnet),
    pod: sometimes(50, subnet),
    a: sometimes(33, subnet),
    b: sometimes(33, subnet),
  })
  .map(({ node, pod, a, b }) => ({
    ...(node === undefined ? {} : { node }),
    ...(pod === undefined ? {} : { pod }),
    others: { ...(a === undefined ? {} : { a }), ...(b === undefined ? {} : { b }) },
  }));

export const maxPods = fc.constantFrom(5, 8, 11, 17, 29, 58, 110, 110, 234, 250);

/** A fresh node; `finite` gives it subnets that may run dry. */
export function demands(
  finite: boolean,
): fc.Arbitrary<PredictionDemand & { arrival: 'oneByOne' | 'burst'; branchPods: number }> {
  return fc.record({
    pods: fc.integer({ min: 0, max: 150 }),
    branchPods: fc.integer({ min: 0, max: 4 }),
    maxPods,
    unmanagedEnis: sometimes(25, fc.integer({ min: 0, max: 2 })).map((count) => count ?? 0),
    primarySubnetExcluded: flag(10),
    arrival: fc.constantFrom('oneByOne' as const, 'burst' as const),
    ...(finite ? { subnets } : {}),
  });
}
