import type { Command, FlagsOf } from './commander.ts';
import type { DefineCommand } from './define-command.ts';
import { failOn, output, target } from './options.ts';

const declare = (command: Command) =>
  output(
    target(command.argument('<subject>', '[NAMESPACE/]POD, deploy/NAME, ds/NAME, job/NAME, a node, an ENI, an address'))
      .description('The story of one pod, workload, node, ENI or address: why it is stuck, or what it has and why')
      .option('-n, --namespace <name>', 'namespace of the pod or workload')
      .addOption(failOn()),
    'Why',
  );

export type WhyFlags = FlagsOf<typeof declare>;

export const define: DefineCommand = (command, runs) => {
  declare(command)
    .addHelpText(
      'after',
      `
A kind in front wins over a namespace of the same name: pod/job/web is pod web of namespace job.

Examples:
  vpccni why shop/web-7d9f --demo
  vpccni why deploy/web -n shop --cluster prod-eu --region eu-west-1
  vpccni why 10.40.4.17 --from prod-eu.json.gz
  vpccni why node/ip-10-40-4-205.eu-west-1.compute.internal -o json`,
    )
    .action(runs(() => import('../commands/why.ts')));
};
