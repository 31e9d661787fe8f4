/**
 * Codes of EKS health issues. The API writes `InsufficientFreeAddresses` (ClusterIssueCode, AddonIssueCode,
 * NodegroupIssueCode), the user guide `IP_NOT_AVAILABLE`: each is read in both spellings.
 */

/** What an issue is about. */
export type HealthSubject =
  | 'addresses'
  | 'subnet'
  | 'security-group'
  | 'vpc'
  | 'role'
  | 'launch'
  | 'quota'
  | 'join'
  | 'conflict'
  | 'replicas'
  | 'admission'
  | 'unsupported'
  | 'key'
  | 'account'
  | 'other';

const SUBJECTS: Readonly<Record<Exclude<HealthSubject, 'other'>, readonly string[]>> = {
  addresses: ['InsufficientFreeAddresses', 'IP_NOT_AVAILABLE'],
  subnet: [
    'Ec2SubnetNotFound',
    'SUBNET_NOT_FOUND',
    'Ec2SubnetInvalidConfiguration',
    'Ec2SubnetListTooLong',
    'Ec2SubnetMissingIpv6Assignment',
  ],
  'security-group': ['Ec2SecurityGroupNotFound', 'SECURITY_GROUP_NOT_FOUND', 'Ec2SecurityGroupDeletionFailure'],
  vpc: ['VpcNotFound', 'VPC_NOT_FOUND'],
  role: [
    'IamRoleNotFound',
    'IamNodeRoleNotFound',
    'IamInstanceProfileNotFound',
    'AccessDenied',
    'ASSUME_ROLE_ACCESS_DENIED',
    'PERMISSION_ACCESS_DENIED',
    'ASSUME_ROLE_ACCESS_DENIED_USING_SLR',
    'PERMISSION_ACCESS_DENIED_USING_SLR',
    'AddonPermissionFailure',
  ],
  launch: [
    'AsgInstanceLaunchFailures',
    'UnsupportedInstanceType',
    'Ec2InstanceTypeDoesNotExist',
    'AmiIdNotFound',
    'AutoScalingGroupNotFound',
    'AutoScalingGroupInvalidConfiguration',
    'AutoScalingGroupInstanceRefreshActive',
    'AutoScalingGroupOptInRequired',
    'Ec2LaunchTemplateNotFound',
    'Ec2LaunchTemplateInvalidConfiguration',
    'Ec2LaunchTemplateVersionMismatch',
    'Ec2LaunchTemplateDeletionFailure',
    'SourceEc2LaunchTemplateNotFound',
  ],
  quota: [
    'InstanceLimitExceeded',
    'LimitExceeded',
    'ResourceLimitExceeded',
    'IamLimitExceeded',
    'IamThrottling',
    'AutoScalingGroupRateLimitExceeded',
    'Ec2LaunchTemplateMaxLimitExceeded',
    'Ec2LaunchTemplateVersionMaxLimitExceeded',
  ],
  join: ['NodeCreationFailure', 'ClusterUnreachable', 'KubernetesLabelInvalid'],
  conflict: ['ConfigurationConflict'],
  unsupported: ['UnsupportedAddonModification', 'AddonSubscriptionNeeded', 'UnsupportedVersion'],
  replicas: ['InsufficientNumberOfReplicas'],
  admission: ['AdmissionRequestDenied'],
  key: ['KmsKeyDisabled', 'KmsKeyNotFound', 'KmsKeyMarkedForDeletion', 'KmsGrantRevoked'],
  account: ['Ec2ServiceNotSubscribed', 'OPT_IN_REQUIRED', 'StsRegionalEndpointDisabled'],
};

const BY_CODE: ReadonlyMap<string, HealthSubject> = new Map(
  Object.entries(SUBJECTS).flatMap(([subject, codes]) =>
    codes.map((code) => [plain(code), subject as HealthSubject] as const),
  ),
);

/** Without case and underscores, so that both families and any mixture of them compare equal. */
function plain(code: string): string {
  return code.replaceAll(/[^A-Za-z0-9]/g, '').toLowerCase();
}

/** Codes that are in no list of ours are `other`. */
export function healthSubject(code: string): HealthSubject {
  return BY_CODE.get(plain(code)) ?? 'other';
}
