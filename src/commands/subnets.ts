/** `vpccni subnets`: who holds the addresses, where whole /28 blocks are, which drains free more. */
import { loadCatalog } from '../calc/catalog/index.ts';
import { parseCidr, parseIpv4 } from '../calc/cidr.ts';
import type { SubnetsFlags } from '../cli/subnets.ts';
import type { SubnetsReport } from '../inspect/contract/subnets.ts';
import { Run } from '../inspect/facts/define-fact.ts';
import { DEFAULT_POLICY } from '../inspect/policy.ts';
import { buildSubnets, type SubnetsAsk } from '../inspect/report/subnets/build.ts';
import { gapsOf } from '../inspect/snapshot/section.ts';
import type { ClusterSnapshot } from '../inspect/snapshot.ts';
import { subnetsView } from '../render/view/subnets.ts';
import { TOOL } from '../tool.ts';
import { EXIT, NoVerdictError, UsageError } from './exit-code.ts';
import { type Io, outputTargets, writeReport } from './io.ts';
import { loadCluster } from './load-snapshot.ts';

export async function run(io: Io, flags: SubnetsFlags): Promise<number> {
  outputTargets(flags, 'Subnets');
  const subnetIds = subnetsAskedFor(flags.subnet);
  if (flags.vpc !== undefined && !/^vpc-\w/.test(flags.vpc)) throw new UsageError(`"${flags.vpc}" is no id of a VPC`);
  if (flags.drain === 0) throw new UsageError('--drain must be 1 or more');
  if (flags.reserve === 0) throw new UsageError('--reserve must be 1 or more');
  const ask: SubnetsAsk = {
    subnetIds,
    wholeVpc: flags.vpc !== undefined,
    block: flags.block === undefined ? undefined : blockAskedFor(flags.block),
    drain: flags.drain,
    reserve: flags.reserve,
    grow: flags.grow === undefined ? undefined : lengthAskedFor(flags.grow),
  };
  const scope = flags.vpc !== undefined || subnetIds.length > 0 ? { vpcId: flags.vpc, subnetIds } : undefined;
  const { snapshot, reach } = await loadCluster(io, { ...flags, scope });
  const report = buildSubnets(new Run(snapshot, await loadCatalog(), reach), ask, DEFAULT_POLICY, TOOL);
  assertAnswers(snapshot, report, ask, flags.vpc);
  await writeReport(io, flags, { report, view: subnetsView });
  return EXIT.ok;
}

function subnetsAskedFor(lists: readonly string[] | undefined): readonly string[] {
  const ids = (lists ?? []).flatMap((list) => list.split(',')).map((id) => id.trim());
  const wrong = ids.find((id) => !/^subnet-[\w-]+$/.test(id));
  if (wrong !== undefined) throw new UsageError(`"${wrong}" is no id of a subnet`);
  return [...new Set(ids)];
}

function blockAskedFor(text: string): NonNullable<SubnetsAsk['block']> {
  if (/^\d{1,4}$/.test(text)) return { index: Number(text) };
  const address = parseIpv4(text) ?? parseCidr(text)?.first;
  if (address === undefined)
    throw new UsageError(`--block "${text}" is neither the number of a block nor an address in it`);
  return { address };
}

/** EC2's subnets are a /16 to a /28. */
function lengthAskedFor(text: string): number {
  const length = Number(/^\/?(\d{1,2})$/.exec(text)?.[1]);
  if (length >= 16 && length <= 28) return length;
  throw new UsageError(`--grow "${text}" is no size of a subnet; write /16 to /28`);
}

/** @throws UsageError for what the snapshot does not hold; NoVerdictError where subnets could not be read */
function assertAnswers(
  snapshot: ClusterSnapshot,
  report: SubnetsReport,
  { subnetIds, block }: SubnetsAsk,
  vpcId: string | undefined,
): void {
  const { subnets } = snapshot;
  if (!('data' in subnets))
    throw new NoVerdictError(
      `subnets could not be read: ${gapsOf(subnets, 'subnets')
        .map((g) => g.reason)
        .join('; ')}`,
    );
  const known = new Set(subnets.data.map((s) => s.subnetId));
  const missing = subnetIds.filter((id) => !known.has(id));
  if (missing.length > 0)
    throw new UsageError(`${missing.join(', ')} ${missing.length > 1 ? 'are' : 'is'} not among the subnets read`);
  if (vpcId !== undefined && report.vpcId !== null && report.vpcId !== vpcId)
    throw new UsageError(`the subnets read are those of ${report.vpcId}, not of ${vpcId}`);
  if (report.reserve && report.reserve.length !== 1)
    throw report.reserve.length > 1
      ? new UsageError('--reserve is for one subnet: add --subnet')
      : new NoVerdictError('which blocks are free is not known: the network interfaces could not be read');
  const found = report.block?.length;
  if (block === undefined || found === 1) return;
  if (found === 0 && report.items.some((i) => i.blocks === null))
    throw new NoVerdictError('who sits in a block is not known: the network interfaces could not be read');
  if (found === 0) throw new UsageError('no subnet asked for has such a block');
  throw new UsageError('--block with a number needs one subnet: add --subnet, or give an address in the block');
}
