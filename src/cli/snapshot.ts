import type { Command, FlagsOf } from './commander.ts';
import type { DefineCommand } from './define-command.ts';
import { LOGS, METRICS, output, target } from './options.ts';

const declare = (command: Command) =>
  output(
    target(command.argument('[cluster]', 'cluster name or ARN'))
      .description('Collect everything the other commands need into one file')
      .option('--logs', LOGS)
      .option('--metrics', METRICS)
      .option('--redact', 'replace names, ids and addresses by pseudonyms; findings stay the same'),
    'SnapshotSummary',
  );

export type SnapshotFlags = FlagsOf<typeof declare>;

export const define: DefineCommand = (command, runs) => {
  declare(command)
    .addHelpText(
      'after',
      `
Examples:
  vpccni snapshot prod-eu -o json=prod-eu.json.gz
  vpccni snapshot --from prod-eu.json.gz --redact -o json=for-support.json`,
    )
    .action(runs(() => import('../commands/snapshot.ts')));
};
