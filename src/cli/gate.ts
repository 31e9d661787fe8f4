import type { Command, FlagsOf } from './commander.ts';
import type { DefineCommand } from './define-command.ts';
import { EXIT_CODES, failOn, natural, output, target } from './options.ts';
import { projection, SCENARIO_HELP } from './projection-options.ts';

const declare = (command: Command) =>
  output(
    projection(target(command.argument('[scenarios...]', SCENARIO_HELP)))
      .description('May this change ship? A plan with floors; the exit code is the answer')
      .addOption(failOn())
      .option('--min-free-ips <n>', 'addresses that must be left in every zone', natural)
      .option('--min-free-blocks <n>', '/28 blocks that must be left in every zone', natural)
      .option('--max-utilization <percent>', "share of a subnet's addresses that may be in use", natural)
      .option(
        '--min-runway <days>',
        'days until the first subnet is short, at least; needs growth= or --since',
        natural,
      )
      .option('--max-age <duration>', 'a snapshot that is older gives no verdict; 24h unless told')
      .option('--allow-incomplete', 'what could not be completed is a warning: exit 0 in place of 3')
      .option('--baseline <file>', 'fail only on what is not in this file')
      .option('--write-baseline <file>', 'write the findings of today as a baseline')
      .option('--init', 'write a commented .vpccni.yaml to standard output'),
    'Gate',
  );

export type GateFlags = FlagsOf<typeof declare>;

export const define: DefineCommand = (command, runs) => {
  declare(command)
    .addHelpText(
      'after',
      `
Examples:
  vpccni gate --cluster prod-eu nodes=+9 --instance m6i.2xlarge --min-free-blocks 8
  vpccni gate --from prod-eu.json.gz today upgrade -o junit=gate.xml -o table
  vpccni gate --cluster prod-eu --baseline known.json
  vpccni gate --init > .vpccni.yaml
${EXIT_CODES}`,
    )
    .action(runs(() => import('../commands/gate.ts')));
};
