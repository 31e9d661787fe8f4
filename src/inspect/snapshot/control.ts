/** Kubernetes objects of the optional tier: what may change or refuse pods, what aws-node may read, what is served where. */
import * as v from 'valibot';
import { count, textMap, time } from './values.ts';

const texts = v.array(v.string());

/** One webhook of a mutating or validating configuration. */
export const webhookSchema = v.object({
  kind: v.picklist(['mutating', 'validating']),
  configuration: v.string(),
  name: v.string(),
  failurePolicy: v.string(),
  timeoutSeconds: v.optional(count),
  /** `namespace/name` of the Service that answers; undefined for a URL. */
  service: v.optional(v.string()),
  /** Which writes to pods it sees: `CREATE`, `UPDATE`; empty where it sees none. */
  podOperations: texts,
  /** It sees writes to `pods/status`. */
  podStatus: v.boolean(),
  /** Restricted to some namespaces or objects by selectors. */
  selective: v.boolean(),
});

export const rbacSchema = v.object({
  /** Rules of the ClusterRole `aws-node`; undefined where there is none. */
  rules: v.optional(v.array(v.object({ groups: texts, resources: texts, verbs: texts, urls: texts }))),
  /** A ClusterRoleBinding gives it to the service account `kube-system/aws-node`. */
  bound: v.boolean(),
});

/** CustomResourceDefinitions of the CNI, the network policy controller, Karpenter and other engines. */
export const crdSchema = v.object({ name: v.string(), versions: texts, createdAt: time });

export const serviceSchema = v.object({
  namespace: v.string(),
  name: v.string(),
  type: v.string(),
  /** Empty for a headless Service. */
  clusterIps: texts,
  selector: textMap,
  externalTrafficPolicy: v.optional(v.string()),
  internalTrafficPolicy: v.optional(v.string()),
  ports: v.array(
    v.object({
      name: v.optional(v.string()),
      protocol: v.string(),
      port: count,
      /** A number or the name of a container's port, as text. */
      targetPort: v.string(),
      nodePort: v.optional(count),
    }),
  ),
  /** `service.beta.kubernetes.io/aws-load-balancer-nlb-target-type` and its like say `ip` or `instance`. */
  targetType: v.optional(v.string()),
});

export type Webhook = v.InferOutput<typeof webhookSchema>;
export type Rbac = v.InferOutput<typeof rbacSchema>;
export type Crd = v.InferOutput<typeof crdSchema>;
export type Service = v.InferOutput<typeof serviceSchema>;
