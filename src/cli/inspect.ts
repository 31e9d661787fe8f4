import { type Command, type FlagsOf, Option } from './commander.ts';
import type { DefineCommand } from './define-command.ts';
import { collect, EXIT_CODES, failOn, LOGS, METRICS, natural, output, target } from './options.ts';

const declare = (command: Command) =>
  output(
    target(command.argument('[cluster]', 'cluster name or ARN'))
      .description('Where the addresses of a cluster stand, what is broken, what to type to fix it')
      .option('--logs', LOGS)
      .option('--metrics', METRICS)
      .addOption(failOn())
      .option('--suppress <codes>', 'findings not to report: codes or ids, comma separated or repeated', collect)
      .option('--config <file>', 'configuration in place of the .vpccni.yaml found')
      .option('--since <path>', 'older snapshots to compare with: a file or a folder, repeatable', collect)
      .option('--history <url>', 'Prometheus that holds the series of earlier snapshots')
      .option('--history-token-file <file>', 'bearer token for it')
      .option('--history-basic-file <file>', 'user:password for it')
      .option('--history-days <n>', 'how far back, 30 unless told', natural)
      .option(
        '--only <codes>',
        'show only these codes, families (SUB) or ids; the exit code stays that of all',
        collect,
      )
      .option('--change <file>', 'show the findings that this change would make; as for plan, repeatable', collect)
      .option('--skip <codes>', 'show all but these codes, families or ids', collect)
      .addOption(
        new Option('--min-severity <severity>', 'show from this severity on').choices(['error', 'warning', 'info']),
      )
      .option('-n, --namespace <name>', 'show what concerns pods of this namespace')
      .option('--node <name>', 'show what concerns this node')
      .option('--subnet <id>', 'show what concerns this subnet'),
    'Inspection',
  );

export type InspectFlags = FlagsOf<typeof declare>;

export const define: DefineCommand = (command, runs) => {
  declare(command)
    .addHelpText(
      'after',
      `
Examples:
  vpccni inspect --demo
  vpccni inspect prod-eu --region eu-west-1
  vpccni inspect --from snapshot.json.gz -o wide
  vpccni inspect prod-eu --fail-on error -o table -o json=report.json
  vpccni inspect prod-eu --since yesterday.json.gz
  vpccni inspect prod-eu --since snapshots/ --history http://prometheus:9090
${EXIT_CODES}`,
    )
    .action(runs(() => import('../commands/inspect.ts')));
};
