import type { Kube, KubeObject } from '../clients/kube.ts';
import { type KubeWriter, MERGE, pathOf, registerKind } from './kube-writer.ts';

interface CustomKind {
  kind: string;
  group: string;
  version: string;
  plural: string;
  namespaced: boolean;
  shortNames?: string[];
}

/** Names, scopes and short names as their projects publish them; the fields are left open. */
const CUSTOM_KINDS: CustomKind[] = [
  { kind: 'ENIConfig', group: 'crd.k8s.amazonaws.com', version: 'v1alpha1', plural: 'eniconfigs', namespaced: false },
  {
    kind: 'SecurityGroupPolicy',
    group: 'vpcresources.k8s.aws',
    version: 'v1beta1',
    plural: 'securitygrouppolicies',
    namespaced: true,
    shortNames: ['sgp'],
  },
  {
    kind: 'CNINode',
    group: 'vpcresources.k8s.aws',
    version: 'v1alpha1',
    plural: 'cninodes',
    namespaced: false,
    shortNames: ['cnd'],
  },
  {
    kind: 'PolicyEndpoint',
    group: 'networking.k8s.aws',
    version: 'v1alpha1',
    plural: 'policyendpoints',
    namespaced: true,
  },
  { kind: 'NodePool', group: 'karpenter.sh', version: 'v1', plural: 'nodepools', namespaced: false },
  { kind: 'NodeClaim', group: 'karpenter.sh', version: 'v1', plural: 'nodeclaims', namespaced: false },
  {
    kind: 'EC2NodeClass',
    group: 'karpenter.k8s.aws',
    version: 'v1',
    plural: 'ec2nodeclasses',
    namespaced: false,
    shortNames: ['ec2nc', 'ec2ncs'],
  },
  { kind: 'NodeClass', group: 'eks.amazonaws.com', version: 'v1', plural: 'nodeclasses', namespaced: false },
];

function definition(kind: CustomKind): KubeObject {
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${kind.plural}.${kind.group}` },
    spec: {
      group: kind.group,
      scope: kind.namespaced ? 'Namespaced' : 'Cluster',
      names: { kind: kind.kind, plural: kind.plural, singular: kind.kind.toLowerCase(), shortNames: kind.shortNames },
      versions: [{ name: kind.version, served: true, storage: true, schema }],
    },
  };
}

/** Custom resource definitions, served when this returns. */
export async function buildCustomKinds(writer: KubeWriter): Promise<void> {
  for (const kind of CUSTOM_KINDS) {
    registerKind(kind.kind, kind.group, kind.version, kind.plural, kind.namespaced);
    const object = definition(kind);
    await writer.write({ object });
    for (let tries = 0; ; tries++) {
      const now = await writer.kube.call<{ status?: { conditions?: { type: string; status: string }[] } }>(
        'GET',
        pathOf(object),
      );
      if (now.status?.conditions?.some((c) => c.type === 'Established' && c.status === 'True')) break;
      if (tries > 200) throw new Error(`rig: ${kind.plural} were not established`);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}

const read = (apiGroups: string[], resources: string[], more: object = {}) => ({
  apiGroups,
  resources,
  verbs: ['get', 'list'],
  ...more,
});

/** The rights the tool asks for, bound to a group of the user `viewer`; the user `nobody` has none of them. */
export function viewerRights(): KubeObject[] {
  const rbac = 'rbac.authorization.k8s.io';
  const metadata = { name: 'vpccni-inspect' };
  const inSystem = { ...metadata, namespace: 'kube-system' };
  const subjects = [{ kind: 'Group', apiGroup: rbac, name: 'vpccni-inspect' }];
  return [
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRole',
      metadata,
      rules: [
        read([''], ['nodes', 'pods', 'events', 'services', 'persistentvolumes', 'namespaces', 'serviceaccounts']),
        read(['apps'], ['daemonsets', 'deployments', 'statefulsets', 'replicasets', 'controllerrevisions']),
        read(['autoscaling'], ['horizontalpodautoscalers']),
        read(['policy'], ['poddisruptionbudgets']),
        {
          apiGroups: [rbac],
          resources: ['clusterroles', 'clusterrolebindings'],
          resourceNames: ['aws-node'],
          verbs: ['get'],
        },
        read(['apiextensions.k8s.io'], ['customresourcedefinitions']),
        read(['admissionregistration.k8s.io'], ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations']),
        read(['crd.k8s.amazonaws.com'], ['eniconfigs']),
        read(['vpcresources.k8s.aws'], ['securitygrouppolicies', 'cninodes']),
        read(['networking.k8s.io'], ['networkpolicies']),
        read(['networking.k8s.aws'], ['*']),
        read(
          ['karpenter.sh', 'karpenter.k8s.aws', 'eks.amazonaws.com'],
          ['nodepools', 'nodeclaims', 'ec2nodeclasses', 'nodeclasses'],
        ),
      ],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'ClusterRoleBinding',
      metadata,
      subjects,
      roleRef: { apiGroup: rbac, kind: 'ClusterRole', name: metadata.name },
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'Role',
      metadata: inSystem,
      rules: [
        {
          apiGroups: [''],
          resources: ['configmaps'],
          resourceNames: ['amazon-vpc-cni', 'kube-proxy-config', 'kube-proxy'],
          verbs: ['get'],
        },
      ],
    },
    {
      apiVersion: `${rbac}/v1`,
      kind: 'RoleBinding',
      metadata: inSystem,
      subjects,
      roleRef: { apiGroup: rbac, kind: 'Role', name: metadata.name },
    },
  ];
}

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

/** Takes single resources out of the viewer's ClusterRole and puts the whole of it back. */
export function viewerSwitch(kube: Kube): { remove(resource: string): Promise<void>; restore(): Promise<void> } {
  const path = '/apis/rbac.authorization.k8s.io/v1/clusterroles/vpccni-inspect';
  let whole: Rule[] | undefined;
  const write = async (rules: Rule[]): Promise<void> => {
    await kube.call('PATCH', path, { rules }, MERGE);
    await new Promise((resolve) => setTimeout(resolve, 300)); // the authorizer follows by a watch
  };
  return {
    remove: async (resource) => {
      const { rules } = await kube.call<KubeObject & { rules: Rule[] }>('GET', path);
      whole ??= rules;
      const kept = rules.map((rule) => ({ ...rule, resources: rule.resources.filter((r) => r !== resource) }));
      await write(kept.filter((rule) => rule.resources.length > 0));
    },
    restore: async () => {
      if (whole) await write(whole);
    },
  };
}
