import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { awsAccess } from '../../src/inspect/collect/aws/open-access.ts';
import { openAws } from '../../src/inspect/collect/aws/session.ts';
import { type Collector, defineAwsCollector } from '../../src/inspect/collect/define-collector.ts';
import { COLLECTORS } from '../../src/inspect/collect/index.ts';
import { nodes } from '../../src/inspect/collect/kubernetes/nodes.ts';
import { pods } from '../../src/inspect/collect/kubernetes/pods.ts';
import { openSession } from '../../src/inspect/collect/kubernetes/session.ts';
import { runCollectors, type Sides } from '../../src/inspect/collect/runner-sections.ts';
import { SourceLog } from '../../src/inspect/collect/source-log.ts';
import { podsOf } from '../../src/inspect/snapshot/pods.ts';
import type { Section } from '../../src/inspect/snapshot/section.ts';
import type { SectionData, SectionName } from '../../src/inspect/snapshot.ts';
import { fakeAws } from '../inspect/collect/aws/fake-aws.ts';
import { fakeServer, json } from '../inspect/collect/kubernetes/fake-server.ts';
import { connectionTo } from '../inspect/collect/kubernetes/session-of.ts';
import { calm } from '../support/calm.ts';
import { snapshot, subnet } from '../support/snapshot-builder.ts';
import { AWS_FAULTS, EXITS, honest, KUBERNETES_FAULTS, type Outcome, PODS, reliabilityPage } from './faults.ts';
import { ODDITIES } from './oddities.ts';
import { asRead, verdictWith } from './verdict.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
  vi.unstubAllEnvs();
});

const OFF = { off: 'switched off' };

function judge(section: Section<unknown>, outcome: Outcome, says: RegExp | undefined): void {
  const status = { whole: 'ok', partial: 'partial', failed: 'failed', denied: 'denied' }[outcome];
  const why =
    section.status === 'partial'
      ? section.missing.map((g) => g.reason).join('; ')
      : 'reason' in section
        ? section.reason
        : '';
  expect([section.status, why]).toEqual([status, says ? expect.stringMatching(says) : '']);
}

/** What is lacking makes no finding and no pass. */
async function judgeVerdict(name: SectionName, section: Section<unknown>, outcome: Outcome): Promise<void> {
  const { exit, errors } = await verdictWith({ [name]: asRead(name, section) });
  expect([exit, errors]).toEqual([EXITS[outcome], []]);
}

describe('Kubernetes', () => {
  it.each(KUBERNETES_FAULTS.map((row) => [row.fault, row] as const))(
    '%s',
    async (_, { answer, outcome, says }) => {
      let asked = 0;
      const server = await fakeServer((request, response, n) => {
        if (request.url.pathname !== '/api/v1/pods')
          return json(response, 200, { kind: 'NodeList', apiVersion: 'v1', metadata: {}, items: [] });
        asked++;
        answer(honest, asked, request.url.searchParams.get('continue'))(request, response, n);
      });
      closing.push(server.close);
      const session = openSession(connectionTo(server.url), {
        env: {},
        limits: { idleMs: 400, connectMs: 2000 },
        sleep: async () => {},
      });
      closing.push(session.close);
      const log = new SourceLog();
      const { signal } = new AbortController();
      const sides: Sides = {
        aws: OFF,
        kubernetes: {
          open: Promise.resolve((c, gap) => session.access({ section: c.section, signal, record: log.record, gap })),
        },
      };
      const sections = await runCollectors({ collectors: [pods, nodes] as Collector[], sides, signal });
      judge(sections.pods, outcome, says);
      await judgeVerdict('pods', sections.pods, outcome);
      if ('data' in sections.pods) expect([...podsOf(sections.pods.data)].map((p) => p.name)).toEqual(PODS);
    },
    30_000,
  );
});

describe('AWS', () => {
  beforeEach(() => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  });

  it.each(AWS_FAULTS.map((row) => [row.fault, row] as const))(
    '%s',
    async (_, { answers, outcome, says }) => {
      const server = await fakeAws({ DescribeSubnets: answers });
      closing.push(server.stop);
      vi.stubEnv('AWS_ENDPOINT_URL', server.url);
      const { signal } = new AbortController();
      const session = await openAws({
        env: { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' },
        region: 'eu-west-1',
        retryMode: 'standard',
        concurrency: 5,
        tool: { name: 'vpccni', version: '0' },
        signal,
      });
      closing.push(session.close);
      const access = awsAccess({ session, clusterName: 'prod', concurrency: 5, log: new SourceLog(), signal });
      const iam = 'ec2:DescribeSubnets';
      const collector = defineAwsCollector<'subnets'>({
        section: 'subnets',
        purpose: 'x',
        calls: [{ iam, tier: 'core' }],
        async collect(aws) {
          const { client, DescribeSubnetsCommand } = await aws.clients.ec2();
          const data = await aws.pages(
            iam,
            (NextToken) => client.send(new DescribeSubnetsCommand({ NextToken })),
            (out) => ({ items: (out.Subnets ?? []).map((s) => subnet({ subnetId: s.SubnetId })), next: out.NextToken }),
          );
          return { data };
        },
      });
      const sides: Sides = { aws: { open: Promise.resolve((c) => access(c.section, [iam])) }, kubernetes: OFF };
      const sections = await runCollectors({ collectors: [collector as Collector], sides, signal });
      judge(sections.subnets, outcome, says);
      await judgeVerdict('subnets', sections.subnets, outcome);
      if ('data' in sections.subnets) expect(sections.subnets.data.map((s) => s.subnetId)).toEqual(['subnet-a']);
    },
    60_000,
  );
});

describe('what is read is odd', () => {
  it.each(ODDITIES.map((row) => [row.fault, row] as const))(
    '%s',
    async (_, { read, outcome, says, exit: expected = EXITS[outcome], judge: look }) => {
      const { name, section } = await read();
      judge(section, outcome, says);
      look('data' in section ? section.data : undefined);
      const base = calm()[name] as Section<unknown>;
      const both = [base, section].map((s) => ('data' in s && Array.isArray(s.data) ? (s.data as unknown[]) : []));
      const { exit, errors } = await verdictWith({ [name]: { ...section, data: both.flat() } as Section<unknown> });
      expect([exit, errors]).toEqual([expected, []]);
    },
  );

  it.each([
    ['nodes', 0],
    ['networkInterfaces', 0],
    ['pods', 0],
    // what its node can hold is unknown then
    ['instances', 3],
  ] as const)('one of the %s went away between two lists', async (name, expected) => {
    const of = calm();
    const section = of[name] as { status: 'ok'; data: unknown[] };
    const rest =
      name === 'pods'
        ? (snapshot({ pods: [...podsOf((of.pods as unknown as { data: SectionData<'pods'> }).data)].slice(1) })
            .pods as Section<unknown>)
        : { ...section, data: section.data.slice(1) };
    const { exit, errors } = await verdictWith({ [name]: rest });
    expect([exit, errors]).toEqual([expected, []]);
  });
});

describe('a permission that is missing', () => {
  it.each(COLLECTORS.map((c) => [c.section, c] as const))('%s', async (section, c) => {
    const [call] = c.calls;
    const permission = call && 'iam' in call ? call.iam : `list ${call?.rbac.resource}`;
    const told = await verdictWith({ [section]: { status: 'denied', permission, reason: 'forbidden' } });
    expect(told.errors).toEqual([]);
    expect(EVERY_VERDICT_NEEDS.has(section) ? [3] : [0, 3]).toContain(told.exit);
  });
});

const EVERY_VERDICT_NEEDS: ReadonlySet<string> = new Set([
  'cluster',
  'nodes',
  'pods',
  'cni',
  'subnets',
  'networkInterfaces',
]);

describe('docs/reliability.md', () => {
  it('is written from these rows', () => {
    const path = join(import.meta.dirname, '../../docs/reliability.md');
    if (process.env.UPDATE_GOLDEN) writeFileSync(path, reliabilityPage());
    expect(readFileSync(path, 'utf8')).toBe(reliabilityPage());
  });
});
