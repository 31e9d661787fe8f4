import type { Command, FlagsOf } from './commander.ts';
import type { DefineCommand } from './define-command.ts';
import { output } from './options.ts';

const declare = (command: Command) =>
  output(command.argument('[code]', 'a code such as SUB001; without it, the list'), 'CheckList', 'Check').description(
    'What a finding means, how it is decided, how to fix it and how to verify',
  );

export type ExplainFlags = FlagsOf<typeof declare>;

export const define: DefineCommand = (command, runs) => {
  declare(command)
    .addHelpText('after', '\nExamples:\n  vpccni explain\n  vpccni explain SUB001')
    .action(runs(() => import('../commands/explain.ts')));
};
