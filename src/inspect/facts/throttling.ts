import { defineFact, type Fact, section } from './define-fact.ts';
import { isRecent } from './node-troubles.ts';

/** Calls of AWS's APIs that were refused because there were too many. */
export interface Throttling {
  /** Of this program's own calls: those that were given up, and how often others were tried again. */
  readonly own: readonly { readonly call: string; readonly refused: boolean; readonly retries: number }[];
  /** Told by events of aws-node and of the VPC resource controller in the last hour. */
  readonly reported: number;
  /** Nodes and pods (`namespace/name`) they were about. */
  readonly nodes: readonly string[];
  readonly pods: readonly string[];
  /** Nodes on which aws-node counts more than a twentieth of its calls refused for rate, with both numbers since it started. */
  readonly counted: readonly { readonly node: string; readonly refused: number; readonly calls: number }[];
  /** Seconds between the first and the last event. */
  readonly lastedSeconds: number;
}

/** Codes of EC2 for too many calls, and the share of all calls from which they are no burst. */
const OF_RATE = /^(?:RequestLimitExceeded|Throttl)/;
const MUCH = 0.05;

/** What the collection itself ran into; empty for files without it. */
const ownCalls: Fact<Throttling['own']> = {
  id: 'ownCalls',
  sources: { needs: [], helps: [] },
  resolve: (run) => ({
    known: true,
    gaps: [],
    caveats: [],
    value: run.snapshot.sources.flatMap(({ call, outcome, retries }) => {
      const refused = /\bthrottled\b/.test(outcome);
      return refused && /^ec2:/.test(call) ? [{ call, refused, retries }] : [];
    }),
  }),
};

export const throttling = defineFact({
  id: 'throttling',
  needs: { own: ownCalls },
  helps: { events: section('events'), metrics: section('cniMetrics') },
  derive: ({ own, events, metrics }, { now }): Throttling => {
    const told = (events ?? []).filter((e) => e.throttled === true && isRecent(e, now));
    const times = told.flatMap((e) => [e.firstAt, e.lastAt].flatMap((t) => (t === undefined ? [] : [Date.parse(t)])));
    return {
      own,
      reported: told.reduce((n, e) => n + e.count, 0),
      nodes: [...new Set(told.flatMap((e) => e.node ?? (e.object.kind === 'Node' ? e.object.name : [])))].sort(),
      pods: [
        ...new Set(
          told.flatMap((e) => (e.object.kind === 'Pod' ? [`${e.object.namespace ?? ''}/${e.object.name}`] : [])),
        ),
      ].sort(),
      counted: (metrics ?? []).flatMap(({ pod, node, values, awsErrors }) => {
        const refused = Object.entries(awsErrors).reduce((n, [code, times]) => n + (OF_RATE.test(code) ? times : 0), 0);
        const calls = values.awscni_ec2api_req_count ?? 0;
        return calls > 0 && refused > MUCH * calls ? [{ node: node ?? pod, refused, calls }] : [];
      }),
      lastedSeconds: times.length === 0 ? 0 : Math.round((Math.max(...times) - Math.min(...times)) / 1000),
    };
  },
});
