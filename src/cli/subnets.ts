import type { Command, FlagsOf } from './commander.ts';
import type { DefineCommand } from './define-command.ts';
import { collect, EXIT_CODES, natural, output, target } from './options.ts';

const declare = (command: Command) =>
  output(
    target(command)
      .description('Who holds the addresses of each subnet, where whole /28 blocks are, and which drains free more')
      .option('--subnet <ids>', 'subnets by id; comma separated or repeated', collect)
      .option('--vpc <id>', 'all subnets of a VPC; needs neither a cluster nor Kubernetes')
      .option('--block <n>', 'who sits in a block: its number on the map, or an address in it')
      .option('--drain <n>', 'the smallest set of nodes whose drain frees so many blocks', natural)
      .option('--reserve <n>', 'the CIDR reservations that keep so many blocks for prefixes', natural)
      .option('--grow <size>', 'where one more subnet of a size fits, such as /22'),
    'Subnets',
  );

export type SubnetsFlags = FlagsOf<typeof declare>;

export const define: DefineCommand = (command, runs) => {
  declare(command)
    .addHelpText(
      'after',
      `
Examples:
  vpccni subnets --demo
  vpccni subnets --cluster prod-eu --subnet subnet-0a1b2c3d4e5f60718
  vpccni subnets --vpc vpc-0a1b2c3d4e5f60718 --region eu-west-1
  vpccni subnets --demo --subnet subnet-b68817b2ec7b57c65 --block 12
  vpccni subnets --cluster prod-eu --drain 4 -o json
  vpccni subnets --demo --subnet subnet-b68817b2ec7b57c65 --reserve 8
  vpccni subnets --cluster prod-eu --grow /22
${EXIT_CODES}`,
    )
    .action(runs(() => import('../commands/subnets.ts')));
};
