/** What the account allows: roles and their policies, quotas, and what EKS itself has noticed. All of the optional tier. */
import * as v from 'valibot';
import { count, textMap, time } from './values.ts';

const texts = v.array(v.string());

/** One statement of a policy. `NotAction` and `NotResource` are kept apart: they mean everything else. */
const statementSchema = v.object({
  effect: v.picklist(['Allow', 'Deny']),
  actions: texts,
  notActions: texts,
  resources: texts,
  notResources: texts,
  conditions: v.array(v.object({ operator: v.string(), key: v.string(), values: texts })),
});

const trustSchema = v.object({
  effect: v.picklist(['Allow', 'Deny']),
  actions: texts,
  /** `pods.eks.amazonaws.com`, an ARN, `*`. */
  principals: texts,
  conditions: v.array(v.object({ operator: v.string(), key: v.string(), values: texts })),
});

export const iamSchema = v.object({
  roles: v.array(
    v.object({
      arn: v.string(),
      name: v.string(),
      /** Who of the cluster runs, or is set to run, under it. */
      usedBy: v.array(v.picklist(['aws-node', 'nodes', 'cluster'])),
      /** False where IAM knows no such role. */
      exists: v.boolean(),
      attachedPolicies: texts,
      /** Of all policies that could be read, inline ones too. */
      statements: v.array(statementSchema),
      /** What its permissions boundary allows; undefined where it has none. */
      boundary: v.optional(v.array(statementSchema)),
      trust: v.array(trustSchema),
    }),
  ),
  /** Roles behind instance profiles of nodes, by the profile's ARN. */
  instanceProfiles: textMap,
  /** Issuers of the account's OpenID Connect providers, without `https://`. */
  oidcIssuers: texts,
});

export const quotasSchema = v.array(
  v.object({
    service: v.string(),
    /** `L-DF5E4CA3`. */
    code: v.string(),
    /** As Service Quotas names it: what proves that the code is what we take it for. */
    name: v.string(),
    value: v.number(),
    /** Used now, where a count of ours tells. */
    used: v.optional(count),
  }),
);

export const insightsSchema = v.array(
  v.object({
    id: v.string(),
    name: v.string(),
    category: v.string(),
    /** `PASSING`, `WARNING`, `ERROR`, `UNKNOWN`. */
    status: v.string(),
    kubernetesVersion: v.optional(v.string()),
    refreshedAt: v.optional(time),
    /** The resources an insight names, where it could be described. */
    resources: texts,
  }),
);

export type Iam = v.InferOutput<typeof iamSchema>;
export type IamRole = Iam['roles'][number];
export type PolicyStatement = v.InferOutput<typeof statementSchema>;
export type Quotas = v.InferOutput<typeof quotasSchema>;
export type Insights = v.InferOutput<typeof insightsSchema>;
