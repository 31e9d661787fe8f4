/** What AWS says of the account and the EKS cluster. */
import * as v from 'valibot';
import { count, textMap, time } from './values.ts';

const healthIssue = v.object({ code: v.string(), message: v.string(), resourceIds: v.array(v.string()) });

export const callerSchema = v.object({ account: v.string(), arn: v.string() });

export const clusterSchema = v.object({
  name: v.string(),
  arn: v.string(),
  region: v.string(),
  account: v.string(),
  /** Kubernetes minor version, `1.34`. */
  version: v.string(),
  platformVersion: v.optional(v.string()),
  status: v.string(),
  endpoint: v.optional(v.string()),
  roleArn: v.optional(v.string()),
  vpcId: v.optional(v.string()),
  /** Subnets of the control plane's interfaces. */
  subnetIds: v.array(v.string()),
  securityGroupIds: v.array(v.string()),
  clusterSecurityGroupId: v.optional(v.string()),
  ipFamily: v.optional(v.picklist(['ipv4', 'ipv6'])),
  serviceIpv4Cidr: v.optional(v.string()),
  serviceIpv6Cidr: v.optional(v.string()),
  /** EKS Auto Mode (`computeConfig.enabled`). */
  autoMode: v.boolean(),
  outpost: v.boolean(),
  remoteNodeCidrs: v.array(v.string()),
  remotePodCidrs: v.array(v.string()),
  health: v.array(healthIssue),
  oidcIssuer: v.optional(v.string()),
  createdAt: v.optional(time),
});

export const addonSchema = v.object({
  name: v.string(),
  version: v.string(),
  status: v.string(),
  health: v.array(healthIssue),
  serviceAccountRoleArn: v.optional(v.string()),
  /** The document as it stands, JSON or YAML text; dropped by redaction, which keeps `configuration`. */
  configurationText: v.optional(v.string()),
  /** The document parsed; undefined where there is none. */
  configuration: v.optional(v.record(v.string(), v.unknown())),
  podIdentityAssociations: v.array(v.string()),
  createdAt: v.optional(time),
  modifiedAt: v.optional(time),
});

/** Versions of the vpc-cni add-on that EKS offers for the cluster's Kubernetes version. */
export const addonVersionsSchema = v.object({
  addon: v.string(),
  kubernetesVersion: v.string(),
  versions: v.array(v.object({ version: v.string(), default: v.boolean() })),
  /** The same for the next Kubernetes version, where EKS offers one. */
  next: v.optional(v.object({ kubernetesVersion: v.string(), versions: v.array(v.string()) })),
});

export const nodegroupSchema = v.object({
  name: v.string(),
  status: v.string(),
  subnetIds: v.array(v.string()),
  instanceTypes: v.array(v.string()),
  amiType: v.optional(v.string()),
  version: v.optional(v.string()),
  releaseVersion: v.optional(v.string()),
  launchTemplate: v.optional(
    v.object({ id: v.optional(v.string()), name: v.optional(v.string()), version: v.optional(v.string()) }),
  ),
  minSize: count,
  maxSize: count,
  desiredSize: count,
  maxUnavailable: v.optional(count),
  maxUnavailablePercentage: v.optional(count),
  /** `DEFAULT` or `MINIMAL`: whether new nodes come before old ones go. */
  updateStrategy: v.optional(v.string()),
  nodeRole: v.optional(v.string()),
  labels: textMap,
  /** Effects as EKS writes them: `NO_SCHEDULE`. */
  taints: v.optional(v.array(v.object({ key: v.string(), value: v.optional(v.string()), effect: v.string() }))),
  autoScalingGroups: v.array(v.string()),
  health: v.array(healthIssue),
  createdAt: v.optional(time),
  modifiedAt: v.optional(time),
});

export const fargateProfileSchema = v.object({
  name: v.string(),
  status: v.string(),
  /** Role its pods are started under; undefined in files that did not read it. */
  podExecutionRoleArn: v.optional(v.string()),
  subnetIds: v.array(v.string()),
  selectors: v.array(v.object({ namespace: v.string(), labels: textMap })),
});

export const podIdentityAssociationSchema = v.object({
  associationId: v.string(),
  namespace: v.string(),
  serviceAccount: v.string(),
  roleArn: v.optional(v.string()),
});

export const autoScalingGroupSchema = v.object({
  name: v.string(),
  minSize: count,
  maxSize: count,
  desiredCapacity: count,
  subnetIds: v.array(v.string()),
  instanceIds: v.array(v.string()),
  launchTemplate: v.optional(
    v.object({ id: v.optional(v.string()), name: v.optional(v.string()), version: v.optional(v.string()) }),
  ),
  /** Types of a mixed-instances policy; a weight counts towards the group's sizes. */
  overrides: v.optional(v.array(v.object({ instanceType: v.optional(v.string()), weight: v.optional(count) }))),
  /** Its maintenance policy: shares in service while instances are replaced, in percent. */
  minHealthyPercent: v.optional(count),
  maxHealthyPercent: v.optional(count),
  tags: textMap,
});

export const launchTemplateSchema = v.object({
  id: v.string(),
  version: count,
  imageId: v.optional(v.string()),
  instanceType: v.optional(v.string()),
  /** `maxPods` found in the user data, which itself is dropped. */
  maxPods: v.optional(count),
  /** Whether it has any user data; undefined in files that did not tell. */
  userData: v.optional(v.boolean()),
  primaryDeleteOnTermination: v.optional(v.boolean()),
});

export type Cluster = v.InferOutput<typeof clusterSchema>;
export type Addon = v.InferOutput<typeof addonSchema>;
export type AddonVersions = v.InferOutput<typeof addonVersionsSchema>;
export type Nodegroup = v.InferOutput<typeof nodegroupSchema>;
export type FargateProfile = v.InferOutput<typeof fargateProfileSchema>;
export type AutoScalingGroup = v.InferOutput<typeof autoScalingGroupSchema>;
export type LaunchTemplate = v.InferOutput<typeof launchTemplateSchema>;
