/** All that is read of a pod, and what pods of one owner have in common. */
import { type Fields, Shared } from './json-wanted.ts';

/** Written on a pod by the VPC resource controller: its branch ENIs. */
export const POD_ENI = 'vpc.amazonaws.com/pod-eni';
/** Istio's node agent writes it on pods whose traffic it took over (istio: cni/pkg/util). */
export const AMBIENT = 'ambient.istio.io/redirection';
/** Multus: further interfaces. */
export const FURTHER = 'k8s.v1.cni.cncf.io/networks';
/** The groups of a pod on Fargate (vpc-resource-controller: webhooks/core/pod_webhook.go HandleFargatePod). */
export const FARGATE_GROUPS = 'fargate.amazonaws.com/pod-sg';

const PORT = { port: true } as const;
/** Of a command only that there is one. */
const PROBE: Fields = { exec: {}, httpGet: PORT, tcpSocket: PORT, grpc: PORT };
const CONTAINER: Fields = {
  restartPolicy: true,
  resources: true,
  ports: { name: true, containerPort: true },
  livenessProbe: PROBE,
  readinessProbe: PROBE,
  startupProbe: PROBE,
};
const STATES = new Shared({ state: { waiting: { reason: true } } });

/** Of fields that name a node, which differ from pod to pod of a DaemonSet, only that there are any. */
const AFFINITY: Fields = {
  nodeAffinity: {
    requiredDuringSchedulingIgnoredDuringExecution: {
      nodeSelectorTerms: { matchExpressions: true, matchFields: {} },
    },
  },
  podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { labelSelector: true, topologyKey: true } },
};

export const POD_FIELDS: Fields = {
  metadata: {
    name: true,
    namespace: true,
    uid: true,
    creationTimestamp: true,
    deletionTimestamp: true,
    labels: new Shared(true),
    annotations: { [POD_ENI]: true, [AMBIENT]: true, [FURTHER]: true, [FARGATE_GROUPS]: true },
    ownerReferences: new Shared({ kind: true, name: true, controller: true }),
  },
  spec: new Shared(
    {
      hostNetwork: true,
      schedulerName: true,
      serviceAccountName: true,
      os: { name: true },
      nodeSelector: true,
      overhead: true,
      tolerations: true,
      topologySpreadConstraints: true,
      affinity: AFFINITY,
      containers: CONTAINER,
      initContainers: CONTAINER,
    },
    { nodeName: true, volumes: { persistentVolumeClaim: { claimName: true } } },
  ),
  status: {
    phase: true,
    podIP: true,
    conditions: new Shared({ type: true, status: true }),
    containerStatuses: STATES,
    initContainerStatuses: STATES,
  },
};
