import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DescribeNetworkInterfacesCommand,
  DescribeRouteTablesCommand,
  DescribeSubnetsCommand,
} from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Aws, awsClients } from './clients/aws.ts';
import { missingServers } from './servers/missing.ts';
import { ensureMoto, type Moto, startMoto } from './servers/moto.ts';
import { recordings } from './servers/recordings.ts';

const missing = missingServers().emulator;

describe.skipIf(missing)(`public recordings, replayed${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let dir: string;
  let moto: Moto;
  let aws: Aws;
  const recorded = recordings();
  beforeAll(async () => {
    dir = mkdtempSync(join(tmpdir(), 'vpccni-moto-'));
    moto = await startMoto(
      ensureMoto(() => {}),
      dir,
    );
    aws = awsClients(moto.url);
    await moto.post('replay', recorded);
  });
  afterAll(async () => {
    aws?.close();
    await moto?.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  /** The SDK turns texts into dates and leaves out what was null or empty. */
  const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

  it('serves 25 interfaces so that the SDK reads what was recorded', async () => {
    const { NetworkInterfaces = [] } = await aws.ec2.send(new DescribeNetworkInterfacesCommand({ MaxResults: 1000 }));
    expect(NetworkInterfaces).toHaveLength(25);
    expect(NetworkInterfaces.filter((e) => String(e.InterfaceType) === 'nat_gateway')).toHaveLength(2);
    for (const [i, item] of recorded.DescribeNetworkInterfaces.entries())
      expect(plain(NetworkInterfaces[i])).toMatchObject(comparable(item));
  });

  it('serves subnets and route tables, page by page', async () => {
    const { Subnets = [] } = await aws.ec2.send(new DescribeSubnetsCommand({ MaxResults: 1000 }));
    expect(Subnets).toHaveLength(recorded.DescribeSubnets.length);
    for (const [i, item] of recorded.DescribeSubnets.entries())
      expect(plain(Subnets[i])).toMatchObject(comparable(item));
    let NextToken: string | undefined;
    let tables = 0;
    do {
      const page = await aws.ec2.send(new DescribeRouteTablesCommand({ MaxResults: 20, NextToken }));
      tables += page.RouteTables?.length ?? 0;
      NextToken = page.NextToken;
    } while (NextToken);
    expect(tables).toBe(recorded.DescribeRouteTables.length);
  });
});

/** A recording in the form the SDK gives it back: no empty lists of what the model does not send empty, times with milliseconds. */
function comparable(item: Record<string, unknown>): Record<string, unknown> {
  const keep = Object.entries(item).filter(
    ([, value]) => value !== null && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(keep);
}
