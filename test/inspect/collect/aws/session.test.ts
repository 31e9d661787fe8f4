import { afterEach, describe, expect, it, vi } from 'vitest';
import { awsAccess, type OpenAwsAccess } from '../../../../src/inspect/collect/aws/open-access.ts';
import { type AwsSession, type AwsSettings, openAws } from '../../../../src/inspect/collect/aws/session.ts';
import { CollectFailure } from '../../../../src/inspect/collect/failure.ts';
import { SourceLog } from '../../../../src/inspect/collect/source-log.ts';
import { type Answer, ec2Error, type FakeAws, fakeAws, subnetPage } from './fake-aws.ts';

const HTML: Answer = { status: 502, body: '<html><body>502 Bad Gateway</body></html>', type: 'text/html' };
const CALL = 'ec2:DescribeSubnets';

let server: FakeAws | undefined;
let session: AwsSession | undefined;

afterEach(async () => {
  session?.close();
  await server?.stop();
  vi.unstubAllEnvs();
});

function settings(more: Partial<AwsSettings> = {}): AwsSettings {
  return {
    env: { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' },
    region: 'eu-west-1',
    retryMode: 'standard',
    concurrency: 5,
    tool: { name: 'vpccni', version: '1.2.3' },
    signal: new AbortController().signal,
    ...more,
  };
}

/** Access to a server that answers so, and the log of what was asked. */
async function accessTo(
  answers: Readonly<Record<string, readonly Answer[]>>,
  more: Partial<AwsSettings> = {},
): Promise<{ open: OpenAwsAccess; log: SourceLog }> {
  server = await fakeAws(answers);
  vi.stubEnv('AWS_ENDPOINT_URL', server.url);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  const given = settings(more);
  session = await openAws(given);
  const log = new SourceLog();
  return { open: awsAccess({ session, clusterName: 'prod', concurrency: 5, log, signal: given.signal }), log };
}

async function subnetIds(open: OpenAwsAccess): Promise<string[]> {
  const access = open('subnets', [CALL]);
  const { client, DescribeSubnetsCommand } = await access.clients.ec2();
  return access.pages(
    CALL,
    (NextToken) => client.send(new DescribeSubnetsCommand({ MaxResults: 5, NextToken })),
    (out) => ({ items: (out.Subnets ?? []).map((s) => s.SubnetId ?? ''), next: out.NextToken }),
  );
}

describe('an AWS session', () => {
  it('reads all pages and keeps account of them', async () => {
    const { open, log } = await accessTo({ DescribeSubnets: [subnetPage(['a', 'b'], 'more'), subnetPage(['c'])] });
    expect(await subnetIds(open)).toEqual(['a', 'b', 'c']);
    expect(log.sources()).toMatchObject([
      { section: 'subnets', call: CALL, requests: 2, items: 3, retries: 0, outcome: 'ok' },
    ]);
    expect(server?.userAgents[0]).toContain('vpccni/1.2.3');
  });

  it('rides out throttling and counts the attempts', async () => {
    const throttled = ec2Error('RequestLimitExceeded', 503);
    const { open, log } = await accessTo({ DescribeSubnets: [throttled, throttled, subnetPage(['a'])] });
    expect(await subnetIds(open)).toEqual(['a']);
    expect(log.sources()).toMatchObject([{ requests: 1, retries: 2, outcome: 'ok' }]);
  }, 30_000);

  it('names the denied action', async () => {
    const { open, log } = await accessTo({ DescribeSubnets: [ec2Error('UnauthorizedOperation', 403)] });
    await expect(subnetIds(open)).rejects.toMatchObject({ kind: 'denied', permission: CALL });
    expect(log.sources()).toMatchObject([{ requests: 1, items: 0, outcome: 'denied' }]);
  });

  it('survives a page of HTML and names the endpoint', async () => {
    const { open } = await accessTo({ DescribeSubnets: [HTML] });
    const failure = await subnetIds(open).catch((e: unknown) => e);
    expect(failure).toMatchObject({ kind: 'not-an-api' });
    expect((failure as Error).message).toContain(new URL(server!.url).host);
  }, 30_000);

  it('gives up when the time is over, even while nothing answers', async () => {
    const stop = new AbortController();
    const { open, log } = await accessTo({ DescribeSubnets: [{ body: '', silent: true }] }, { signal: stop.signal });
    setTimeout(() => stop.abort(new CollectFailure('timeout', 'not finished within 1 s (--timeout)')), 100);
    await expect(subnetIds(open)).rejects.toMatchObject({
      kind: 'timeout',
      message: 'not finished within 1 s (--timeout)',
    });
    expect(log.sources()).toMatchObject([{ outcome: 'timeout' }]);
  });

  it('goes through the proxy of the environment, and around it for the hosts of NO_PROXY', async () => {
    const through = async (env: Record<string, string>) => {
      await accessTo({ DescribeSubnets: [subnetPage(['a'])] });
      session?.close();
      vi.stubEnv('AWS_ENDPOINT_URL', 'http://ec2.example.invalid');
      const proxied = settings({ env: { ...settings().env, HTTP_PROXY: server!.url, ...env } });
      session = await openAws(proxied);
      const { signal } = proxied;
      return subnetIds(awsAccess({ session, clusterName: 'prod', concurrency: 5, log: new SourceLog(), signal }));
    };
    expect(await through({})).toEqual(['a']);
    await server?.stop();
    await expect(through({ NO_PROXY: '.example.invalid' })).rejects.toMatchObject({ kind: 'unreachable' });
  }, 30_000);

  it('offers adaptive retries', async () => {
    const { open } = await accessTo({ DescribeSubnets: [subnetPage(['a'])] }, { retryMode: 'adaptive' });
    const { client } = await open('subnets', [CALL]).clients.ec2();
    expect(await client.config.retryStrategy()).toMatchObject({ mode: 'adaptive' });
    expect(await subnetIds(open)).toEqual(['a']);
  });

  it('stops at a token that comes back', async () => {
    const { open } = await accessTo({ DescribeSubnets: [subnetPage(['a'], 'again')] });
    await expect(subnetIds(open)).rejects.toThrow('the server repeats itself');
  });

  it('stops at tokens that come in turns', async () => {
    const pages = ['one', 'two', 'one'].map((token) => subnetPage(['a'], token));
    const { open } = await accessTo({ DescribeSubnets: pages });
    await expect(subnetIds(open)).rejects.toThrow('the server repeats itself');
  });

  it.each([
    ['a page of HTML', '<html><body>Please log in</body></html>'],
    ['an empty page', ''],
    ['the XML of another call', '<DescribeVpcsResponse><requestId>r</requestId><vpcSet/></DescribeVpcsResponse>'],
    ['XML of something else', '<?xml version="1.0"?><feed><requestId>r</requestId></feed>'],
    ['a reply without any sign of AWS', '<DescribeSubnetsResponse><subnetSet/></DescribeSubnetsResponse>'],
    ['a reply that breaks off', '<DescribeSubnetsResponse><requestId>r</requestId><subnetSet><item>'],
    ['JSON', '{}'],
  ])('takes %s with status 200 for no answer', async (_, body) => {
    const { open, log } = await accessTo({ DescribeSubnets: [{ body }] });
    const failure = await subnetIds(open).catch((e: unknown) => e);
    expect(failure).toMatchObject({ kind: 'not-an-api' });
    expect((failure as Error).message).toContain('did not answer ec2:DescribeSubnets like AWS');
    expect(log.sources()).toMatchObject([{ items: 0, outcome: 'not-an-api' }]);
  });

  it.each([
    ['an empty object', '{}'],
    ['another list', '{"names":[]}'],
    ['no list', '{"clusters":null}'],
    ['HTML', '<html></html>'],
  ])('takes %s in place of the list of clusters for no answer', async (_, body) => {
    const { open } = await accessTo({ 'GET /clusters?maxResults=100': [{ body, type: 'application/json' }] });
    const access = open('cluster', ['eks:ListClusters']);
    const { client, ListClustersCommand } = await access.clients.eks();
    await expect(
      access.call('eks:ListClusters', () => client.send(new ListClustersCommand({ maxResults: 100 }))),
    ).rejects.toMatchObject({ kind: 'not-an-api' });
  });

  it('refuses to send what is not a read, before anything leaves', async () => {
    const { open } = await accessTo({});
    const { client } = await open('subnets', []).clients.ec2();
    const { DeleteSubnetCommand } = await import('@aws-sdk/client-ec2');
    await expect(client.send(new DeleteSubnetCommand({ SubnetId: 'subnet-1' }))).rejects.toThrow('only reads');
    expect(server?.asked).toEqual([]);
  });

  it('refuses a call the collector does not declare', async () => {
    const { open } = await accessTo({});
    expect(() => open('subnets', []).call(CALL, async () => ({}))).toThrow('without declaring it');
  });

  it('runs no more requests at once than allowed, and EKS calls at most three', async () => {
    const log = new SourceLog();
    const open = awsAccess({
      session: { region: 'eu-west-1', clients: {} as never, endpointOf: () => undefined },
      clusterName: 'prod',
      concurrency: 5,
      log,
      signal: new AbortController().signal,
    });
    const most = async (iam: string) => {
      let running = 0;
      let peak = 0;
      const send = async () => {
        peak = Math.max(peak, ++running);
        await new Promise((r) => setTimeout(r, 5));
        running--;
        return {};
      };
      await Promise.all(Array.from({ length: 20 }, () => open('x', [iam]).call(iam, send)));
      return peak;
    };
    expect(await most('ec2:DescribeVpcs')).toBe(5);
    expect(await most('eks:DescribeNodegroup')).toBe(3);
    expect(log.sources().map((s) => s.requests)).toEqual([20, 20]);
  });
});

describe('region and credentials', () => {
  const bare = { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' };
  const keys = () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIDEXAMPLE');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'secret');
  };
  const without = () => {
    for (const name of [
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_PROFILE',
      'AWS_REGION',
      'AWS_DEFAULT_REGION',
    ])
      vi.stubEnv(name, undefined);
    for (const [name, value] of Object.entries(bare)) vi.stubEnv(name, value);
    vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true');
  };

  it('reads AWS_DEFAULT_REGION, which the SDK does not', async () => {
    keys();
    session = await openAws(settings({ region: undefined, env: { ...bare, AWS_DEFAULT_REGION: 'ap-south-1' } }));
    expect(session.region).toBe('ap-south-1');
  });

  it('says that there is no Region', async () => {
    without();
    keys();
    await expect(openAws(settings({ region: undefined }))).rejects.toThrow('give --region or set AWS_REGION');
  });

  it('says that there are no credentials', async () => {
    without();
    await expect(openAws(settings())).rejects.toMatchObject({ kind: 'credentials', message: /no AWS credentials/ });
  });

  it('says that the profile does not exist', async () => {
    without();
    await expect(openAws(settings({ profile: 'nobody' }))).rejects.toThrow(
      'AWS profile "nobody" is neither in /dev/null',
    );
  });

  it('says that AWS_CA_BUNDLE cannot be read', async () => {
    await expect(openAws(settings({ env: { ...bare, AWS_CA_BUNDLE: '/no/such.pem' } }))).rejects.toThrow(
      'AWS_CA_BUNDLE',
    );
  });

  it('assumes the role it is given', async () => {
    without();
    const assumed =
      '<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>';
    await accessTo({ AssumeRole: [{ body: assumed }] }, { roleArn: 'arn:aws:iam::111122223333:role/reader' });
    expect(await session?.credentials()).toMatchObject({ accessKeyId: 'ASIAROLE', sessionToken: 't' });
    expect(server?.asked).toEqual(['AssumeRole']);
  });

  it('names sts:AssumeRole where that is denied', async () => {
    without();
    const body = '<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>';
    const role = { roleArn: 'arn:aws:iam::111122223333:role/reader' };
    await expect(accessTo({ AssumeRole: [{ status: 403, body }] }, role)).rejects.toMatchObject({
      kind: 'denied',
      permission: 'sts:AssumeRole',
    });
  });
});
