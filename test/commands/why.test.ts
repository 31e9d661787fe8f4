import { describe, expect, it } from 'vitest';
import { main } from '../../src/cli.ts';
import type { ClusterSnapshot } from '../../src/inspect/snapshot.ts';
import { shop } from '../support/shop.ts';
import { denied, node, pod, wholeSnapshot } from '../support/snapshot-builder.ts';
import { fakeIo } from './fake-io.ts';

async function why(of: ClusterSnapshot, ...args: string[]) {
  const io = fakeIo({ stdin: JSON.stringify(of) });
  process.exitCode = undefined;
  await main(['why', ...args, '--from', '-'], io);
  const code = Number(process.exitCode ?? 0);
  process.exitCode = undefined;
  return { code, out: io.out(), err: io.err() };
}

const TWICE = wholeSnapshot({
  pods: [pod({ name: 'agent', namespace: 'logs' }), pod({ name: 'agent', namespace: 'shop' })],
});

describe('why', () => {
  it('ends well whatever it finds, unless told to fail', async () => {
    expect(await why(shop(), 'shop/cart-a2-0')).toMatchObject({ code: 0, out: expect.stringContaining('PFX001') });
    expect((await why(shop(), 'shop/cart-a2-0', '--fail-on', 'error')).code).toBe(1);
    expect((await why(shop(), '10.0.0.1', '--fail-on', 'info')).code).toBe(0);
    expect((await why(shop(), '203.0.113.7', '--fail-on', 'info')).code).toBe(3);
  });

  it('prints first what its commands reach the cluster by, and with the profile that was given', async () => {
    const { out, err } = await why(shop(), 'shop/cart-a2-0', '--profile', 'prod', '--no-color');
    const at = (text: string) => out.replaceAll(' \\\n  ', ' ').indexOf(text);
    expect(at('aws eks update-kubeconfig --name shop')).toBeGreaterThan(0);
    expect(at('aws eks update-kubeconfig --name shop')).toBeLessThan(at('--kubeconfig ./shop.kubeconfig patch'));
    expect(out).toContain('--profile prod');
    expect(err).toBe('');
    const there = await why(shop(), 'shop/cart-a2-0', '--context', 'prod-eu', '--no-color');
    expect(there.out).toContain('kubectl --context prod-eu ');
    expect(there.out).not.toContain('update-kubeconfig');
  });

  it('asks which one is meant', async () => {
    const { code, err, out } = await why(TWICE, 'agent');
    expect([code, err, out]).toEqual([
      2,
      'vpccni: "agent" could mean 2 things; say which: pod/logs/agent, pod/shop/agent\n',
      '',
    ]);
  });

  it('takes the namespace from a flag, as kubectl does', async () => {
    const told = async (...args: string[]) => {
      const { code, out, err } = await why(TWICE, ...args, '--no-color');
      return [code, code === 0 ? out.split(' ·')[0] : err.trimEnd()];
    };
    expect(await told('agent', '-n', 'logs')).toEqual([0, 'pod logs/agent']);
    expect(await told('pod/agent', '--namespace', 'shop')).toEqual([0, 'pod shop/agent']);
    expect(await told('shop/agent', '-n', 'shop')).toEqual([0, 'pod shop/agent']);
    expect((await why(shop(), 'deploy/cart', '-n', 'shop', '--no-color')).out).toMatch(
      /^workload shop\/Deployment\/cart/,
    );
    expect(await told('agent', '-n', 'web')).toEqual([2, 'vpccni: there is no pod "agent" in namespace "web"']);
    expect(await told('shop/agent', '-n', 'logs')).toEqual([2, 'vpccni: "shop/agent" is not in namespace "logs"']);
    expect(await told('node/n1', '-n', 'logs')).toEqual([2, 'vpccni: "node/logs/n1": a node has no namespace']);
  });

  it('takes no two flags that contradict each other', async () => {
    for (const [flags, said] of [
      [['-q', '-v'], /'-q, --quiet' cannot be used with option '-v, --verbose'/],
      [['--color', 'always', '--no-color'], /'--no-color' cannot be used with option '--color always'/],
      [['--no-color', '--color', 'always'], /'--no-color' cannot be used with option '--color always'/],
    ] as const) {
      const { code, out, err } = await why(TWICE, 'shop/agent', ...flags);
      expect([code, out]).toEqual([2, '']);
      expect(err).toMatch(said);
    }
    expect((await why(TWICE, 'shop/agent', '--no-color', '--color', 'never')).code).toBe(0);
  });

  it('says that there is nothing of that name, and what was perhaps meant', async () => {
    expect(await why(TWICE, 'shop/agnt')).toMatchObject({
      code: 2,
      err: 'vpccni: there is no pod "agnt" in namespace "shop"; did you mean shop/agent?\n',
    });
    expect((await why(TWICE, 'nowhere/nothing')).code).toBe(2);
  });

  it('finds a node without its domain, and asks which where there are several', async () => {
    const two = (a: string, b: string) => wholeSnapshot({ nodes: [node({ name: a }), node({ name: b })] });
    const alone = await why(two('ip-10-0-1-9.ec2.internal', 'ip-10-0-1-90.ec2.internal'), 'ip-10-0-1-9');
    expect([alone.code, alone.out]).toEqual([0, expect.stringContaining('ip-10-0-1-9.ec2.internal')]);
    const both = await why(two('ip-10-0-1-9.ec2.internal', 'ip-10-0-1-9.corp'), 'node/ip-10-0-1-9');
    expect([both.code, both.err]).toEqual([2, expect.stringContaining('could mean 2 things')]);
  });

  it('says which command tells about a subnet', async () => {
    const { code, err } = await why(TWICE, 'subnet-0a1b');
    expect([code, err]).toEqual([
      2,
      'vpccni: "subnet-0a1b" is a subnet: "subnets --subnet subnet-0a1b" tells about it\n',
    ]);
  });

  it('has no verdict where pods were not read', async () => {
    const { code, err } = await why(shop({ pods: denied('list pods') }), 'shop/cart-a2-0');
    expect([code, err]).toEqual([3, 'vpccni: the pods were not read: list pods was denied (needs list pods)\n']);
  });

  it('writes JSON of its own kind', async () => {
    expect(JSON.parse((await why(shop(), 'deploy/cart', '-o', 'json')).out)).toMatchObject({
      schemaVersion: 1,
      kind: 'Why',
      cluster: 'shop',
      subject: { kind: 'workload', id: 'Deployment/cart', namespace: 'shop' },
      state: 'stuck',
    });
  });
});
