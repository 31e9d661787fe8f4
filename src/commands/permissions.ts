import type { PermissionsFlags } from '../cli/permissions.ts';
import { collectorsFor } from '../inspect/collect/index.ts';
import { requiredPermissions } from '../inspect/collect/permissions.ts';
import { parseCluster, TargetError } from '../inspect/collect/target.ts';
import { PrincipalError, parsePrincipal, permissionsReport, type Recipient } from '../inspect/report/permissions.ts';
import { permissionsView } from '../render/view/permissions.ts';
import { TOOL } from '../tool.ts';
import { EXIT, UsageError } from './exit-code.ts';
import { type Io, writeReport } from './io.ts';

export async function run(io: Io, flags: PermissionsFlags): Promise<number> {
  const madeBy = { tool: TOOL, generatedAt: new Date().toISOString() };
  const report = permissionsReport(requiredPermissions(collectorsFor(flags)), recipientOf(flags), madeBy);
  await writeReport(io, flags, { report, view: permissionsView });
  return EXIT.ok;
}

function recipientOf(flags: PermissionsFlags): Recipient {
  try {
    const cluster = flags.cluster === undefined ? {} : parseCluster(flags.cluster);
    return {
      principal: flags.principal === undefined ? undefined : parsePrincipal(flags.principal),
      cluster: cluster.clusterName,
      region: flags.region ?? cluster.region,
    };
  } catch (error) {
    if (error instanceof PrincipalError || error instanceof TargetError) throw new UsageError(error.message);
    throw error;
  }
}
