/** `simulate --instance`: a fresh node of a type. */
import type { Catalog } from '../../calc/catalog/index.ts';
import { parseSettings } from '../../calc/ipamd/index.ts';
import type { Candidate } from '../../inspect/report/simulation/build.ts';
import type { Ground } from '../../inspect/report/simulation/ground.ts';
import { groundOfType } from '../../inspect/report/simulation/of-type.ts';
import { UsageError } from '../exit-code.ts';
import { unknownType } from '../unknown-type.ts';
import type { SimulateFlags } from './flags.ts';
import { parseFreeIps } from './free-ips.ts';

/** @throws UsageError for an unknown type whose limits are not given, limits of 0, and subnets nothing asks for */
export function instanceGround(
  catalog: Catalog,
  instanceType: string,
  flags: SimulateFlags,
  candidates: readonly Candidate[],
): Ground {
  const { eniLimit, ipv4PerEni, maxPods, freeIps } = flags;
  if (eniLimit === 0) throw new UsageError('--eni-limit must be 1 or more: every node has its primary ENI');
  if (ipv4PerEni === 0) throw new UsageError("--ipv4-per-eni must be 1 or more: it includes the ENI's own address");
  const ground = groundOfType(catalog, {
    instanceType,
    env: {},
    branchPods: flags.branchPods ?? 0,
    ...(eniLimit === undefined ? {} : { eniLimit }),
    ...(ipv4PerEni === undefined ? {} : { ipv4PerEni }),
    ...(maxPods === undefined ? {} : { maxPods }),
    ...(freeIps === undefined ? {} : { subnets: parseFreeIps(freeIps, usesPodSubnet(candidates)) }),
  });
  if (ground) return ground;
  throw new UsageError(`${unknownType(catalog, instanceType)}; or give --eni-limit and --ipv4-per-eni`);
}

function usesPodSubnet(candidates: readonly Candidate[]): boolean {
  return candidates.some(({ given }) => parseSettings(given, { defaults: 'manifest' }).customNetworking);
}
