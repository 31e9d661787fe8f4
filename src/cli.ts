/** The command tree: names, flags, help. Every action is a lazy import, so that offline commands never load an SDK. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { EXIT, Interrupted, NoVerdictError, UsageError } from './commands/exit-code.ts';
import type { Io } from './commands/io.ts';
import type { ReportKind } from './inspect/contract/kinds.ts';
import { formatNames } from './render/format/index.ts';
import { sanitizeLines } from './render/sanitize.ts';
import { TOOL } from './tool.ts';

const EXIT_CODES = `
Exit codes:
  0  verdict reached, nothing at or above the failing severity
  1  verdict reached, a finding at or above --fail-on
  2  usage, configuration or input error
  3  no verdict: nothing answered, or a deciding check could not be evaluated`;

export function buildProgram(io: Io, setExit: (code: number) => void): Command {
  const program = new Command('vpccni')
    .description('Read-only diagnostics and capacity planning for EKS clusters on the Amazon VPC CNI')
    .version(TOOL.version)
    .showHelpAfterError(false)
    .showSuggestionAfterError(true)
    .exitOverride()
    .configureOutput({
      writeOut: (s) => io.stdout.write(s),
      writeErr: (s) => io.stderr.write(sanitizeLines(s)),
      outputError: (s, write) => write(s.replace(/^error: /, 'vpccni: ')),
    })
    .addHelpText('after', EXIT_CODES);

  /** Runs an action from its own file and hands its exit code on. */
  const runs =
    <A extends unknown[]>(load: () => Promise<{ run: (io: Io, ...args: A) => Promise<number> }>) =>
    async (...args: A) =>
      setExit(await (await load()).run(io, ...args));

  output(
    program
      .command('maxpods')
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
      .option('--unmanaged-enis <n>', 'ENIs on the default card that ipamd does not manage', natural)
      .option('--reserved-enis <n>', "Karpenter's RESERVED_ENIS", natural)
      .option('--pods-per-core <n>', "kubelet's podsPerCore", natural)
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
  )
    .addHelpText(
      'after',
      `
Examples:
  vpccni maxpods m5.large --prefix
  vpccni maxpods m5.large --prefix --paste nodeconfig
  vpccni maxpods m5.large c6g.xlarge --all-modes
  vpccni maxpods 'm7i.*' --custom-networking --sgp -o json`,
    )
    .action(runs(() => import('./commands/maxpods.ts')));

  output(
    target(program.command('inspect').argument('[cluster]', 'cluster name or ARN'))
      .description('Where the addresses of a cluster stand, what is broken, what to type to fix it')
      .addOption(failOn())
      .option('--suppress <codes>', 'findings not to report: codes or ids, comma separated or repeated', collect)
      .option('--since <path>', 'older snapshots to compare with: a file or a folder, repeatable', collect)
      .option('--history <url>', 'Prometheus that holds the series of earlier snapshots')
      .option('--history-token-file <file>', 'bearer token for it')
      .option('--history-basic-file <file>', 'user:password for it')
      .option('--history-days <n>', 'how far back, 30 unless told', natural)
      .option(
        '--only <codes>',
        'show only these codes, families (SUB) or ids; the exit code stays that of all',
        collect,
      )
      .option('--skip <codes>', 'show all but these codes, families or ids', collect)
      .addOption(
        new Option('--min-severity <severity>', 'show from this severity on').choices(['error', 'warning', 'info']),
      )
      .option('-n, --namespace <name>', 'show what concerns pods of this namespace')
      .option('--node <name>', 'show what concerns this node')
      .option('--subnet <id>', 'show what concerns this subnet'),
    'Inspection',
  )
    .addHelpText(
      'after',
      `
Examples:
  vpccni inspect --demo
  vpccni inspect prod-eu --region eu-west-1
  vpccni inspect --from snapshot.json.gz -o wide
  vpccni inspect prod-eu --fail-on error -o table -o json=report.json
  vpccni inspect prod-eu --since yesterday.json.gz
  vpccni inspect prod-eu --since snapshots/ --history http://prometheus:9090
${EXIT_CODES}`,
    )
    .action(runs(() => import('./commands/inspect.ts')));

  output(
    target(
      program
        .command('why')
        .argument('<subject>', '[NAMESPACE/]POD, deploy/NAME, ds/NAME, job/NAME, a node, an ENI, an address'),
    )
      .description('The story of one pod, workload, node, ENI or address: why it is stuck, or what it has and why')
      .addOption(failOn()),
  )
    .addHelpText(
      'after',
      `
A kind in front wins over a namespace of the same name: pod/job/web is pod web of namespace job.

Examples:
  vpccni why shop/web-7d9f --demo
  vpccni why deploy/web --cluster prod-eu --region eu-west-1
  vpccni why 10.40.4.17 --from prod-eu.json.gz
  vpccni why node/ip-10-40-4-205.eu-west-1.compute.internal -o json`,
    )
    .action(runs(() => import('./commands/why.ts')));

  output(
    program
      .command('simulate')
      .description("One node's ipamd, step by step: ENIs, addresses, prefixes, EC2 calls")
      .option('-i, --instance <type>', 'instance type')
      .option('-e, --env <key=value>', 'setting of the aws-node DaemonSet, over the manifest defaults', collect)
      .option('--from <file>', 'start from a node of a snapshot (- reads standard input)')
      .option('--demo', 'start from a node of the bundled snapshot')
      .option('--node <name>', 'the node of the snapshot')
      .option('--pods <list>', 'pods to step through: 0..58, 0..110:10 or 0,5,9')
      .option('--max-pods <n>', "kubelet's maxPods", natural)
      .option('--branch-pods <n>', 'pods with a branch ENI', natural)
      .option('--eni-limit <n>', 'ENIs of the default network card, over the catalog', natural)
      .option('--ipv4-per-eni <n>', 'IPv4 addresses per ENI, over the catalog', natural)
      .option('--free-ips <list>', 'free addresses of the subnets: node=12,pod=40,pod-blocks=2')
      .option(
        '--compare <env>',
        'settings to put side by side: "WARM_IP_TARGET=2,MINIMUM_IP_TARGET=12"; repeatable',
        collect,
        [],
      )
      .option('--seed <n>', 'seed of the random placement', natural)
      .option('--input <file>', 'a batch of cases in JSON (- reads standard input)'),
    'Simulation',
  )
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
    .action(runs(() => import('./commands/simulate.ts')));

  output(
    target(program.command('subnets'))
      .description('Who holds the addresses of each subnet, where whole /28 blocks are, and which drains free more')
      .option('--subnet <ids>', 'subnets by id; comma separated or repeated', collect)
      .option('--vpc <id>', 'all subnets of a VPC; needs neither a cluster nor Kubernetes')
      .option('--block <n>', 'who sits in a block: its number on the map, or an address in it')
      .option('--drain <n>', 'the smallest set of nodes whose drain frees so many blocks', natural)
      .option('--reserve <n>', 'the CIDR reservations that keep so many blocks for prefixes', natural)
      .option('--grow <size>', 'where one more subnet of a size fits, such as /22'),
    'Subnets',
  )
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
    .action(runs(() => import('./commands/subnets.ts')));

  output(
    target(program.command('snapshot').argument('[cluster]', 'cluster name or ARN'))
      .description('Collect everything the other commands need into one file')
      .option('--redact', 'replace names, ids and addresses by pseudonyms; findings stay the same'),
    'SnapshotSummary',
  )
    .addHelpText(
      'after',
      `
Examples:
  vpccni snapshot prod-eu -o json=prod-eu.json.gz
  vpccni snapshot --from prod-eu.json.gz --redact -o json=for-support.json`,
    )
    .action(runs(() => import('./commands/snapshot.ts')));

  output(
    program.command('explain').argument('[code]', 'a code such as SUB001; without it, the list'),
    'CheckList',
    'Check',
  )
    .description('What a finding means, how it is decided, how to fix it and how to verify')
    .addHelpText('after', '\nExamples:\n  vpccni explain\n  vpccni explain SUB001')
    .action(runs(() => import('./commands/explain.ts')));

  output(
    program
      .command('permissions')
      .description(
        'IAM policy, Kubernetes RBAC and EKS access entry that vpccni needs, and the proof that it only reads',
      )
      .option('--principal <arn>', 'IAM principal to fill into the access entry and the bindings')
      .option('--cluster <name>', 'cluster to fill into the commands')
      .option('--region <region>', 'region to fill into the commands'),
    'Permissions',
  )
    .addHelpText(
      'after',
      '\nExamples:\n  vpccni permissions\n  vpccni permissions --principal arn:aws:iam::111122223333:role/sre --cluster prod-eu',
    )
    .action(runs(() => import('./commands/permissions.ts')));

  return program;
}

/** Flags that say which cluster, and how to reach it. */
function target(command: Command): Command {
  return command
    .option('--cluster <name>', 'cluster name or ARN')
    .option('--region <region>', 'AWS region')
    .option('--profile <name>', 'AWS profile')
    .option('--role-arn <arn>', 'IAM role to assume')
    .option('--kubeconfig <file>', 'kubeconfig file')
    .option('--context <name>', 'kubeconfig context')
    .option('--no-kube', 'do not ask Kubernetes')
    .option('--no-aws', 'do not ask AWS')
    .option('--from <file>', 'read a snapshot instead of a cluster (- reads standard input)')
    .option('--demo', 'read the bundled snapshot')
    .option('--timeout <duration>', 'time for the whole; unless given, what makes no progress for 60 s is given up')
    .option('--concurrency <n>', 'parallel AWS calls, at most 5 unless told', natural)
    .addOption(
      new Option('--retry-mode <mode>', 'how the AWS SDK retries')
        .choices(['standard', 'adaptive'])
        .default('standard'),
    );
}

/** Flags that say what is written where. */
function output(command: Command, ...kinds: readonly ReportKind[]): Command {
  return command
    .option('-o, --output <format[=file]>', `${formatNames(kinds).join(', ')}; repeatable`, collect)
    .option('--no-headers', 'tables without their heads')
    .option('--ascii', 'ASCII only')
    .addOption(new Option('--color <when>', 'colour').choices(['auto', 'always', 'never']))
    .option('--no-color', 'no colour')
    .option('-q, --quiet', 'nothing on stderr but errors')
    .option('-v, --verbose', 'more on stderr')
    .option('--debug', 'stacks of unexpected errors');
}

/** A word of the retired calculator: understood, not advertised. */
function retired(flags: string): Option {
  return new Option(flags).hideHelp();
}

function failOn(): Option {
  return new Option('--fail-on <severity>', 'exit 1 from this severity on').choices(['error', 'warning', 'info']);
}

function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

function integer(value: string): number {
  if (!/^-?\d+$/.test(value)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(value);
}

function natural(value: string): number {
  if (!/^\d+$/.test(value)) throw new InvalidArgumentError('It must be a whole number, 0 or more.');
  return Number(value);
}

/** Runs the command line. Sets `process.exitCode`; never ends the process while output may still be under way. */
export async function main(argv: readonly string[], io: Io): Promise<void> {
  const setExit = (code: number) => {
    process.exitCode = code;
  };
  const own: Io = {
    get stdin() {
      return io.stdin;
    },
    stdout: io.stdout,
    stderr: io.stderr,
    env: io.env,
    typed: argv,
    now: io.now,
  };
  hearStreams(io, setExit);
  try {
    await buildProgram(own, setExit).parseAsync([...argv], { from: 'user' });
  } catch (error) {
    setExit(await report(error, io, argv.includes('--debug')));
  }
}

/** A reader that went away ends the writing quietly, whoever writes; a full disk does not. */
function hearStreams(io: Io, setExit: (code: number) => void): void {
  io.stderr.on('error', () => {});
  io.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // who waits for the end of a write hears of it himself
    if (error.code === 'EPIPE' || io.stdout.listenerCount('error') > 1) return;
    setExit(EXIT.usage);
    io.stderr.write(`vpccni: cannot write to standard output (${error.code ?? 'unknown error'})\n`);
  });
}

/** One line on stderr and the right exit code; a stack only when asked for. */
async function report(error: unknown, io: Io, debug: boolean): Promise<number> {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof Interrupted) return error.exitCode;
  const line = error instanceof Error ? error.message : String(error);
  const { errorText } = await import('./commands/error-text.ts');
  io.stderr.write(`vpccni: ${errorText(line)}\n`);
  if (debug && error instanceof Error) io.stderr.write(`${errorText(error.stack ?? '', true)}\n`);
  if (error instanceof UsageError) return EXIT.usage;
  if (error instanceof NoVerdictError) return EXIT.noVerdict;
  if (!debug) io.stderr.write('This is a defect of vpccni; run again with --debug and report it.\n');
  return EXIT.usage;
}
