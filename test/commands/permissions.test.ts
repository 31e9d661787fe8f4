import { describe, expect, it } from 'vitest';
import { UsageError } from '../../src/commands/exit-code.ts';
import { run } from '../../src/commands/permissions.ts';
import { fakeIo } from './fake-io.ts';

async function printed(flags: Parameters<typeof run>[1]): Promise<string> {
  const io = fakeIo();
  expect(await run(io, flags)).toBe(0);
  return io.out();
}

const FULL = {
  principal: 'arn:aws:iam::111122223333:role/sre',
  cluster: 'arn:aws:eks:eu-west-1:111122223333:cluster/prod',
};

describe('vpccni permissions', () => {
  it('prints policy, manifest, access entry and proof, ready to paste', async () => {
    const text = await printed(FULL);
    expect(text).toContain('"ec2:DescribeNetworkInterfaces"');
    expect(text).toContain('"kind": "ClusterRole"');
    expect(text).toContain('--cluster-name prod --principal-arn arn:aws:iam::111122223333:role/sre');
    expect(text).toContain('--region eu-west-1');
    expect(text).toContain('read-only');
    const pasted = text.slice(0, text.indexOf('EVERY CALL'));
    expect(pasted).not.toMatch(/\$[A-Z_]+|<[a-z-]+>|…/);
  });

  it('names the flag that fills a command rather than leave a hole in it', async () => {
    const text = await printed({});
    expect(text).toContain('Give --principal and --cluster and the command is printed here, filled in.');
    expect(text).not.toContain('create-access-entry --');
  });

  it('lists every call with its sections as JSON', async () => {
    const report = JSON.parse(await printed({ ...FULL, output: ['json'] }));
    expect(report).toMatchObject({ kind: 'Permissions', proof: { readOnly: true }, flagsMissing: [] });
    const call = report.calls.find((c: { call: string }) => c.call === 'ec2:DescribeNetworkInterfaces');
    expect(call).toMatchObject({ side: 'aws', tier: 'core', sections: ['networkInterfaces', 'quotas'] });
  });

  it('refuses what is no principal and no cluster', async () => {
    await expect(run(fakeIo(), { principal: 'ada' })).rejects.toThrow(UsageError);
    await expect(run(fakeIo(), { cluster: 'a b' })).rejects.toThrow(UsageError);
  });
});
