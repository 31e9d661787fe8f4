import type { DefineCommand } from './define-command.ts';

export const define: DefineCommand = (command, runs) => {
  command
    .description('Version of vpccni, of Node.js, of the instance data and of the VPC CNI it models')
    .action(runs(() => import('../commands/version.ts')));
};
