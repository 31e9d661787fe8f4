import { describe, expect, it } from 'vitest';
import { presign } from '../../../../src/inspect/collect/aws/eks-token.ts';

const AT = new Date('2026-11-01T12:00:00Z');
const KEYS = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };

/** Signatures made by botocore's RequestSigner (what `aws eks get-token` calls) with the same keys at the same second. */
const BOTOCORE = {
  permanent: 'b8522db087aaa1d5c26171781f6e61e1cf499c0cfa2893e4643307e5e83e2350',
  temporary: '68cae4bd04329319d7eaaf232c932bf74d621cf2b1eed455b9fd9f9ae72eb33c',
};

async function urlOf(sessionToken?: string): Promise<URL> {
  const credentials = sessionToken ? { ...KEYS, sessionToken } : KEYS;
  const token = await presign(credentials, 'eu-west-1', 'sts.eu-west-1.amazonaws.com', 'prod-eu', AT);
  expect(token).toMatch(/^k8s-aws-v1\.[A-Za-z0-9_-]+$/);
  return new URL(Buffer.from(token.slice('k8s-aws-v1.'.length), 'base64url').toString('utf8'));
}

describe('EKS token', () => {
  it('signs as botocore does', async () => {
    const url = await urlOf();
    expect(url.origin).toBe('https://sts.eu-west-1.amazonaws.com');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      Action: 'GetCallerIdentity',
      Version: '2011-06-15',
      'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
      'X-Amz-Credential': 'AKIDEXAMPLE/20261101/eu-west-1/sts/aws4_request',
      'X-Amz-Date': '20261101T120000Z',
      'X-Amz-Expires': '60',
      'X-Amz-SignedHeaders': 'host;x-k8s-aws-id',
      'X-Amz-Signature': BOTOCORE.permanent,
    });
  });

  it('signs temporary credentials as botocore does', async () => {
    const url = await urlOf('FwoGZXIvYXdzEXAMPLE//token+with/special=chars');
    expect(url.searchParams.get('X-Amz-Signature')).toBe(BOTOCORE.temporary);
    expect(url.searchParams.get('X-Amz-Security-Token')).toBe('FwoGZXIvYXdzEXAMPLE//token+with/special=chars');
  });
});
