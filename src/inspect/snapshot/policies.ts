/** Network policies, those of Kubernetes and of AWS, and what the controller makes of them for the agents. */
import * as v from 'valibot';
import { selectorSchema } from './kubernetes.ts';
import { count, time } from './values.ts';

/** One rule of one direction. Without peers it is about everything; without ports about every port. */
const policyRuleSchema = v.object({
  peers: v.array(
    v.object({
      cidr: v.optional(v.string()),
      except: v.optional(v.array(v.string())),
      podSelector: v.optional(selectorSchema),
      namespaceSelector: v.optional(selectorSchema),
    }),
  ),
  /** A port is a number, or the name of a container's port, as text. */
  ports: v.array(v.object({ protocol: v.string(), port: v.optional(v.string()), endPort: v.optional(count) })),
});

/** Files of versions that did not read rules have none, and may lack the directions. */
export const networkPolicySchema = v.object({
  /** Absent for a NetworkPolicy of Kubernetes itself; the others are AWS's own (networking.k8s.aws). */
  kind: v.optional(v.picklist(['ApplicationNetworkPolicy', 'ClusterNetworkPolicy'])),
  /** Empty for one of the whole cluster. */
  namespace: v.string(),
  name: v.string(),
  podSelector: selectorSchema,
  /** The directions it restricts, each with its number of rules; without a rule nothing passes. Undefined in files that did not tell. */
  directions: v.optional(v.object({ ingress: v.optional(count), egress: v.optional(count) })),
  ingress: v.optional(v.array(policyRuleSchema)),
  egress: v.optional(v.array(policyRuleSchema)),
  createdAt: v.optional(time),
});

export const policyEndpointSchema = v.object({
  namespace: v.string(),
  name: v.string(),
  policy: v.string(),
  /** Pods it binds, as the controller listed them, by name; absent in files of versions that did not read them. */
  pods: v.optional(v.array(v.string())),
  /** The address of each of `pods` as it is listed, in the same order; absent in files of versions that did not read them. */
  podIps: v.optional(v.array(v.string())),
  createdAt: v.optional(time),
});

export type PolicyRule = v.InferOutput<typeof policyRuleSchema>;
export type PolicyEndpoint = v.InferOutput<typeof policyEndpointSchema>;
export type NetworkPolicy = v.InferOutput<typeof networkPolicySchema>;
