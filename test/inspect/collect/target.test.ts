import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { assertSameCluster, findCluster } from '../../../src/inspect/collect/aws/identify.ts';
import type { ClusterConnection } from '../../../src/inspect/collect/kubernetes/connection.ts';
import { parseCluster, resolveTarget, TargetError, type TargetFlags } from '../../../src/inspect/collect/target.ts';
import { awsError, harness } from './aws/harness.ts';

const dir = mkdtempSync(join(tmpdir(), 'vpccni-target-'));
afterAll(() => rmSync(dir, { recursive: true }));

interface Context {
  readonly name: string;
  readonly server?: string;
  readonly exec?: readonly string[];
}

function kubeconfig(contexts: readonly Context[], current?: string): string {
  const file = join(dir, `${Math.random()}.json`);
  writeFileSync(
    file,
    JSON.stringify({
      'current-context': current ?? contexts[0]?.name,
      contexts: contexts.map((c) => ({ name: c.name, context: { cluster: c.name, user: c.name } })),
      clusters: contexts.map((c) => ({ name: c.name, cluster: { server: c.server ?? 'https://10.0.0.1' } })),
      users: contexts.map((c) => ({
        name: c.name,
        user: c.exec ? { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'aws', args: c.exec } } : {},
      })),
    }),
  );
  return file;
}

const ARN = 'arn:aws:eks:eu-west-1:111122223333:cluster/prod';
const flags = (part: Partial<TargetFlags> = {}): TargetFlags => ({
  kubernetes: true,
  aws: true,
  env: { KUBECONFIG: '/dev/null', HOME: dir, ...part.env },
  ...part,
});

describe('the target, as far as flags and kubeconfig tell', () => {
  it('is the cluster of the current context: by ARN, by exec arguments, by endpoint', async () => {
    const by = async (c: Context) => resolveTarget(flags({ kubeconfig: kubeconfig([c]) }));
    expect(await by({ name: ARN })).toMatchObject({
      clusterName: 'prod',
      region: 'eu-west-1',
      account: '111122223333',
    });
    const exec = ['eks', 'get-token', '--cluster-name', 'other', '--region', 'us-east-1'];
    expect(await by({ name: 'mine', exec })).toMatchObject({ clusterName: 'other', region: 'us-east-1' });
    const endpoint = await by({ name: 'mine', server: 'https://ABC.gr7.ap-south-1.eks.amazonaws.com' });
    expect(endpoint).toMatchObject({ region: 'ap-south-1' });
    expect(endpoint.clusterName).toBeUndefined();
  });

  it('takes the name from the flag and its Region from the ARN', async () => {
    expect(await resolveTarget(flags({ cluster: ARN }))).toMatchObject({ clusterName: 'prod', region: 'eu-west-1' });
    expect(await resolveTarget(flags({ cluster: 'prod', region: 'us-east-2' }))).toMatchObject({ region: 'us-east-2' });
    await expect(resolveTarget(flags({ cluster: ARN, region: 'us-east-2' }))).rejects.toThrow('contradicts');
  });

  it('goes through EKS where there is no kubeconfig', async () => {
    expect((await resolveTarget(flags({ cluster: 'prod' }))).connection).toBeUndefined();
  });

  it('looks for the context of the cluster asked for', async () => {
    const file = kubeconfig([{ name: 'arn:aws:eks:eu-west-1:111122223333:cluster/stage' }, { name: ARN }]);
    const target = await resolveTarget(flags({ cluster: 'prod', kubeconfig: file }));
    expect(target.connection?.origin).toContain(ARN);
  });

  it('never takes the context of another cluster', async () => {
    const file = kubeconfig([{ name: 'arn:aws:eks:eu-west-1:111122223333:cluster/stage' }]);
    const wanted = flags({ cluster: 'prod', kubeconfig: file });
    await expect(resolveTarget(wanted)).rejects.toThrow('aws eks update-kubeconfig --name prod');
    await expect(
      resolveTarget({ ...wanted, context: 'arn:aws:eks:eu-west-1:111122223333:cluster/stage' }),
    ).rejects.toThrow('never mixed');
    expect(await resolveTarget({ ...wanted, kubernetes: false })).toEqual({ clusterName: 'prod' });
  });

  it('says what is wrong with a kubeconfig, a context, a profile', async () => {
    await expect(resolveTarget(flags({ kubeconfig: join(dir, 'none') }))).rejects.toThrow(TargetError);
    await expect(resolveTarget(flags({ kubeconfig: kubeconfig([{ name: 'a' }]), context: 'b' }))).rejects.toThrow(
      'there are: a',
    );
    const env = { AWS_CONFIG_FILE: '/dev/null', AWS_SHARED_CREDENTIALS_FILE: '/dev/null' };
    await expect(resolveTarget(flags({ cluster: 'x', profile: 'gone', env }))).rejects.toThrow('AWS profile "gone"');
  });

  it('has nowhere to go without AWS and without a kubeconfig', async () => {
    await expect(resolveTarget(flags({ aws: false }))).rejects.toThrow('--kubeconfig');
  });

  it.each(['', '-x', 'a b', 'arn:aws:eks:eu-west-1:1:cluster/x', `${'a'.repeat(101)}`])(
    'refuses "%s" for a name',
    (name) => {
      expect(() => parseCluster(name)).toThrow(TargetError);
    },
  );
});

const CALLS = ['eks:ListClusters', 'eks:DescribeCluster'];
const connection = (server: string, tls: object = {}): ClusterConnection => ({
  server,
  origin: 'context "mine"',
  credentials: async () => ({ headers: {}, tls }),
});
const eks = (endpoints: Readonly<Record<string, string>>) =>
  harness({
    ListClusters: { clusters: Object.keys(endpoints) },
    DescribeCluster: ({ name }: { name: string }) =>
      endpoints[name] ? { cluster: { name, endpoint: endpoints[name] } } : awsError('ResourceNotFoundException'),
  }).open('cluster', CALLS);

describe('the target, as far as EKS tells', () => {
  it('is the only cluster, or the one behind the kubeconfig', async () => {
    expect(await findCluster(eks({ prod: 'https://a' }), undefined)).toBe('prod');
    expect(await findCluster(eks({ prod: 'https://a', stage: 'https://b' }), connection('https://b'))).toBe('stage');
  });

  it('is asked for where there are several or none', async () => {
    await expect(findCluster(eks({ prod: 'https://a', stage: 'https://b' }), undefined)).rejects.toThrow('prod, stage');
    await expect(findCluster(eks({}), undefined)).rejects.toThrow('no EKS cluster in eu-west-1');
    await expect(findCluster(eks({ prod: 'https://a' }), connection('https://z'))).rejects.toThrow(
      'none of the EKS clusters',
    );
  });

  it('is the same on both sides by host, by the name of a tunnel, or not at all', async () => {
    const aws = () => eks({ prod: 'https://abc.eks.amazonaws.com' });
    await assertSameCluster(aws(), 'prod', undefined);
    await assertSameCluster(aws(), 'prod', connection('https://abc.eks.amazonaws.com'));
    await assertSameCluster(
      aws(),
      'prod',
      connection('https://localhost:8443', { serverName: 'abc.eks.amazonaws.com' }),
    );
    await expect(assertSameCluster(aws(), 'prod', connection('https://other'))).rejects.toThrow('never mixed');
  });

  it('is the same by its CA, for a pod that reaches it under a service address', async () => {
    const pem = (name: string) => readFileSync(`test/inspect/collect/kubernetes/tls/${name}.pem`);
    const data = pem('ca').toString('base64');
    const aws = () =>
      harness({
        DescribeCluster: { cluster: { endpoint: 'https://abc', certificateAuthority: { data } } },
      }).open('cluster', CALLS);
    await assertSameCluster(aws(), 'prod', connection('https://172.20.0.1', { ca: pem('ca') }));
    const other = assertSameCluster(aws(), 'prod', connection('https://172.20.0.1', { ca: pem('other-ca') }));
    await expect(other).rejects.toThrow('never mixed');
  });

  it('is missing by name, with those that are there', async () => {
    const missing = assertSameCluster(eks({ prod: 'https://a' }), 'prd', undefined);
    await expect(missing).rejects.toThrow(TargetError);
    await expect(missing).rejects.toThrow('there is no EKS cluster prd in eu-west-1 of this account; there are: prod');
  });

  it('stays unproven, not wrong, where EKS does not answer', async () => {
    const aws = harness({ DescribeCluster: awsError('AccessDeniedException') }).open('cluster', CALLS);
    await expect(assertSameCluster(aws, 'prod', connection('https://x'))).rejects.toMatchObject({ kind: 'denied' });
  });
});
