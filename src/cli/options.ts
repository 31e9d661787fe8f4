/** Flags that several commands share, and how their values are read. */
import { InvalidArgumentError, type Option as PlainOption } from 'commander';
import type { ReportKind } from '../inspect/contract/kinds.ts';
import { formatNames } from '../render/format/index.ts';
import { type Command, type FlagsOf, Option, shared } from './commander.ts';

export const EXIT_CODES = `
Exit codes:
  0  verdict reached, nothing at or above the failing severity
  1  verdict reached, a finding at or above --fail-on
  2  usage, configuration or input error
  3  no verdict: nothing answered, or a deciding check could not be evaluated`;

const targetFlags = (command: Command) =>
  command
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
    .option('--concurrency <n>', 'parallel AWS calls, at most 5 unless told', upTo(MOST_CALLS))
    .addOption(
      new Option('--retry-mode <mode>', 'how the AWS SDK retries')
        .choices(['standard', 'adaptive'])
        .default('standard'),
    );

/** Adds the flags that say which cluster, and how to reach it. */
export const target = shared(targetFlags);
export type TargetFlags = FlagsOf<typeof targetFlags>;

/** Formats behind an output flag, which takes more than their bare names. */
export const FORMATS = new WeakMap<PlainOption, readonly string[]>();

const COLORS = ['auto', 'always', 'never'] as const;
type Color = (typeof COLORS)[number];

/** `--no-color` writes the same value, so neither can be told to conflict with the other. */
function colorOption(command: Command) {
  const option = new Option('--color <when>', 'colour').choices(COLORS);
  const among = option.parseArg as (value: string, before: unknown) => Color;
  return option.argParser((value, before): Color => {
    const when = among(value, before);
    if ((before as unknown) === false && when === 'always') contradict(command);
    return when;
  });
}

function noColorOption(command: Command) {
  return new Option('--no-color', 'no colour').argParser((_, before): boolean => {
    if ((before as unknown) === 'always') contradict(command);
    return false;
  });
}

function contradict(command: Command): never {
  command.error("error: option '--no-color' cannot be used with option '--color always'");
}

const outputFlags = (command: Command, kinds: readonly ReportKind[]) => {
  const formats = formatNames(kinds);
  const option = new Option('-o, --output <format[=file]>', `${formats.join(', ')}; repeatable`).argParser(collect);
  FORMATS.set(option as unknown as PlainOption, formats);
  return command
    .addOption(option)
    .option('--no-headers', 'tables without their heads')
    .option('--ascii', 'ASCII only')
    .addOption(colorOption(command))
    .addOption(noColorOption(command))
    .addOption(new Option('-q, --quiet', 'nothing on stderr but errors').conflicts('verbose'))
    .option('-v, --verbose', 'more on stderr')
    .option('--debug', 'stacks of unexpected errors');
};

/** Adds the flags that say what of which kinds of report is written where. */
export function output<A extends unknown[], F extends Record<string, unknown>>(
  command: Command<A, F>,
  ...kinds: readonly [ReportKind, ...ReportKind[]]
): Command<A, F & OutputFlags> {
  return shared((plain) => outputFlags(plain, kinds))(command);
}
export type OutputFlags = FlagsOf<(command: Command) => ReturnType<typeof outputFlags>>;

/** What `inspect` and `snapshot` read on request. */
export const LOGS = 'also read the logs of aws-node, on 20 nodes at most (needs get on pods/log in kube-system)';
export const METRICS = "also read ipamd's metrics, on 20 nodes at most (needs get on pods/proxy in kube-system)";

export function failOn() {
  return new Option('--fail-on <severity>', 'exit 1 from this severity on').choices(['error', 'warning', 'info']);
}

export function collect(value: string, before: readonly string[] = []): string[] {
  return [...before, value];
}

export function integer(value: string): number {
  if (!/^-?\d{1,9}$/.test(value)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(value);
}

export function natural(value: string): number {
  return upTo(Number.MAX_SAFE_INTEGER)(value);
}

/** A whole number up to one that no node reaches: beyond it a simulation would only take long. */
export function upTo(most: number): (value: string) => number {
  return (value) => {
    if (!/^\d{1,16}$/.test(value) || Number(value) > most)
      throw new InvalidArgumentError(
        `It must be a whole number, 0 ${most < Number.MAX_SAFE_INTEGER ? `to ${most}` : 'or more'}.`,
      );
    return Number(value);
  };
}

/** The largest real node has 107 ENIs of 50 addresses, and kubelet refuses no number of pods. */
export const MOST_PODS = 10_000;
export const MOST_ENIS = 1_000;
const MOST_CALLS = 100;
