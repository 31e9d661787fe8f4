import { SHELLS } from '../commands/completion/shells.ts';
import { Argument } from './commander.ts';
import type { DefineCommand } from './define-command.ts';

export const define: DefineCommand = (command, runs) => {
  command
    .description('Completion of commands, flags, codes, instance types and contexts for a shell')
    .addArgument(new Argument('<shell>', 'which shell').choices(SHELLS))
    .addHelpText(
      'after',
      `
Examples:
  source <(vpccni completion bash)
  vpccni completion zsh > "\${fpath[1]}/_vpccni"
  vpccni completion fish > ~/.config/fish/completions/vpccni.fish
  vpccni completion powershell | Out-String | Invoke-Expression

As a kubectl plugin it is completed by kubectl itself, which asks kubectl_complete-vpccni.`,
    )
    .action(runs(() => import('../commands/completion.ts')));
};
