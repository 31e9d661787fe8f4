/** Answers that are in order and odd: rows of `docs/reliability.md` as those of `faults.ts` are. */
import { vi } from 'vitest';
import { networkInterfaces } from '../../src/inspect/collect/aws/network-interfaces.ts';
import { nodegroups } from '../../src/inspect/collect/aws/nodegroups.ts';
import { awsAccess } from '../../src/inspect/collect/aws/open-access.ts';
import { openAws } from '../../src/inspect/collect/aws/session.ts';
import { subnets } from '../../src/inspect/collect/aws/subnets.ts';
import { type Collector, defineAwsCollector } from '../../src/inspect/collect/define-collector.ts';
import { events } from '../../src/inspect/collect/kubernetes/events.ts';
import { nodes } from '../../src/inspect/collect/kubernetes/nodes.ts';
import { openSession } from '../../src/inspect/collect/kubernetes/session.ts';
import { runCollectors, type Sides } from '../../src/inspect/collect/runner-sections.ts';
import { SourceLog } from '../../src/inspect/collect/source-log.ts';
import type { Section } from '../../src/inspect/snapshot/section.ts';
import type { SectionName } from '../../src/inspect/snapshot.ts';
import { type Answer as AwsAnswer, fakeAws } from '../inspect/collect/aws/fake-aws.ts';
import { fakeServer, json } from '../inspect/collect/kubernetes/fake-server.ts';
import { connectionTo } from '../inspect/collect/kubernetes/session-of.ts';
import { calm } from '../support/calm.ts';
import { NODE_ROLE } from '../support/snapshot-builder.ts';
import type { Row } from './faults.ts';

export interface Oddity extends Row {
  readonly read: () => Promise<{ readonly name: SectionName; readonly section: Section<unknown> }>;
  /** What must be right in what was read. @throws where it is not */
  readonly judge: (data: unknown) => void;
}

const OFF = { off: 'switched off' };

async function ofAws(name: SectionName, collector: Collector, answers: Readonly<Record<string, readonly AwsAnswer[]>>) {
  const server = await fakeAws(answers);
  vi.stubEnv('AWS_ENDPOINT_URL', server.url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  const { signal } = new AbortController();
  const session = await openAws({
    env: { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' },
    region: 'eu-west-1',
    retryMode: 'standard',
    concurrency: 5,
    tool: { name: 'vpccni', version: '0' },
    signal,
  });
  const access = awsAccess({ session, clusterName: 'prod', concurrency: 5, log: new SourceLog(), signal });
  const known = defineAwsCollector<'cluster'>({
    section: 'cluster',
    purpose: 'x',
    calls: [],
    collect: async () => ({ data: (calm().cluster as unknown as { data: never }).data }),
  });
  const open = Promise.resolve((c: { section: string; calls: readonly { iam: string }[] }) =>
    access(
      c.section,
      c.calls.map((call) => call.iam),
    ),
  );
  const sides: Sides = { aws: { open }, kubernetes: OFF };
  try {
    const sections = await runCollectors({ collectors: [known as Collector, collector], sides, signal });
    return { name, section: sections[name] as Section<unknown> };
  } finally {
    session.close();
    await server.stop();
    vi.unstubAllEnvs();
  }
}

/** Every list of the section is answered with these items, 500 a page. */
async function ofKubernetes(name: SectionName, collector: Collector, kind: string, items: readonly object[]) {
  const server = await fakeServer(({ url }, response) => {
    const at = Number(url.searchParams.get('continue') ?? 0);
    const more = at + 500 < items.length ? { continue: String(at + 500) } : {};
    json(response, 200, { kind: `${kind}List`, apiVersion: 'v1', metadata: more, items: items.slice(at, at + 500) });
  });
  const session = openSession(connectionTo(server.url), { env: {} });
  const { signal } = new AbortController();
  const open = Promise.resolve((c: { section: string }, gap: never) =>
    session.access({ section: c.section, signal, record: () => {}, gap }),
  );
  try {
    const sections = await runCollectors({
      collectors: [collector],
      sides: { aws: OFF, kubernetes: { open } as unknown as Sides['kubernetes'] },
      signal,
    });
    return { name, section: sections[name] as Section<unknown> };
  } finally {
    session.close();
    await server.close();
  }
}

const xml = (operation: string, content: string): AwsAnswer => ({
  body: `<${operation}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><requestId>r</requestId>${content}</${operation}Response>`,
});
const eks = (body: object, status = 200): AwsAnswer => ({
  status,
  body: JSON.stringify(body),
  type: 'application/json',
});

const subnetXml = (id: string, more: string) =>
  `<item><subnetId>${id}</subnetId><vpcId>vpc-0a1b2c3d4e5f60718</vpcId><state>available</state><availabilityZone>eu-west-1a</availabilityZone>${more}</item>`;
const ofSubnets = (items: string) =>
  ofAws('subnets', subnets as Collector, {
    DescribeSubnets: [xml('DescribeSubnets', `<subnetSet>${items}</subnetSet>`)],
  });
const ofEnis = (items: string) =>
  ofAws('networkInterfaces', networkInterfaces as Collector, {
    DescribeNetworkInterfaces: [
      xml('DescribeNetworkInterfaces', `<networkInterfaceSet>${items}</networkInterfaceSet>`),
    ],
  });

/** @throws where the data is not as it should be */
function must(holds: boolean, what: unknown): void {
  if (!holds) throw new Error(`not as it should be: ${JSON.stringify(what)}`);
}

const NODEGROUP = {
  nodegroupName: 'workers',
  nodeRole: NODE_ROLE,
  status: 'ACTIVE',
  amiType: 'AL2023_x86_64_STANDARD',
  capacityType: 'ON_DEMAND',
  instanceTypes: ['m5.large'],
  subnets: ['subnet-0ca1000000000000a'],
  scalingConfig: { minSize: 1, maxSize: 3, desiredSize: 1 },
};

export const ODDITIES: readonly Oddity[] = [
  {
    fault: 'lists a node group that is gone when it is asked for',
    outcome: 'whole',
    read: () =>
      ofAws('nodegroups', nodegroups as Collector, {
        'GET /clusters/prod/node-groups?maxResults=100': [eks({ nodegroups: ['workers', 'gone'] })],
        'GET /clusters/prod/node-groups/workers': [eks({ nodegroup: NODEGROUP })],
        'GET /clusters/prod/node-groups/gone': [eks({ __type: 'ResourceNotFoundException', message: 'no' }, 404)],
      }),
    judge: (data) => must((data as { name: string }[]).map((g) => g.name).join() === 'workers', data),
  },
  {
    fault: 'sends 10,000 events of one pod that is gone',
    outcome: 'whole',
    read: () =>
      ofKubernetes(
        'events',
        events as Collector,
        'Event',
        Array.from({ length: 10_000 }, (_, i) => ({
          metadata: { name: `p.${i}`, namespace: 'default', uid: `uid-${i}` },
          involvedObject: { kind: 'Pod', namespace: 'default', name: 'gone' },
          type: 'Warning',
          reason: 'FailedScheduling',
          message: '0/3 nodes are available: 3 Too many pods.',
          count: 1,
          firstTimestamp: '2026-11-01T11:00:00Z',
          lastTimestamp: '2026-11-01T11:00:00Z',
        })),
      ),
    judge: (data) => {
      const [sum, ...more] = data as { count: number }[];
      must(sum?.count === 10_000 && more.length === 0, [sum, more.length]);
    },
  },
  {
    fault: 'sends a subnet without IPv4 addresses',
    outcome: 'whole',
    read: () =>
      ofSubnets(
        subnetXml(
          'subnet-6',
          '<ipv6Native>true</ipv6Native><availableIpAddressCount>0</availableIpAddressCount><ipv6CidrBlockAssociationSet><item><ipv6CidrBlock>2001:db8:1:2::/64</ipv6CidrBlock></item></ipv6CidrBlockAssociationSet>',
        ),
      ),
    judge: (data) => {
      const [s] = data as { ipv6Native: boolean; ipv6Cidrs: string[] }[];
      must(s?.ipv6Native === true && s.ipv6Cidrs.join() === '2001:db8:1:2::/64', data);
    },
  },
  {
    fault: 'sends subnets of size /16 and /28',
    outcome: 'whole',
    read: () =>
      ofSubnets(
        `${subnetXml('subnet-large', '<cidrBlock>10.8.0.0/16</cidrBlock><availableIpAddressCount>65531</availableIpAddressCount>')}${subnetXml('subnet-small', '<cidrBlock>10.9.0.0/28</cidrBlock><availableIpAddressCount>11</availableIpAddressCount>')}`,
      ),
    judge: (data) => must((data as { availableIps: number }[]).map((s) => s.availableIps).join() === '65531,11', data),
  },
  {
    fault: 'sends ENIs of a kind and in a state nobody knows yet',
    outcome: 'whole',
    read: () =>
      ofEnis(
        '<item><networkInterfaceId>eni-new</networkInterfaceId><subnetId>subnet-0ca1000000000000a</subnetId><vpcId>vpc-0a1b2c3d4e5f60718</vpcId><availabilityZone>eu-west-1a</availabilityZone><status>warming</status><interfaceType>quantum</interfaceType><privateIpAddress>10.1.0.200</privateIpAddress><spin>up</spin></item>',
      ),
    judge: (data) => {
      const [e] = data as { type: string; status: string }[];
      must(e?.type === 'quantum' && e.status === 'warming', data);
    },
  },
  {
    fault: 'leaves out of an ENI what it may',
    outcome: 'whole',
    read: () =>
      ofEnis(
        '<item><networkInterfaceId>eni-bare</networkInterfaceId><subnetId>subnet-0ca1000000000000a</subnetId></item>',
      ),
    judge: (data) => must((data as object[]).length === 1, data),
  },
  {
    fault: 'leaves out of a node what it may',
    outcome: 'whole',
    exit: 3,
    read: () =>
      ofKubernetes('nodes', nodes as Collector, 'Node', [
        { metadata: { name: 'bare', creationTimestamp: '2026-11-01T11:59:00Z' } },
      ]),
    judge: (data) => must((data as { ready: string }[])[0]?.ready === 'Unknown', data),
  },
];
