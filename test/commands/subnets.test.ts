import { Readable, Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import type { SubnetsFlags } from '../../src/cli/subnets.ts';
import { NoVerdictError, UsageError } from '../../src/commands/exit-code.ts';
import type { Io } from '../../src/commands/io.ts';
import { run } from '../../src/commands/subnets.ts';
import type { ClusterSnapshot } from '../../src/inspect/snapshot.ts';
import { shop } from '../support/shop.ts';
import { denied, snapshot } from '../support/snapshot-builder.ts';

async function subnets(of: ClusterSnapshot, flags: Partial<SubnetsFlags> = {}) {
  let stdout = '';
  const sink = new Writable({
    write(chunk, _, done) {
      stdout += String(chunk);
      done();
    },
  });
  const io: Io = {
    stdin: Readable.from([JSON.stringify(of)]),
    stdout: sink,
    stderr: sink,
    env: { COLUMNS: '100' },
  };
  const code = await run(io, { from: '-', ...flags });
  return { code, stdout };
}

const items = async (flags: Partial<SubnetsFlags>) =>
  JSON.parse((await subnets(shop(), { ...flags, output: ['json'] })).stdout).items.map(
    (i: { subnetId: string }) => i.subnetId,
  ) as string[];

describe('vpccni subnets', () => {
  it('answers for the subnets of the cluster, of the VPC, or those named', async () => {
    const ofCluster = await items({});
    const ofVpc = await items({ vpc: shopVpc() });
    expect(ofVpc.length).toBeGreaterThanOrEqual(ofCluster.length);
    expect(await items({ subnet: [`${ofCluster[1]}, ${ofCluster[0]}`] })).toEqual(ofCluster.slice(0, 2));
  });

  it('exits 0 whatever it finds', async () => {
    expect((await subnets(shop())).code).toBe(0);
    const blind = { ...shop(), networkInterfaces: denied('ec2:DescribeNetworkInterfaces') } as ClusterSnapshot;
    const { code, stdout } = await subnets(blind);
    expect(code).toBe(0);
    expect(stdout).toContain('Not read: networkInterfaces (ec2:DescribeNetworkInterfaces)');
  });

  it.each<[string, Partial<SubnetsFlags>]>([
    ['is no id of a subnet', { subnet: ['10.0.0.0/24'] }],
    ['subnet-0123 is not among the subnets read', { subnet: ['subnet-0123'] }],
    ['is no id of a VPC', { vpc: 'prod' }],
    ['are those of vpc-', { vpc: 'vpc-0123' }],
    ['neither the number of a block nor an address', { block: 'first' }],
    ['needs one subnet', { block: '1' }],
    ['has such a block', { block: '192.168.0.1' }],
    ['--drain must be 1 or more', { drain: 0 }],
    ['--reserve must be 1 or more', { reserve: 0 }],
    ['--reserve is for one subnet', { reserve: 2 }],
    ['is no size of a subnet', { grow: '/8' }],
    ['is no size of a subnet', { grow: 'big' }],
    ['unknown output format', { output: ['nope'] }],
  ])('refuses what cannot be meant: %s', async (says, flags) => {
    await expect(subnets(shop(), flags)).rejects.toThrow(UsageError);
    await expect(subnets(shop(), flags)).rejects.toThrow(says);
  });

  it('gives no verdict where subnets, or the interfaces in a block, could not be read', async () => {
    await expect(subnets(snapshot({ subnets: denied('ec2:DescribeSubnets') }))).rejects.toThrow(NoVerdictError);
    const blind = { ...shop(), networkInterfaces: denied('ec2:DescribeNetworkInterfaces') } as ClusterSnapshot;
    await expect(subnets(blind, { subnet: [(await items({}))[0]!], block: '1' })).rejects.toThrow(NoVerdictError);
  });
});

function shopVpc(): string {
  const { vpc } = shop();
  return 'data' in vpc ? vpc.data.vpcId : '';
}
