import { describe, expect, it } from 'vitest';
import { errorText } from '../../../src/commands/report-error.ts';
import { CollectFailure, gapOfFailure, sectionOfFailure } from '../../../src/inspect/collect/failure.ts';
import { CredentialsError } from '../../../src/inspect/collect/kubernetes/connection.ts';
import { keepSecret, scrub, scrubPlugin } from '../../../src/inspect/collect/scrub.ts';
import { TargetError } from '../../../src/inspect/collect/target.ts';

describe('scrub', () => {
  it.each([
    ['proxy "http://svc:PLANTED@proxy:3128" fails', 'proxy "http://***@proxy:3128" fails'],
    ['https://u:p%40PLANTED@host/path', 'https://***@host/path'],
    ['a redirect to https://login.example/x?token=PLANTED&y=1, then', 'a redirect to https://login.example/x?*** then'],
    ['header Authorization: Bearer PLANTED12345', 'header Authorization: Bearer ***'],
    ['k8s-aws-v1.aHR0cHM6PLANTED_-x=', '***'],
    ['eyJhbGciOi.eyJzdWIiPLANTED.sig-x', '***'],
    ['key AKIAIOSFODNN7EXAMPLE of', 'key *** of'],
    ['{"password": "PLANTED"}', '{"password": "***"}'],
    ['client_secret=PLANTED;', 'client_secret=***;'],
  ])('%s', (text, clean) => {
    expect(scrub(text)).toBe(clean);
  });

  it.each([
    'ec2:DescribeSubnets was denied (UnauthorizedOperation)',
    'arn:aws:iam::111122223333:role/team/sre',
    'cannot reach ec2.eu-west-1.amazonaws.com: connection refused (ECONNREFUSED)',
    'context "prod" of /home/ada/.kube/config leads to https://0123ABC.gr7.eu-west-1.eks.amazonaws.com',
    'no kubeconfig, and EKS does not name the API server',
  ])('leaves alone what is no secret: %s', (text) => {
    expect(scrub(text)).toBe(text);
  });

  it('takes out what it was told, wherever a server repeats it', () => {
    keepSecret('quite-plain-words');
    expect(scrub('bad token quite-plain-words, said the server')).not.toContain('quite-plain-words');
    keepSecret('ab');
    expect(scrub('about')).toBe('about');
  });

  it('takes out of what plugins say every longer word of letters and digits', () => {
    expect(scrubPlugin('cache miss for 9f8e7d6c5b4a39281706 in /home/ada/.cache/x1')).toBe(
      'cache miss for *** in /home/ada/.cache/x1',
    );
  });

  it('works in linear time', () => {
    const started = performance.now();
    scrub('token '.repeat(50_000));
    scrub(`http://${'a'.repeat(300_000)}`);
    scrub('http://a'.repeat(30_000));
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('what is told of failures', () => {
  const PLANTED = 'http://svc:PLANTED@proxy:3128/?token=PLANTED';

  it('holds no secret, whoever made it', () => {
    const failure = new CollectFailure('other', `cannot reach ${PLANTED}`);
    const texts = [
      failure.message,
      gapOfFailure(failure).reason,
      JSON.stringify(sectionOfFailure(new Error(`x ${PLANTED}`))),
      new CredentialsError(PLANTED).message,
      new TargetError(PLANTED).message,
      errorText(PLANTED),
      errorText(new Error(PLANTED).stack!, true),
    ];
    expect(texts.filter((t) => t.includes('PLANTED'))).toEqual([]);
  });
});
