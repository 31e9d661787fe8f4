import type { Command, FlagsOf } from './commander.ts';
import type { DefineCommand } from './define-command.ts';
import { EXIT_CODES, failOn, output, target } from './options.ts';
import { projection, SCENARIO_HELP } from './projection-options.ts';

const declare = (command: Command) =>
  output(
    projection(target(command.argument('[scenarios...]', SCENARIO_HELP)))
      .description(
        'What happens to the subnets when the cluster grows, upgrades, loses a zone or moves to another pattern',
      )
      .addOption(failOn()),
    'Plan',
  );

export type PlanFlags = FlagsOf<typeof declare>;

export const define: DefineCommand = (command, runs) => {
  declare(command)
    .addHelpText(
      'after',
      `
Flags such as --instance belong to the scenario before them.

Examples:
  vpccni plan --demo
  vpccni plan --cluster prod-eu nodes=+9 --instance m6i.2xlarge --pods-per-node 40
  vpccni plan --cluster prod-eu upgrade az-loss growth=10%/mo --horizon 6mo
  vpccni plan --demo ceiling --patterns all --pod-cidr 100.64.0.0/16
${EXIT_CODES}`,
    )
    .action(runs(() => import('../commands/plan.ts')));
};
