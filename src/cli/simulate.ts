import type { Command, FlagsOf } from './commander.ts';
import type { DefineCommand } from './define-command.ts';
import { collect, MOST_ENIS, MOST_PODS, natural, output, upTo } from './options.ts';

const declare = (command: Command) =>
  output(
    command
      .description("One node's ipamd, step by step: ENIs, addresses, prefixes, EC2 calls")
      .option('-i, --instance <type>', 'instance type')
      .option('-e, --env <key=value>', 'setting of the aws-node DaemonSet, over the manifest defaults', collect)
      .option('--from <file>', 'start from a node of a snapshot (- reads standard input)')
      .option('--demo', 'start from a node of the bundled snapshot')
      .option('--node <name>', 'the node of the snapshot')
      .option('--pods <list>', 'pods to step through: 0..58, 0..110:10 or 0,5,9')
      .option('--max-pods <n>', "kubelet's maxPods", upTo(MOST_PODS))
      .option('--branch-pods <n>', 'pods with a branch ENI', upTo(MOST_PODS))
      .option('--eni-limit <n>', 'ENIs of the default network card, over the catalog', upTo(MOST_ENIS))
      .option('--ipv4-per-eni <n>', 'IPv4 addresses per ENI, over the catalog', upTo(MOST_ENIS))
      .option('--free-ips <list>', 'free addresses of the subnets: node=12,pod=40,pod-blocks=2')
      .option(
        '--compare <env>',
        'settings to put side by side: "WARM_IP_TARGET=2,MINIMUM_IP_TARGET=12"; repeatable',
        collect,
      )
      .option('--seed <n>', 'seed of the random placement', natural)
      .option('--input <file>', 'a batch of cases in JSON (- reads standard input)'),
    'Simulation',
  );

export type SimulateFlags = FlagsOf<typeof declare>;

export const define: DefineCommand = (command, runs) => {
  declare(command)
    .addHelpText(
      'after',
      `
Examples:
  vpccni simulate --instance m5.large --pods 0..29
  vpccni simulate --instance m5.large --env WARM_IP_TARGET=2 --env MINIMUM_IP_TARGET=12 --pods 0,12,20
  vpccni simulate --instance m5.large --compare WARM_ENI_TARGET=1 --compare "WARM_IP_TARGET=2,MINIMUM_IP_TARGET=12"
  vpccni simulate --from prod-eu.json.gz --node ip-10-0-1-20.eu-west-1.compute.internal
  vpccni simulate --input cases.json -o json`,
    )
    .action(runs(() => import('../commands/simulate.ts')));
};
