/** What `permissions` reports. */
import * as v from 'valibot';
import { flag, headOf, list, object, text } from './fields.ts';

export const policyStatementSchema = object({
  Sid: text,
  Effect: v.literal('Allow'),
  Resource: v.literal('*'),
  Action: list(text),
});

/** One call that may be made. */
export const requiredCallSchema = object({
  /** `ec2:DescribeSubnets`, or `get, list pods`, `get configmaps/amazon-vpc-cni in kube-system`. */
  call: text,
  side: v.picklist(['aws', 'kubernetes']),
  tier: v.picklist(['core', 'optional']),
  /** Sections of the snapshot that need it. */
  sections: list(text),
  /** What is lost without it. */
  without: list(text),
});

export const permissionsSchema = object({
  ...headOf('Permissions'),
  iam: object({
    policy: object({ Version: v.literal('2012-10-17'), Statement: list(policyStatementSchema) }),
    /** Gives the policy to the principal. */
    commands: list(text),
  }),
  rbac: object({
    objects: list(v.looseObject({ apiVersion: text, kind: text })),
    /** The objects as YAML. */
    manifest: text,
    commands: list(text),
  }),
  /** Lets the principal in as a member of the group the roles are bound to. */
  accessEntry: object({ group: text, commands: list(text) }),
  /** Flags that would complete the commands. */
  flagsMissing: list(text),
  calls: list(requiredCallSchema),
  proof: object({
    awsVerbs: list(text),
    kubernetesVerbs: list(text),
    /** True where every call of the registry is one of these verbs. */
    readOnly: flag,
  }),
});

export type PolicyStatement = v.InferOutput<typeof policyStatementSchema>;
export type PermissionsReport = v.InferOutput<typeof permissionsSchema>;
