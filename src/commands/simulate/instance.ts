/** `simulate --instance`: a fresh node of a type. */
import type { Catalog } from '../../calc/catalog/index.ts';
import { parseSettings } from '../../calc/ipamd/index.ts';
import type { SimulateFlags } from '../../cli/simulate.ts';
import type { Candidate } from '../../inspect/report/simulation/build.ts';
import { setupOfType } from '../../inspect/report/simulation/setup-of-type.ts';
import type { SimulationSetup } from '../../inspect/report/simulation/simulation-setup.ts';
import { UsageError } from '../exit-code.ts';
import { unknownType } from '../unknown-type.ts';
import { parseFreeIps } from './free-ips.ts';

/** @throws UsageError for an unknown type whose limits are not given, limits of 0, and subnets nothing asks for */
export function instanceSetup(
  catalog: Catalog,
  instanceType: string,
  flags: SimulateFlags,
  candidates: readonly Candidate[],
): SimulationSetup {
  const { eniLimit, ipv4PerEni, maxPods, freeIps } = flags;
  if (eniLimit === 0) throw new UsageError('--eni-limit must be 1 or more: every node has its primary ENI');
  if (ipv4PerEni === 0) throw new UsageError("--ipv4-per-eni must be 1 or more: it includes the ENI's own address");
  const setup = setupOfType(catalog, {
    instanceType,
    env: {},
    branchPods: flags.branchPods ?? 0,
    eniLimit,
    ipv4PerEni,
    maxPods,
    ...(freeIps === undefined ? {} : { subnets: parseFreeIps(freeIps, usesPodSubnet(candidates)) }),
  });
  if (setup) return setup;
  throw new UsageError(`${unknownType(catalog, instanceType)}; or give --eni-limit and --ipv4-per-eni`);
}

function usesPodSubnet(candidates: readonly Candidate[]): boolean {
  return candidates.some(({ given }) => parseSettings(given, { defaults: 'manifest' }).customNetworking);
}
