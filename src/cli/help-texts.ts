/** Help as it is shipped: written once when the program is built, so that asking for it loads nothing. */
import { COMMANDS } from './index.ts';
import { buildProgram } from './program.ts';

/** By command; the program's own under the empty name. */
export async function helpTexts(): Promise<Record<string, string>> {
  let said = '';
  const program = await buildProgram({
    io: process,
    name: 'vpccni',
    setExit: () => {},
    say: (text) => {
      said += text;
    },
  });
  const taken = (): string => {
    const text = said;
    said = '';
    return text;
  };
  program.outputHelp();
  const texts: Record<string, string> = { '': taken() };
  for (const { name } of COMMANDS) {
    program.commands.find((command) => command.name() === name)!.outputHelp();
    texts[name] = taken();
  }
  return texts;
}
