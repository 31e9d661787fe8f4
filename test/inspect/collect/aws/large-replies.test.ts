import { DescribeInstancesCommand, DescribeNetworkInterfacesCommand, EC2Client } from '@aws-sdk/client-ec2';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { LARGE_REPLIES } from '../../../../src/inspect/collect/aws/large-replies.ts';
import { openAws } from '../../../../src/inspect/collect/aws/session.ts';
import { type Members, readXml, type Xml } from '../../../../src/inspect/collect/aws/xml-projection.ts';
import { fakeAws } from './fake-aws.ts';

const COMMANDS = {
  DescribeNetworkInterfaces: DescribeNetworkInterfacesCommand,
  DescribeInstances: DescribeInstancesCommand,
};
type Operation = keyof typeof COMMANDS;

const whole = (operation: Operation, content: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<${operation}Response xmlns="http://ec2.amazonaws.com/doc/2016-11-15/">\n    <requestId>r</requestId>${content}</${operation}Response>\n`;
const own = (operation: Operation, text: string) =>
  readXml(Buffer.from(text), `${operation}Response`, LARGE_REPLIES[operation]!);

/** What the SDK makes of it, without what is not wanted. */
async function ofSdk(operation: Operation, text: string): Promise<unknown> {
  const client = new EC2Client({
    region: 'eu-west-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    requestHandler: {
      handle: async () => ({ response: { statusCode: 200, headers: {}, body: Buffer.from(text) } }),
    } as never,
  });
  const out = await client.send(new (COMMANDS[operation] as typeof DescribeInstancesCommand)({}));
  return picked(out, LARGE_REPLIES[operation]!);
}

function picked(value: unknown, shape: Xml): unknown {
  if (typeof shape === 'string' || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((v) => picked(v, (shape as { list: Members }).list));
  const of = value as Record<string, unknown>;
  return Object.fromEntries(
    Object.values(shape as Members).flatMap(([member, below]) =>
      of[member] === undefined ? [] : [[member, picked(of[member], below)]],
    ),
  );
}

/** Every element that is wanted, each with a value of its kind. */
function filled(members: Members): string {
  return Object.entries(members)
    .map(([element, [, shape]]) => `<${element}>${contentOf(element, shape)}</${element}>`)
    .join('');
}

function contentOf(element: string, shape: Xml): string {
  if (shape === 'text') return `the ${element}`;
  if (shape === 'number') return '3';
  if (shape === 'boolean') return 'true';
  if (shape === 'time') return '2026-11-20T08:00:00.000Z';
  const isList = 'list' in shape && !Array.isArray(shape.list);
  return isList ? `<item>${filled(shape.list as Members)}</item>`.repeat(2) : filled(shape as Members);
}

const ENI = `<item>
  <networkInterfaceId>eni-0a1b2c3d4e5f60718</networkInterfaceId>
  <subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><availabilityZone>eu-west-1a</availabilityZone>
  <description>aws-K8S-i-0a &amp; co &lt;&#x41;&#66;&gt; größer</description>
  <ownerId>111122223333</ownerId><requesterManaged>false</requesterManaged><status>in-use</status>
  <macAddress>02:00:00:00:00:01</macAddress><privateIpAddress>10.0.0.5</privateIpAddress>
  <sourceDestCheck>true</sourceDestCheck>
  <groupSet><item><groupId>sg-1</groupId><groupName>a</groupName></item></groupSet>
  <attachment>
    <attachmentId>eni-attach-1</attachmentId><instanceId>i-0a</instanceId><deviceIndex>1</deviceIndex>
    <networkCardIndex>0</networkCardIndex><status>attached</status><attachTime>2026-11-20T08:00:00Z</attachTime>
    <deleteOnTermination>true</deleteOnTermination>
  </attachment>
  <association><publicIp>1.2.3.4</publicIp><empty/></association>
  <tagSet><item><key>node.k8s.amazonaws.com/instance_id</key><value>i-0a</value></item><item><key>empty</key><value/></item></tagSet>
  <privateIpAddressesSet>
    <item><privateIpAddress>10.0.0.5</privateIpAddress><primary>true</primary><privateDnsName>ip-10-0-0-5</privateDnsName></item>
    <item><privateIpAddress>10.0.0.6</privateIpAddress><primary>false</primary></item>
  </privateIpAddressesSet>
  <ipv6AddressesSet/><ipv4PrefixSet><item><ipv4Prefix>10.0.0.16/28</ipv4Prefix></item></ipv4PrefixSet>
  <interfaceType>interface</interfaceType>
</item>`;
const BRANCH = `<item><networkInterfaceId>eni-2</networkInterfaceId><description/><tagSet></tagSet><status>in-use</status></item>`;

afterEach(() => vi.unstubAllEnvs());

describe('a large reply of EC2', () => {
  it.each(Object.keys(COMMANDS) as Operation[])(
    '%s: each wanted element is what the SDK makes of it',
    async (operation) => {
      const text = whole(operation, filled(LARGE_REPLIES[operation]!));
      const value = own(operation, text);
      expect(value).toEqual(await ofSdk(operation, text));
      const leaves = (shape: Xml): number =>
        typeof shape === 'string'
          ? 1
          : 'list' in shape && !Array.isArray(shape.list)
            ? 2 * leaves(shape.list as Members)
            : Object.values(shape as Members).reduce((n, [, below]) => n + leaves(below), 0);
      // nothing is lost on both sides
      const count = (v: unknown): number =>
        typeof v !== 'object' || v === null || v instanceof Date
          ? 1
          : Object.values(v).reduce((n: number, x) => n + count(x), 0);
      expect(count(value)).toBe(leaves(LARGE_REPLIES[operation]!));
    },
  );

  it.each([
    ['with everything', `<networkInterfaceSet>${ENI}${BRANCH}</networkInterfaceSet><nextToken>more==</nextToken>`],
    ['with nothing', '<networkInterfaceSet/>'],
    ['with nothing at all', ''],
  ])('%s is read as by the SDK', async (_, content) => {
    const text = whole('DescribeNetworkInterfaces', content);
    expect(own('DescribeNetworkInterfaces', text)).toEqual(await ofSdk('DescribeNetworkInterfaces', text));
  });

  it('that ends early, wherever, is left to the SDK', () => {
    const text = whole('DescribeNetworkInterfaces', `<networkInterfaceSet>${ENI}</networkInterfaceSet>`).trim();
    expect(own('DescribeNetworkInterfaces', text)).toBeDefined();
    for (let end = 0; end < text.length; end++)
      expect(own('DescribeNetworkInterfaces', text.slice(0, end)), text.slice(0, end)).toBeUndefined();
  });

  it.each([
    ['a comment', '<networkInterfaceSet><!-- x --></networkInterfaceSet>'],
    ['a comment in what is not wanted', '<other><!-- </other> --></other>'],
    ['CDATA', '<nextToken><![CDATA[x]]></nextToken>'],
    ['an attribute', '<nextToken a="1">x</nextToken>'],
    ['another element in a list', '<networkInterfaceSet><member/></networkInterfaceSet>'],
    ['text in a list', '<networkInterfaceSet>x</networkInterfaceSet>'],
    ['an element twice', '<nextToken>x</nextToken><nextToken>y</nextToken>'],
    ['tags crossed', '<networkInterfaceSet><item></networkInterfaceSet></item>'],
    ['an unknown entity', '<nextToken>&nbsp;</nextToken>'],
    [
      'a number that is none',
      '<networkInterfaceSet><item><attachment><deviceIndex>x</deviceIndex></attachment></item></networkInterfaceSet>',
    ],
    [
      'a time that is none',
      '<networkInterfaceSet><item><attachment><attachTime>soon</attachTime></attachment></item></networkInterfaceSet>',
    ],
    ['elements in a text', '<nextToken><x/></nextToken>'],
  ])('with %s is left to the SDK', (_, content) => {
    expect(own('DescribeNetworkInterfaces', whole('DescribeNetworkInterfaces', content))).toBeUndefined();
  });

  it.each([
    ['another root', '<DescribeInstancesResponse></DescribeInstancesResponse>'],
    ['a longer root', '<DescribeNetworkInterfacesResponses></DescribeNetworkInterfacesResponses>'],
    ['something behind', `${whole('DescribeNetworkInterfaces', '')}<x/>`],
    ['a page of a proxy', '<html><body>login</body></html>'],
  ])('%s is left to the SDK', (_, text) => {
    expect(own('DescribeNetworkInterfaces', text)).toBeUndefined();
  });

  it('comes through a session so, and by the SDK where it is written otherwise', async () => {
    const odd = `<networkInterfaceSet>${ENI}<!-- odd --></networkInterfaceSet>`;
    const server = await fakeAws({
      DescribeNetworkInterfaces: [`<networkInterfaceSet>${ENI}</networkInterfaceSet><nextToken>t</nextToken>`, odd].map(
        (content) => ({
          body: whole('DescribeNetworkInterfaces', content),
        }),
      ),
    });
    vi.stubEnv('AWS_ENDPOINT_URL', server.url);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
    const session = await openAws({
      env: { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' },
      region: 'eu-west-1',
      retryMode: 'standard',
      concurrency: 5,
      tool: { name: 'vpccni', version: '1.2.3' },
      signal: new AbortController().signal,
    });
    const { client } = await session.clients.ec2();
    const ours = await client.send(new DescribeNetworkInterfacesCommand({}));
    const theirs = await client.send(new DescribeNetworkInterfacesCommand({}));
    session.close();
    await server.stop();
    expect(ours.NetworkInterfaces?.[0]).toMatchObject({ NetworkInterfaceId: 'eni-0a1b2c3d4e5f60718', VpcId: 'vpc-1' });
    expect(ours.NetworkInterfaces?.[0]).not.toHaveProperty('MacAddress');
    expect(ours.NextToken).toBe('t');
    expect(theirs.NetworkInterfaces?.[0]).toMatchObject({ MacAddress: '02:00:00:00:00:01' });
    expect(theirs.NextToken).toBeUndefined();
  });
});
