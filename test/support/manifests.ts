/** One manifest of each kind that a change may bring. */
export const MANIFESTS = `
{ apiVersion: apps/v1, kind: DaemonSet, metadata: { name: a }, spec: { template: { metadata: { labels: { a: b } }, spec: { tolerations: [{ operator: Exists }], containers: [{ name: a, image: b }] } } } }
---
{ apiVersion: apps/v1, kind: Deployment, metadata: { name: d, namespace: n }, spec: { replicas: 5, template: { spec: { nodeSelector: { a: b }, containers: [{ name: a }] } } } }
---
{ apiVersion: batch/v1, kind: CronJob, metadata: { name: c }, spec: { schedule: "*/5 * * * *", jobTemplate: { spec: { parallelism: 2, activeDeadlineSeconds: 900, template: { spec: { containers: [] } } } } } }
---
{ apiVersion: karpenter.sh/v1, kind: NodePool, metadata: { name: p }, spec: { limits: { cpu: 40 }, template: { spec: { nodeClassRef: { name: c }, requirements: [{ key: node.kubernetes.io/instance-type, operator: In, values: [m5.large] }] } } } }
---
{ apiVersion: crd.k8s.amazonaws.com/v1alpha1, kind: ENIConfig, metadata: { name: z }, spec: { subnet: subnet-0aa } }
---
{ apiVersion: eksctl.io/v1alpha5, kind: ClusterConfig, metadata: { name: odd }, managedNodeGroups: [{ name: w, minSize: 1, maxSize: 4, desiredCapacity: 2, instanceType: m5.large }] }
---
{ apiVersion: vpcresources.k8s.aws/v1beta1, kind: SecurityGroupPolicy, metadata: { name: s }, spec: { podSelector: {}, securityGroups: { groupIds: [sg-1] } } }
`;
