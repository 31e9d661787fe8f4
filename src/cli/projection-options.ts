/** What `plan` and `gate` share. */
import { type Command, type FlagsOf, Option, shared } from './commander.ts';
import { collect } from './options.ts';

export const SCENARIO_HELP =
  'today, nodes=+9, pods=200, apply, ceiling, upgrade, az-loss, growth=10%/mo, to=PATTERN+MODE, …';

const projectionFlags = (command: Command) =>
  command
    .option('--instance <type>', 'type of the nodes of the scenario before it')
    .option('--nodegroup <name>', 'group that the nodes of the scenario before it join')
    .option('--pods-per-node <n>', 'pods with an address on each of its nodes')
    .option('--like <workload>', 'workload that its pods resemble, such as deploy/web')
    .option('-n, --namespace <name>', 'namespace of --like')
    .option('--horizon <time>', 'how far its growth is followed: 90d, 6mo, 1y')
    .option('--patterns <pairs>', 'all, or pairs such as custom+prefix; the pair in force unless given')
    .option('--density <pods>', 'pods on a new node: p95 of today, full, or a number')
    .addOption(
      new Option('--fragmentation <end>', 'which placement of single addresses is judged').choices([
        'worst',
        'best',
        'range',
      ]),
    )
    .option('--pod-cidr <cidr>', 'range in which pod subnets are assumed, one a zone, where none exist')
    .option('--pod-subnet <zone=cidr>', 'pod subnet that is assumed in a zone; repeatable', collect)
    .option(
      '--change <file>',
      'lay a Terraform plan (JSON), manifests, a ClusterConfig over the cluster first; KIND:FILE, - for stdin, repeatable',
      collect,
    )
    .option(
      '--since <path>',
      'older snapshots, a file or a folder: others count as they were at most; repeatable',
      collect,
    )
    .option('--suppress <codes>', 'findings not to report: codes or ids, comma separated or repeated', collect)
    .option('--config <file>', 'configuration in place of the .vpccni.yaml found');

/** Adds the flags of projections; those behind a scenario are bound to it. */
export const projection = shared(projectionFlags);
export type ProjectionFlags = FlagsOf<typeof projectionFlags>;
