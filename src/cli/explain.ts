import type { DefineCommand } from './define-command.ts';
import { output } from './options.ts';

export const define: DefineCommand = (command, runs) => {
  output(command.argument('[code]', 'a code such as SUB001; without it, the list'), 'CheckList', 'Check')
    .description('What a finding means, how it is decided, how to fix it and how to verify')
    .addHelpText('after', '\nExamples:\n  vpccni explain\n  vpccni explain SUB001')
    .action(runs(() => import('../commands/explain.ts')));
};
