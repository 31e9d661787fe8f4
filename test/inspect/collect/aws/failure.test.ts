import { describe, expect, it } from 'vitest';
import { awsFailure } from '../../../../src/inspect/collect/aws/failure.ts';
import { CollectFailure, gapOfFailure, sectionOfFailure } from '../../../../src/inspect/collect/failure.ts';

const AT = { iam: 'ec2:DescribeSubnets', endpoint: 'ec2.eu-west-1.amazonaws.com' };

function sdkError(name: string, message: string, more: object = {}): Error {
  return Object.assign(new Error(message), { name, ...more });
}

const DENIED =
  'You are not authorized to perform this operation. User: arn:aws:sts::111122223333:assumed-role/sre/ada is not authorized to perform: ec2:DescribeSubnets because no identity-based policy allows the ec2:DescribeSubnets action';
const EXPLICIT =
  'User: arn:aws:iam::111122223333:user/ada is not authorized to perform: eks:DescribeCluster on resource: x with an explicit deny in a service control policy';

describe('awsFailure', () => {
  it('names the action that was denied, why, and no one by name', () => {
    const failure = awsFailure(sdkError('UnauthorizedOperation', DENIED), AT);
    expect(failure).toMatchObject({ kind: 'denied', permission: 'ec2:DescribeSubnets' });
    expect(failure.message).toBe(
      'ec2:DescribeSubnets was denied: no identity-based policy allows it (UnauthorizedOperation)',
    );
    expect(awsFailure(sdkError('AccessDeniedException', EXPLICIT), AT).message).toContain(
      'explicit deny in a service control policy',
    );
  });

  it.each([
    ['RequestLimitExceeded', { $metadata: { attempts: 6 } }],
    ['ThrottlingException', {}],
    ['Whatever', { $metadata: { httpStatusCode: 429 } }],
  ])('takes %s for throttling', (name, more) => {
    expect(awsFailure(sdkError(name, 'Rate exceeded', more), AT).kind).toBe('throttled');
  });

  it.each([
    ['ExpiredToken', /expired/],
    ['RequestExpired', /expired/],
    ['InvalidClientTokenId', /does not know these credentials/],
    ['AuthFailure', /does not accept these credentials/],
    ['CredentialsProviderError', /sso login/],
  ])('says what is wrong with credentials: %s', (name, says) => {
    const failure = awsFailure(sdkError(name, 'The session has expired; run aws sso login\nstack'), AT);
    expect(failure.kind).toBe('credentials');
    expect(failure.message).toMatch(says);
    expect(failure.message).not.toContain('\n');
  });

  it.each([
    [{ code: 'ECONNREFUSED' }, 'unreachable', /cannot reach ec2\.eu-west-1\.amazonaws\.com: connection refused/],
    [{ code: 'ENOTFOUND' }, 'unreachable', /does not resolve/],
    [{ code: 'SELF_SIGNED_CERT_IN_CHAIN' }, 'unreachable', /AWS_CA_BUNDLE/],
    [{ name: 'TimeoutError' }, 'timeout', /did not answer in time/],
  ] as const)('tells a network failure: %o', (more, kind, says) => {
    const failure = awsFailure(sdkError('Error', 'connect', more), AT);
    expect(failure.kind).toBe(kind);
    expect(failure.message).toMatch(says);
  });

  it('unwraps the errors of several addresses', () => {
    const both = new AggregateError([sdkError('Error', 'x', { code: 'ECONNREFUSED' })], '');
    expect(awsFailure(both, AT).kind).toBe('unreachable');
  });

  it.each([
    sdkError('SyntaxError', 'Unexpected token \'<\', "<html>" is not valid JSON', {
      $metadata: { httpStatusCode: 502 },
    }),
    sdkError('Error', 'XML parse error: unclosed tag'),
    sdkError('NotFound', 'Unknown', { $metadata: { httpStatusCode: 404 } }),
  ])('takes a page for what it is and names the endpoint: $message', (error) => {
    const failure = awsFailure(error, AT);
    expect(failure.kind).toBe('not-an-api');
    expect(failure.message).toContain('ec2.eu-west-1.amazonaws.com');
  });

  it('keeps a failure that is one already', () => {
    const failure = new CollectFailure('timeout', 'x');
    expect(awsFailure(failure, AT)).toBe(failure);
  });
});

describe('sections and gaps of failures', () => {
  it('makes a denied section only where a permission would help', () => {
    const denied = new CollectFailure('denied', 'no', { permission: 'ec2:DescribeSubnets' });
    expect(sectionOfFailure(denied)).toEqual({ status: 'denied', permission: 'ec2:DescribeSubnets', reason: 'no' });
    expect(sectionOfFailure(new CollectFailure('throttled', 'x'))).toEqual({
      status: 'failed',
      kind: 'throttled',
      reason: 'throttled: x',
    });
    expect(sectionOfFailure(new Error('boom\n at'))).toEqual({ status: 'failed', kind: 'other', reason: 'boom' });
  });

  it('carries the permission into a gap', () => {
    expect(gapOfFailure(new CollectFailure('denied', 'no', { permission: 'p' }))).toEqual({
      kind: 'denied',
      permission: 'p',
      reason: 'no',
    });
    expect(gapOfFailure(new CollectFailure('timeout', 'late'))).toEqual({ kind: 'timeout', reason: 'timeout: late' });
  });
});
