import { describe, expect, it } from 'vitest';
import { keyedHash } from '../../../src/inspect/redact/hash.ts';
import { Pseudonyms } from '../../../src/inspect/redact/pseudonyms.ts';
import { redactGap } from '../../../src/inspect/redact/reasons.ts';

const p = new Pseudonyms(keyedHash(Buffer.from('key')), ['10.0.1.0/24']);

describe('pseudonyms', () => {
  it.each([
    ['subnet-0a1b2c3d4e5f60718', /^subnet-[0-9a-f]{17}$/],
    ['i-0a1b2c3d', /^i-[0-9a-f]{8}$/],
    ['111122223333', /^\d{12}$/],
    ['arn:aws:iam::111122223333:role/team/sre', /^arn:aws:iam::\d{12}:role\/x[0-9a-f]{10}\/x[0-9a-f]{10}$/],
    [
      'arn:aws-cn:eks:cn-north-1:111122223333:cluster/prod',
      /^arn:aws-cn:eks:cn-north-1:\d{12}:cluster\/x[0-9a-f]{10}$/,
    ],
    ['web-0a1b2c3d', /^x[0-9a-f]{10}$/],
    ['Deployment/web', /^Deployment\/x[0-9a-f]{10}$/],
    ['shop/web', /^x[0-9a-f]{10}\/x[0-9a-f]{10}$/],
    ['ip-10-0-1-7.eu-west-1.compute.internal', /^ip-10-\d+-\d+-7\.eu-west-1\.compute\.internal$/],
    ['ip-10-0-1-7.corp.example.com', /^ip-10-\d+-\d+-7\.x[0-9a-f]{10}\.invalid$/],
    ['i-0a1b2c3d4e5f60718.eu-west-1.compute.internal', /^i-[0-9a-f]{17}\.eu-west-1\.compute\.internal$/],
    ['https://ABCDEF.gr7.eu-west-1.eks.amazonaws.com', /^https:\/\/x[0-9a-f]{10}\.invalid$/],
  ])('hide %s behind its like', (text, like) => {
    const stand = p.of(text);
    expect(stand).toMatch(like);
    expect(stand).not.toBe(text);
    expect(p.of(text)).toBe(stand);
  });

  it.each([
    ...['kube-system', 'aws-node', 'default', 'eu-west-1a', 'eu-west-1', 'euw1-az2', 'us-west-2-lax-1a', 'm5.large'],
    ...['u-24tb1.112xlarge', 'v1.20.4-eksbuild.2', '1.34', '110', '1000m', 'true', '2026-11-01T12:00:00Z', 'owned', ''],
  ])('keep "%s", which names no one', (text) => {
    expect(p.of(text)).toBe(text);
  });

  it('join a node to its address, an ARN to its name, an owner to its workload', () => {
    expect(p.of('ip-10-0-1-7.eu-west-1.compute.internal')).toBe(
      `ip-${p.of('10.0.1.7').replaceAll('.', '-')}.eu-west-1.compute.internal`,
    );
    expect(p.of('arn:aws:eks:eu-west-1:111122223333:cluster/prod')).toContain(
      `:${p.of('111122223333')}:cluster/${p.of('prod')}`,
    );
    expect(p.of('Deployment/web')).toBe(`Deployment/${p.of('web')}`);
  });

  it('keep the meaning of label keys', () => {
    expect(p.key('kubernetes.io/cluster/prod')).toBe(`kubernetes.io/cluster/${p.of('prod')}`);
    expect(p.key('topology.kubernetes.io/zone')).toBe('topology.kubernetes.io/zone');
    expect(p.key('eks:nodegroup-name')).toBe('eks:nodegroup-name');
    expect(p.key('acme.example/team')).toBe(p.of('acme.example/team'));
    expect(p.key('acme.example/team')).not.toContain('acme');
  });

  it('keep an image’s public name and tag, not its registry', () => {
    expect(p.image('602401143452.dkr.ecr.eu-west-1.amazonaws.com/amazon-k8s-cni:v1.20.4-eksbuild.2')).toMatch(
      /^x[0-9a-f]{10}\.invalid\/amazon-k8s-cni:v1\.20\.4-eksbuild\.2$/,
    );
    expect(p.image('registry.acme.example/secret-agent:1.2')).toMatch(/^x[0-9a-f]{10}\.invalid\/x[0-9a-f]{10}:1\.2$/);
    expect(p.image('acme@sha256:00ff')).toMatch(/^x[0-9a-f]{10}$/);
  });
});

describe('reasons', () => {
  it.each([
    [{ kind: 'switched-off', reason: 'switched off by --no-kube' }, 'switched off'],
    [{ kind: 'not-collected', reason: 'not collected by vpccni 0.1.0 of ada' }, 'not collected'],
    [{ kind: 'throttled', reason: 'ask ada' }, 'throttled: the reason is redacted'],
    [{ kind: 'unreachable', reason: 'cannot reach eks.acme.example' }, 'the reason is redacted'],
    [{ reason: 'pods is forbidden: User "arn:aws:iam::1:user/ada" cannot list' }, 'the reason is redacted'],
    [{ kind: 'denied', permission: 'ec2:DescribeSubnets', reason: 'ada may not' }, 'ec2:DescribeSubnets was denied'],
    [
      { kind: 'denied', permission: 'get, list pods', section: 'pods', reason: 'ada may not' },
      'get, list pods was denied',
    ],
    [{ kind: 'denied', permission: 'list ada/pods in acme', reason: 'x' }, 'the reason is redacted'],
  ] as const)('are made anew from what is ours: %j', (gap, reason) => {
    const redacted = redactGap(gap);
    expect(redacted.reason).toBe(reason);
    expect(JSON.stringify(redacted)).not.toMatch(/ada|acme/);
    expect(redacted.kind).toBe('kind' in gap ? gap.kind : undefined);
  });
});
