import type { Command, FlagsOf } from './commander.ts';
import type { DefineCommand } from './define-command.ts';
import { output } from './options.ts';

const declare = (command: Command) =>
  output(
    command
      .description(
        'IAM policy, Kubernetes RBAC and EKS access entry that vpccni needs, and the proof that it only reads',
      )
      .option('--principal <arn>', 'IAM principal to fill into the access entry and the bindings')
      .option('--cluster <name>', 'cluster to fill into the commands')
      .option('--region <region>', 'region to fill into the commands')
      .option('--logs', 'with what --logs of inspect and snapshot needs')
      .option('--metrics', 'with what --metrics of inspect and snapshot needs'),
    'Permissions',
  );

export type PermissionsFlags = FlagsOf<typeof declare>;

export const define: DefineCommand = (command, runs) => {
  declare(command)
    .addHelpText(
      'after',
      '\nExamples:\n  vpccni permissions\n  vpccni permissions --principal arn:aws:iam::111122223333:role/sre --cluster prod-eu',
    )
    .action(runs(() => import('../commands/permissions.ts')));
};
