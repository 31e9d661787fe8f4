/** `--profile X` with a real configuration file whose default profile leads elsewhere: only X's own endpoints count. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type AwsSession, openAws } from '../../../../src/inspect/collect/aws/session.ts';
import { type Answer, type FakeAws, fakeAws, subnetPage } from './fake-aws.ts';

const KEYS = 'region = eu-west-1\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret\n';
const ASSUMED: Answer = {
  body: `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASIAEXAMPLE</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult>
<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></AssumeRoleResponse>`,
};
const PAGE = { DescribeSubnets: [subnetPage(['a'])], AssumeRole: [ASSUMED] };

let folder: string;
let mine: FakeAws;
let decoy: FakeAws;
let session: AwsSession | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vpccni-endpoint-'));
  [mine, decoy] = [await fakeAws(PAGE), await fakeAws(PAGE)];
});

afterEach(async () => {
  session?.close();
  session = undefined;
  vi.unstubAllEnvs();
  await Promise.all([mine.stop(), decoy.stop()]);
  rmSync(folder, { recursive: true });
});

/** Opens a session under this profile: the default one names the decoy for everything. */
async function open(profile: string | undefined, text: string, env: Record<string, string> = {}): Promise<AwsSession> {
  const all = {
    AWS_CONFIG_FILE: join(folder, 'config'),
    AWS_SHARED_CREDENTIALS_FILE: join(folder, 'credentials'),
    AWS_EC2_METADATA_DISABLED: 'true',
    ...env,
  };
  const own = `[default]\n${KEYS}endpoint_url = ${decoy.url}\nservices = elsewhere\n`;
  const elsewhere = `[services elsewhere]\nec2 =\n  endpoint_url = ${decoy.url}\nsts =\n  endpoint_url = ${decoy.url}\n`;
  writeFileSync(all.AWS_CONFIG_FILE, `${own}${elsewhere}${text}`);
  writeFileSync(all.AWS_SHARED_CREDENTIALS_FILE, '');
  for (const name of ['AWS_ENDPOINT_URL', 'AWS_PROFILE', 'AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'])
    vi.stubEnv(name, undefined);
  for (const [name, value] of Object.entries(all)) vi.stubEnv(name, value);
  session = await openAws({
    env: all,
    ...(profile ? { profile } : {}),
    retryMode: 'standard',
    concurrency: 5,
    tool: { name: 'vpccni', version: '1.2.3' },
    signal: new AbortController().signal,
  });
  return session;
}

/** Asks for subnets; `wait`: for so long, where no answer can come. */
async function ask(of: AwsSession, wait?: number): Promise<void> {
  const { client, DescribeSubnetsCommand } = await of.clients.ec2();
  const signal = wait === undefined ? {} : { abortSignal: AbortSignal.timeout(wait) };
  const asked = client.send(new DescribeSubnetsCommand({}), signal);
  await (wait === undefined ? asked : asked.catch(() => {}));
}

describe('the endpoints under --profile', () => {
  it('are those of the profile, not of the default one', async () => {
    await ask(await open('prod', `[profile prod]\n${KEYS}endpoint_url = ${mine.url}\n`));
    expect([mine.asked, decoy.asked]).toEqual([['DescribeSubnets'], []]);
  });

  it('are AWS where the profile names none', async () => {
    const proxy = { HTTPS_PROXY: 'http://127.0.0.1:9' };
    const opened = await open('prod', `[profile prod]\n${KEYS}`, proxy);
    await ask(opened, 500);
    expect(opened.endpointOf('ec2')).toBe('ec2.eu-west-1.amazonaws.com');
    expect(decoy.asked).toEqual([]);
  });

  it('are AWS where the profile ignores what is configured', async () => {
    const text = `[profile prod]\n${KEYS}endpoint_url = ${mine.url}\nignore_configured_endpoint_urls = true\n`;
    const opened = await open('prod', text, { HTTPS_PROXY: 'http://127.0.0.1:9' });
    await ask(opened, 500);
    expect(opened.endpointOf('ec2')).toBe('ec2.eu-west-1.amazonaws.com');
    expect([mine.asked, decoy.asked]).toEqual([[], []]);
  });

  it('are those of its services section before its general one', async () => {
    const text = `[profile prod]\n${KEYS}services = own\nendpoint_url = http://127.0.0.1:9\n[services own]\nec2 =\n  endpoint_url = ${mine.url}\n`;
    await ask(await open('prod', text));
    expect([mine.asked, decoy.asked]).toEqual([['DescribeSubnets'], []]);
  });

  it('are those of the environment before any file', async () => {
    const text = `[profile prod]\n${KEYS}endpoint_url = http://127.0.0.1:9\n`;
    await ask(await open('prod', text, { AWS_ENDPOINT_URL_EC2: mine.url }));
    expect([mine.asked, decoy.asked]).toEqual([['DescribeSubnets'], []]);
  });

  it('hold for the role that the profile assumes', async () => {
    const text = `[profile keys]\n${KEYS}[profile prod]\nregion = eu-west-1\nendpoint_url = ${mine.url}\nrole_arn = arn:aws:iam::111122223333:role/read\nsource_profile = keys\n`;
    await ask(await open('prod', text));
    expect([mine.asked, decoy.asked]).toEqual([['AssumeRole', 'DescribeSubnets'], []]);
  });

  it('are refused where they stand in a section that does not exist', async () => {
    await expect(open('prod', `[profile prod]\n${KEYS}services = nowhere\n`)).rejects.toThrow(
      'AWS profile "prod" names the services section "nowhere", which the configuration file does not have',
    );
  });

  it('are those of the default profile where none is named', async () => {
    await ask(await open(undefined, ''));
    expect([mine.asked, decoy.asked]).toEqual([[], ['DescribeSubnets']]);
  });

  it('are those of AWS_PROFILE', async () => {
    const text = `[profile prod]\n${KEYS}endpoint_url = ${mine.url}\n`;
    await ask(await open(undefined, text, { AWS_PROFILE: 'prod' }));
    expect([mine.asked, decoy.asked]).toEqual([['DescribeSubnets'], []]);
  });
});
