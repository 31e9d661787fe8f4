import { AddonIssueCode, ClusterIssueCode, NodegroupIssueCode } from '@aws-sdk/client-eks';
import { describe, expect, it } from 'vitest';
import { healthSubject } from '../../../../src/inspect/facts/support/health-codes.ts';

/** Codes that name no thing: EKS's own failures, and what it does to nodes that leave. */
const NAMELESS = new Set([
  ...['Other', 'InternalFailure', 'ResourceNotFound', 'Unknown', 'K8sResourceNotFound'],
  ...['NodeTerminationFailure', 'PodEvictionFailure'],
]);

describe('codes of EKS health issues', () => {
  it.each([...new Set([ClusterIssueCode, AddonIssueCode, NodegroupIssueCode].flatMap((e) => Object.values(e)))])(
    'knows what %s is about, in the spelling of the API and in capitals',
    (code) => {
      const capitals = code.replaceAll(/(?<=[a-z0-9])(?=[A-Z])/g, '_').toUpperCase();
      expect(healthSubject(code) === 'other').toBe(NAMELESS.has(code));
      expect(healthSubject(capitals)).toBe(healthSubject(code));
    },
  );

  it.each([
    ['IP_NOT_AVAILABLE', 'addresses'],
    ['InsufficientFreeAddresses', 'addresses'],
    ['SUBNET_NOT_FOUND', 'subnet'],
    ['SECURITY_GROUP_NOT_FOUND', 'security-group'],
    ['VPC_NOT_FOUND', 'vpc'],
    ['ASSUME_ROLE_ACCESS_DENIED_USING_SLR', 'role'],
    ['OPT_IN_REQUIRED', 'account'],
    ['toString', 'other'],
  ])('knows %s of the user guide', (code, subject) => {
    expect(healthSubject(code)).toBe(subject);
  });
});
