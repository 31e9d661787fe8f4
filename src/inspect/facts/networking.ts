import { type IpamdSettings, parseSettings } from '../../calc/ipamd/index.ts';
import { type Mode, type Pattern, patternOf } from '../../calc/patterns.ts';
import type { SettingInForce } from '../contract/report.ts';
import type { Addon } from '../snapshot/aws.ts';
import type { Cni } from '../snapshot/kubernetes.ts';
import { cniAddon } from './addon.ts';
import { defineFact, notTold, section } from './define-fact.ts';
import { behaves } from './support/cni-release.ts';
import { settingsInForce } from './support/settings-in-force.ts';

/** What the DaemonSet `kube-system/aws-node` is set to do. A node may still run by older settings: see `nodeEnis.observed`. */
export interface Networking {
  readonly pattern: Pattern;
  /** As configured; a type that cannot hold prefixes falls back, see `NodeCapacity.mode`. */
  readonly mode: Mode;
  readonly settings: IpamdSettings;
  /** Environment of the container `aws-node`, known variables only. */
  readonly env: Readonly<Record<string, string>>;
  /** Environment of the init container. */
  readonly initEnv: Readonly<Record<string, string>>;
  /** Variables of the container `aws-node` that come from an object that was not read: their values are unknown. */
  readonly unresolved: readonly string[];
  /** As the image tag writes it, `v1.23.1-eksbuild.1`. */
  readonly cniVersion?: string;
  readonly settingsInForce: readonly SettingInForce[];
  readonly eniConfigLabelKey: string;
  readonly eniConfigAnnotationKey: string;
}

/** Key of label and annotation that name the ENIConfig, unless set otherwise (`eniconfig.go:GetNodeSpecificENIConfigName`). */
const ENI_CONFIG_KEY = 'k8s.amazonaws.com/eniConfig';

/** Variables without which pattern and mode cannot be told. */
const DECISIVE: ReadonlySet<string> = new Set([
  'ENABLE_IPv6',
  'ENABLE_PREFIX_DELEGATION',
  'AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG',
  'ENABLE_POD_ENI',
]);

export const networking = defineFact({
  id: 'networking',
  needs: { cni: section('cni') },
  helps: { addon: cniAddon },
  // A section of which a part was read has the DaemonSet itself, and that is where the settings stand.
  partWillDo: ['cni'],
  derive: ({ cni, addon }) => {
    if (!cni.installed) return notTold('there is no DaemonSet kube-system/aws-node');
    const hidden = cni.containers.find((c) => c.name === 'aws-node')?.unresolved.find((name) => DECISIVE.has(name));
    if (hidden !== undefined) return notTold(`${hidden} of aws-node is taken from an object that was not read`);
    return networkingOf(cni, addon);
  },
});

function networkingOf(cni: Cni, addon: Addon | undefined): Networking {
  const container = cni.containers.find((c) => c.name === 'aws-node');
  const env = container?.env ?? {};
  const unresolved = container?.unresolved ?? [];
  const settings = settingsOn(cni.version, parseSettings(env, { defaults: 'binary' }));
  return {
    pattern: patternOf({ customNetworking: settings.customNetworking, securityGroupsForPods: settings.podEni }),
    mode: settings.ipv6 ? 'ipv6' : settings.prefixDelegation ? 'prefix' : 'secondary',
    settings,
    env,
    initEnv: cni.initContainers.find((c) => c.name === 'aws-vpc-cni-init')?.env ?? {},
    unresolved,
    cniVersion: cni.version,
    settingsInForce: settingsInForce(env, settings, addon, unresolved, container?.fromConfigMap),
    eniConfigLabelKey: env.ENI_CONFIG_LABEL_DEF || ENI_CONFIG_KEY,
    eniConfigAnnotationKey: env.ENI_CONFIG_ANNOTATION_DEF || ENI_CONFIG_KEY,
  };
}

export interface NetworkingChange {
  readonly env?: Readonly<Record<string, string>>;
  readonly cniVersion?: string;
}

/** The same cluster with other variables of aws-node, or another release of it. */
export function networkingWith(net: Networking, change: NetworkingChange): Networking {
  const env = { ...net.env, ...change.env };
  const cniVersion = change.cniVersion ?? net.cniVersion;
  const settings = settingsOn(cniVersion, parseSettings(env, { defaults: 'binary' }));
  return {
    ...net,
    env,
    settings,
    cniVersion,
    pattern: patternOf({ customNetworking: settings.customNetworking, securityGroupsForPods: settings.podEni }),
    mode: settings.ipv6 ? 'ipv6' : settings.prefixDelegation ? 'prefix' : 'secondary',
    settingsInForce: settingsInForce(env, settings, undefined, net.unresolved),
    eniConfigLabelKey: env.ENI_CONFIG_LABEL_DEF || ENI_CONFIG_KEY,
    eniConfigAnnotationKey: env.ENI_CONFIG_ANNOTATION_DEF || ENI_CONFIG_KEY,
  };
}

/** Subnet discovery is on by default in the releases that have it, and nothing in those before v1.18. */
export function settingsOn(version: string | undefined, settings: IpamdSettings): IpamdSettings {
  return { ...settings, subnetDiscovery: settings.subnetDiscovery && behaves(version, 'subnetDiscovery') };
}
