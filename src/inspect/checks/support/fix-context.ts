/** What the commands of fixes need to know: names, region, how the CNI was installed. Unknown parts leave commands out, not blank. */
import { cniAddon } from '../../facts/addon.ts';
import { type Run, section } from '../../facts/define-fact.ts';
import { type Networking, networking } from '../../facts/networking.ts';
import { commandLine } from '../../shell.ts';
import type { Addon, Cluster } from '../../snapshot/aws.ts';
import type { Cni } from '../../snapshot/kubernetes.ts';

export interface FixContext {
  readonly run: Run;
  readonly cluster?: Cluster;
  readonly region?: string;
  readonly cni?: Cni;
  readonly addon?: Addon;
  readonly networking?: Networking;
}

export function fixContext(run: Run): FixContext {
  const cluster = run.valueOf(section('cluster'));
  return {
    run,
    cluster,
    region: cluster?.region ?? regionOfSubnets(run) ?? regionOfNodes(run),
    cni: run.valueOf(section('cni')),
    addon: run.valueOf(cniAddon),
    networking: run.valueOf(networking),
  };
}

/** One `aws` command with the region of the cluster. */
export function aws(ctx: Pick<FixContext, 'region'>, ...words: readonly string[]): string {
  return commandLine('aws', ...words, ...(ctx.region ? ['--region', ctx.region] : []));
}

export function kubectl(...words: readonly string[]): string {
  return commandLine('kubectl', ...words);
}

/** `eu-west-1a` → `eu-west-1`; Local Zones (`us-west-2-lax-1a`) begin with their region too. */
function regionOfSubnets(run: Run): string | undefined {
  const zone = run.valueOf(section('subnets'))?.[0]?.availabilityZone;
  return zone === undefined ? undefined : /^[a-z]+(?:-[a-z]+)+-\d+/.exec(zone)?.[0];
}

function regionOfNodes(run: Run): string | undefined {
  return run.valueOf(section('nodes'))?.find((n) => n.labels['topology.kubernetes.io/region'])?.labels[
    'topology.kubernetes.io/region'
  ];
}
