/** aws-node as its DaemonSet declares it and as its pods run, and who else gives pods their network. */
import * as v from 'valibot';
import { count, textMap as labels, requirements, time } from './values.ts';

const probeSchema = v.object({
  kind: v.picklist(['liveness', 'readiness', 'startup']),
  by: v.picklist(['exec', 'http', 'tcp', 'grpc']),
  timeoutSeconds: v.number(),
  /** The port it asks, where it asks one. */
  port: v.optional(v.number()),
});

/** One container of aws-node as its DaemonSet declares it. Values are kept for known CNI variables only. */
const containerSchema = v.object({
  name: v.string(),
  image: v.string(),
  env: labels,
  /** Variables set from a source that was not read (a Secret, a field). */
  unresolved: v.array(v.string()),
  /** Variables whose value a ConfigMap gives, with its name. */
  fromConfigMap: v.optional(labels),
  args: v.array(v.string()),
  /** Names set more than once (the last wins), and names that differ from a known variable's by a letter or two. Values of the latter are not kept. */
  duplicates: v.optional(v.array(v.string())),
  misspelt: v.optional(v.array(v.string())),
  probes: v.optional(v.array(probeSchema)),
  /** Quantities as written: `25m`, `128Mi`. */
  cpuRequest: v.optional(v.string()),
  cpuLimit: v.optional(v.string()),
  memoryLimit: v.optional(v.string()),
});

/** One container of an aws-node pod that does not run well: it is not ready, or it was restarted or ended badly. */
const containerStateSchema = v.object({
  name: v.string(),
  init: v.boolean(),
  ready: v.boolean(),
  restarts: v.number(),
  /** `CrashLoopBackOff`, `ImagePullBackOff`. */
  waitingReason: v.optional(v.string()),
  /** How its present or last run ended: `Error`, `OOMKilled`, `Completed`. */
  endedReason: v.optional(v.string()),
  exitCode: v.optional(v.number()),
  endedAt: v.optional(v.string()),
});

/** A node agent of another CNI or policy engine. */
const otherCniSchema = v.object({
  engine: v.string(),
  namespace: v.string(),
  name: v.string(),
  desired: v.optional(v.number()),
  ready: v.optional(v.number()),
  image: v.optional(v.string()),
});

export const cniSchema = v.object({
  /** False where no DaemonSet `kube-system/aws-node` exists. */
  installed: v.boolean(),
  /** How it was installed, and what says so. */
  installMethod: v.picklist(['managed-addon', 'helm', 'manifest', 'unknown', 'none']),
  evidence: v.array(v.string()),
  helmRelease: v.optional(v.object({ name: v.string(), namespace: v.string(), chart: v.optional(v.string()) })),
  version: v.optional(v.string()),
  containers: v.array(containerSchema),
  initContainers: v.array(containerSchema),
  desired: v.optional(count),
  ready: v.optional(count),
  updated: v.optional(count),
  generation: v.optional(count),
  /** When the DaemonSet's template last changed: newest controller revision, else managed fields. */
  changedAt: v.optional(time),
  revision: v.optional(count),
  /** `kube-system/amazon-vpc-cni`, known keys; undefined where it does not exist. */
  configMap: v.optional(labels),
  serviceAccountRoleArn: v.optional(v.string()),
  /** The aws-node pods themselves. */
  pods: v.array(
    v.object({
      name: v.string(),
      node: v.optional(v.string()),
      ready: v.boolean(),
      phase: v.string(),
      restarts: count,
      waitingReason: v.optional(v.string()),
      exitCode: v.optional(count),
      startedAt: v.optional(time),
      image: v.optional(v.string()),
      /** Those that do not run well; empty where all do, undefined in files that did not tell them apart. */
      containers: v.optional(v.array(containerStateSchema)),
      /** Hash of the template it was made from. */
      revision: v.optional(v.string()),
      /** What EKS injected to give it a role: IRSA's token, or the Pod Identity agent's address. */
      credentials: v.optional(v.picklist(['web-identity', 'pod-identity'])),
    }),
  ),
  /** Where its pods may be scheduled, as the DaemonSet says. */
  placement: v.optional(
    v.object({
      nodeSelector: labels,
      /** Values of `eks.amazonaws.com/compute-type` that its affinity excludes. */
      computeTypesExcluded: v.array(v.string()),
      toleratesAll: v.boolean(),
      /** Its required node affinity, of which one term must hold; absent where it asks nothing, and in files that did not read it. */
      affinity: v.optional(v.array(requirements)),
      /** Taints it tolerates; without a key every one, without an effect all of a key's. Absent in files that did not read them. */
      tolerations: v.optional(
        v.array(
          v.object({ key: v.optional(v.string()), value: v.optional(v.string()), effect: v.optional(v.string()) }),
        ),
      ),
    }),
  ),
  /** Field managers that wrote to the template. */
  templateManagers: v.optional(v.array(v.string())),
  /** DaemonSets of other CNIs or policy engines: `cilium`, `calico-node`, `antrea-agent`. */
  otherCnis: v.array(otherCniSchema),
});

export type Cni = v.InferOutput<typeof cniSchema>;
