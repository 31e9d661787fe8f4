import { type Command, type FlagsOf, Option } from './commander.ts';
import type { DefineCommand } from './define-command.ts';
import { collect, integer, MOST_ENIS, MOST_PODS, output, upTo } from './options.ts';

const declare = (command: Command) =>
  output(
    command
      .description('How many pods fit on an instance type, under each way of assigning addresses, and who decides')
      .argument('[types...]', 'instance types; globs like "m5.*"')
      .option('-i, --instance <types>', 'the same as a flag, comma separated or repeated', collect)
      .option('--prefix', 'prefix delegation: a /28 per slot')
      .option('--custom-networking', 'pod ENIs in another subnet; the primary ENI serves no pods')
      .option('--sgp', 'security groups for pods: the trunk takes an ENI')
      .option('--ipv6', 'one /80 prefix per node')
      .option('--windows', 'Windows node')
      .option('--multi-nic', 'ENABLE_MULTI_NIC: a pool on every network card')
      .option('--max-eni <n>', 'MAX_ENI as set on aws-node', integer)
      .option('--unmanaged-enis <n>', 'ENIs on the default card that ipamd does not manage', upTo(MOST_ENIS))
      .option('--reserved-enis <n>', "Karpenter's RESERVED_ENIS", upTo(MOST_ENIS))
      .option('--pods-per-core <n>', "kubelet's podsPerCore", upTo(MOST_PODS))
      .option('--cni-version <v>', 'version of the VPC CNI')
      .option('--uncapped', 'without the cap of 110 or 250 that AWS recommends')
      .option('--all-modes', 'the ten pattern and mode pairs side by side')
      .option('--explain', 'where each number comes from')
      .option('--paste <kind>', 'what to paste, alone: nodeconfig, bottlerocket, karpenter, eksctl, …')
      .addOption(retired('--instance-type <types>').argParser(collect))
      .addOption(retired('--cni-prefix-delegation-enabled'))
      .addOption(retired('--cni-custom-networking-enabled'))
      .addOption(retired('--cni-max-eni <n>').argParser(integer))
      .addOption(retired('--show-max-allowed')),
    'MaxPods',
  );

export type MaxPodsFlags = FlagsOf<typeof declare>;

export const define: DefineCommand = (command, runs) => {
  declare(command)
    .addHelpText(
      'after',
      `
Examples:
  vpccni maxpods m5.large --prefix
  vpccni maxpods m5.large --prefix --paste nodeconfig
  vpccni maxpods --instance m5.large,c6g.xlarge --all-modes
  vpccni maxpods 'm7i.*' --custom-networking --sgp -o json`,
    )
    .action(runs(() => import('../commands/maxpods.ts')));
};

/** A word of the retired calculator: understood, not advertised. */
function retired<const F extends string>(flags: F) {
  return new Option(flags).hideHelp();
}
