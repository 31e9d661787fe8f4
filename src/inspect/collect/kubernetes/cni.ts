import { CONFIG_MAP_KEYS, keepKnown } from '../../snapshot/cni-variables.ts';
import type { Cni } from '../../snapshot/kubernetes.ts';
import { defineKubernetesCollector } from '../define-collector.ts';
import { CollectFailure, gapOfFailure } from '../failure.ts';
import type { KubernetesAccess, KubernetesObject } from './access.ts';
import { apiPath } from './api-path.ts';
import { type ConfigMapData, type ConfigMaps, configMapsOf, dataOf, takesSecret } from './cni-env.ts';
import { installationOf, otherCni } from './cni-install.ts';
import { lastTemplateWrite, podsOfAwsNode, type Revision, revisionOf } from './cni-rollout.ts';
import { containerOf, placementOf, templateManagers } from './cni-template.ts';
import { listAll } from './list-all.ts';
import { type OptionalParts, optionalParts } from './optional-parts.ts';
import { integer, list, nameOf, namespaceOf, text } from './wire-fields.ts';

const NAMESPACE = 'kube-system';
const DAEMON_SETS = { group: 'apps', version: 'v1', resource: 'daemonsets' };
const SETTINGS = 'amazon-vpc-cni';

export const cni = defineKubernetesCollector<'cni'>({
  section: 'cni',
  purpose: 'how aws-node is set, installed and running is unknown',
  calls: [
    { rbac: { group: 'apps', resource: 'daemonsets', verbs: ['get', 'list'] }, tier: 'core' },
    {
      rbac: { group: 'apps', resource: 'controllerrevisions', verbs: ['list'], namespace: NAMESPACE },
      tier: 'optional',
    },
    { rbac: { group: '', resource: 'pods', verbs: ['get', 'list'] }, tier: 'core' },
    {
      rbac: { group: '', resource: 'configmaps', verbs: ['get'], names: [SETTINGS], namespace: NAMESPACE },
      tier: 'core',
    },
    {
      rbac: { group: '', resource: 'serviceaccounts', verbs: ['get'], names: ['aws-node'], namespace: NAMESPACE },
      tier: 'core',
    },
  ],
  async collect(kubernetes) {
    const parts = optionalParts();
    const { daemonSet, otherCnis } = await daemonSets(kubernetes, parts);
    const [installed, configMap] = await Promise.all([
      daemonSet ? describe(kubernetes, daemonSet, parts) : NOT_INSTALLED,
      parts.read(configMapData(kubernetes, SETTINGS), undefined),
    ]);
    return {
      data: { ...installed, otherCnis, ...(configMap ? { configMap: keepKnown(configMap, CONFIG_MAP_KEYS) } : {}) },
      missing: parts.missing,
    };
  },
});

type Installed = Omit<Cni, 'otherCnis' | 'configMap'>;

const NOT_INSTALLED: Installed = {
  installed: false,
  installMethod: 'none',
  evidence: [],
  containers: [],
  initContainers: [],
  pods: [],
};

/** All DaemonSets tell of other CNIs as well; a caller who may read only aws-node's still gets that. */
async function daemonSets(
  kubernetes: KubernetesAccess,
  parts: OptionalParts,
): Promise<{ daemonSet: KubernetesObject | undefined; otherCnis: Cni['otherCnis'] }> {
  let daemonSet: KubernetesObject | undefined;
  const scan = listAll(kubernetes, DAEMON_SETS, (d) => {
    if (namespaceOf(d) === NAMESPACE && nameOf(d) === 'aws-node') daemonSet = d;
    return otherCni(d);
  });
  try {
    return { otherCnis: (await scan) ?? [], daemonSet };
  } catch (error) {
    if (!(error instanceof CollectFailure) || error.kind !== 'denied') throw error;
    const own = await kubernetes.get(apiPath({ ...DAEMON_SETS, namespace: NAMESPACE, name: 'aws-node' })).catch(() => {
      throw error;
    });
    parts.lacks(gapOfFailure(error));
    return { otherCnis: [], daemonSet: own };
  }
}

async function describe(
  kubernetes: KubernetesAccess,
  daemonSet: KubernetesObject,
  parts: OptionalParts,
): Promise<Installed> {
  const template = daemonSet.spec?.template?.spec ?? {};
  const containers = list(template.containers);
  const initContainers = list(template.initContainers);
  const [configMaps, revision, pods, roleArn] = await Promise.all([
    referencedConfigMaps(kubernetes, [...containers, ...initContainers], parts),
    changeOf(kubernetes, daemonSet, parts),
    parts.read(podsOfAwsNode(kubernetes), []),
    parts.read(roleOf(kubernetes, text(template.serviceAccountName) ?? 'default'), undefined),
  ]);
  const { status = {} } = daemonSet;
  const version = versionOf(daemonSet, containers);
  return {
    installed: true,
    ...installationOf(daemonSet),
    ...(version ? { version } : {}),
    containers: containers.map((c) => containerOf(c, configMaps)),
    initContainers: initContainers.map((c) => containerOf(c, configMaps)),
    ...numbers({
      desired: status.desiredNumberScheduled,
      ready: status.numberReady,
      updated: status.updatedNumberScheduled,
      generation: daemonSet.metadata?.generation,
    }),
    ...revision,
    placement: placementOf(template),
    templateManagers: templateManagers(daemonSet),
    ...(roleArn ? { serviceAccountRoleArn: roleArn } : {}),
    pods,
  };
}

/** Without the revisions the object's own marks do; only where they tell nothing is something lost. */
async function changeOf(
  kubernetes: KubernetesAccess,
  daemonSet: KubernetesObject,
  parts: OptionalParts,
): Promise<Revision> {
  const fallback = lastTemplateWrite(daemonSet);
  const revision = revisionOf(kubernetes, daemonSet);
  return fallback.changedAt ? revision.catch(() => fallback) : parts.read(revision, fallback);
}

function numbers<K extends string>(fields: Record<K, unknown>): Partial<Record<K, number>> {
  const read = Object.entries(fields).map(([name, value]) => [name, integer(value)] as const);
  return Object.fromEntries(read.filter(([, n]) => n !== undefined)) as Partial<Record<K, number>>;
}

/** The tag of the image; where it is pinned by digest or retagged, what the manifest itself says. */
function versionOf(daemonSet: KubernetesObject, containers: readonly KubernetesObject[]): string | undefined {
  const own = containers.find((c) => c.name === 'aws-node') ?? containers[0];
  const tag = /:(v?\d+\.\d+\.\d+[^@/:]*)(?:@sha256:[0-9a-f]+)?$/.exec(text(own?.image) ?? '')?.[1];
  const declared = list(own?.env).find((e) => e.name === 'VPC_CNI_VERSION')?.value;
  return tag ?? text(declared) ?? text(daemonSet.metadata?.labels?.['app.kubernetes.io/version']);
}

async function referencedConfigMaps(
  kubernetes: KubernetesAccess,
  containers: readonly KubernetesObject[],
  parts: OptionalParts,
): Promise<ConfigMaps> {
  const names = [...new Set(containers.flatMap(configMapsOf))];
  const maps = names.map(
    async (name) => [name, await parts.read<ConfigMapData>(configMapData(kubernetes, name), 'unread')] as const,
  );
  const secrets = containers.filter(takesSecret).map((c) => text(c.name) ?? '');
  if (secrets.length > 0)
    parts.lacks({ reason: `container ${secrets.join(', ')} takes its environment from a Secret, which is never read` });
  return new Map(await Promise.all(maps));
}

async function configMapData(kubernetes: KubernetesAccess, name: string): Promise<Record<string, string> | undefined> {
  return dataOf(
    await kubernetes.get(apiPath({ group: '', version: 'v1', resource: 'configmaps', namespace: NAMESPACE, name })),
  );
}

async function roleOf(kubernetes: KubernetesAccess, name: string): Promise<string | undefined> {
  const path = apiPath({ group: '', version: 'v1', resource: 'serviceaccounts', namespace: NAMESPACE, name });
  return text((await kubernetes.get(path))?.metadata?.annotations?.['eks.amazonaws.com/role-arn']);
}
