/** Runs one collector against clients that answer from a table, without a network. */
import { awsAccess, type OpenAwsAccess } from '../../../../src/inspect/collect/aws/open-access.ts';
import type { AwsCollector, Collected, Collecting } from '../../../../src/inspect/collect/define-collector.ts';
import { CollectFailure } from '../../../../src/inspect/collect/failure.ts';
import { SourceLog } from '../../../../src/inspect/collect/source-log.ts';
import type { SectionData, SectionName } from '../../../../src/inspect/snapshot.ts';

/** What each command answers, by its name without `Command`; a function gets the input, an Error is thrown. */
export type Replies = Readonly<Record<string, unknown>>;

export interface SentCommand {
  readonly name: string;
  readonly input: Record<string, unknown>;
}

export interface Harness {
  readonly open: OpenAwsAccess;
  readonly sent: SentCommand[];
  readonly log: SourceLog;
}

export function harness(replies: Replies, clusterName: string | CollectFailure = 'prod'): Harness {
  const sent: SentCommand[] = [];
  const client = {
    send: async (command: { constructor: { name: string }; input: Record<string, unknown> }) => {
      const name = command.constructor.name.replace(/Command$/, '');
      sent.push({ name, input: command.input });
      const reply = replies[name];
      const value = typeof reply === 'function' ? reply(command.input) : reply;
      if (value instanceof Error) throw value;
      return value ?? {};
    },
  };
  const of = (load: () => Promise<object>) => async () => ({ ...(await load()), client }) as never;
  const log = new SourceLog();
  const open = awsAccess({
    session: {
      region: 'eu-west-1',
      endpointOf: () => undefined,
      clients: {
        ec2: of(() => import('@aws-sdk/client-ec2')),
        eks: of(() => import('@aws-sdk/client-eks')),
        autoScaling: of(() => import('@aws-sdk/client-auto-scaling')),
        sts: of(() => import('@aws-sdk/client-sts')),
        iam: of(() => import('@aws-sdk/client-iam')),
        serviceQuotas: of(() => import('@aws-sdk/client-service-quotas')),
      },
    },
    clusterName,
    concurrency: 5,
    log,
    signal: new AbortController().signal,
  });
  return { open, sent, log };
}

/** Other sections, as far as a test gives them; what is left out of one must not be read. */
export function collecting(sections: Readonly<Partial<Record<SectionName, unknown>>>): Collecting {
  const section = async (name: SectionName) => sections[name] as never;
  return {
    signal: new AbortController().signal,
    section,
    need: async (name) => {
      if (sections[name] === undefined) throw new CollectFailure('other', `needs ${name}: not part of this test`);
      return section(name);
    },
  };
}

export async function collect<N extends SectionName>(
  collector: AwsCollector<N>,
  h: Harness,
  ctx: Collecting = collecting({}),
): Promise<Collected<SectionData<N>>> {
  return collector.collect(
    h.open(
      collector.section,
      collector.calls.map((c) => c.iam),
    ),
    ctx,
  );
}

export function awsError(name: string, message = name): Error {
  return Object.assign(new Error(message), { name });
}
