import { ADDRESSES_PER_PREFIX } from './constants.ts';
import { prefixesFor } from './decisions.ts';
import { parseGoBool, parseGoInt } from './go-values.ts';

/** What the ConfigMap `kube-system/amazon-vpc-cni` says about Windows nodes; undefined means that there is no data. */
export type WindowsConfigMap = Readonly<Record<string, string>> | undefined;

/** Targets of the warm pool the resource controller keeps on a Windows node, in addresses and prefixes. */
export interface WindowsTargets {
  readonly prefixes: boolean;
  readonly warmIpTarget: number;
  readonly minimumIpTarget: number;
  /** Free prefixes to keep; in force when neither IP target is. */
  readonly warmPrefixTarget: number;
}

/** What a Windows node holds: one ENI, its slots filled by the resource controller; there is no ipamd. */
export interface WindowsHoldings {
  readonly enis: 1;
  /** Addresses pods can get at most, advertised as `vpc.amazonaws.com/PrivateIPv4Address`. */
  readonly capacity: number;
  readonly secondaryIPs: number;
  readonly prefixes: number;
  readonly podIPsHeld: number;
  readonly podIPsFree: number;
  readonly podsWithoutIP: number;
  /** The ENI's own address included. */
  readonly subnetIPs: number;
  readonly reasons: readonly string[];
}

const SECONDARY_DEFAULTS = { warm: 3, minimum: 3 };
const PREFIX_DEFAULTS = { warm: 1, minimum: 3 };

/**
 * Targets in force (`loader.go:ParseWinIPTargetConfigs`, `LoadResourceConfigFromConfigMap`). A key without `windows-` wins
 * over the one with it. `nitro`: the type supports prefixes; on others the prefix switch falls back to the defaults of
 * single addresses, whatever the ConfigMap says.
 */
export function windowsTargets(configMap: WindowsConfigMap, nitro: boolean): WindowsTargets {
  const wanted = configMap !== undefined && parseGoBool(configMap['enable-windows-prefix-delegation'] ?? '') === true;
  if (wanted && !nitro) return secondaryTargets(SECONDARY_DEFAULTS.warm, SECONDARY_DEFAULTS.minimum);
  const warm = target(configMap, 'warm-ip-target');
  const minimum = target(configMap, 'minimum-ip-target');
  if (wanted) return prefixTargets(warm ?? 0, minimum ?? 0, target(configMap, 'warm-prefix-target') ?? 0);
  // An explicit 0 would leave the pool empty and is read as 1.
  const warmSet = warm === 0 && isWrittenZero(configMap) ? 1 : (warm ?? 0);
  if (warmSet === 0 && (minimum ?? 0) === 0)
    return secondaryTargets(SECONDARY_DEFAULTS.warm, SECONDARY_DEFAULTS.minimum);
  return secondaryTargets(
    warmSet < 0 ? SECONDARY_DEFAULTS.warm : warmSet,
    negativeTo(minimum ?? 0, SECONDARY_DEFAULTS.minimum),
  );
}

/**
 * Holdings of a settled Windows node with this many pods (`pool.go:getPDDeviation`, `calculateSecondaryIPDeviation`). Pods
 * are packed: the fullest prefix is used first, so history matters only after pods left.
 */
export function windowsHoldings(
  configMap: WindowsConfigMap,
  node: { readonly ipv4PerEni: number; readonly nitro: boolean; readonly pods: number },
): WindowsHoldings {
  const targets = windowsTargets(configMap, node.nitro);
  const slots = Math.max(node.ipv4PerEni - 1, 0);
  const perSlot = targets.prefixes ? ADDRESSES_PER_PREFIX : 1;
  const held = Math.min(
    targets.prefixes ? prefixesHeld(targets, Math.min(node.pods, slots * perSlot)) : addressesHeld(targets, node.pods),
    slots,
  );
  const podIPsHeld = held * perSlot;
  const served = Math.min(node.pods, podIPsHeld);
  const reasons: string[] = [];
  if (configMap !== undefined && parseGoBool(configMap['enable-windows-ipam'] ?? '') !== true)
    reasons.push('enable-windows-ipam is not true: the controller assigns nothing to Windows nodes');
  if (served < node.pods && podIPsHeld < slots * perSlot)
    reasons.push('minimum-ip-target without warm-ip-target: the pool never grows past the minimum');
  return {
    enis: 1,
    capacity: slots * perSlot,
    secondaryIPs: targets.prefixes ? 0 : held,
    prefixes: targets.prefixes ? held : 0,
    podIPsHeld,
    podIPsFree: podIPsHeld - served,
    podsWithoutIP: node.pods - served,
    subnetIPs: 1 + podIPsHeld,
    reasons,
  };
}

function prefixesHeld(targets: WindowsTargets, pods: number): number {
  if (targets.warmIpTarget === 0 && targets.minimumIpTarget === 0) return prefixesFor(pods) + targets.warmPrefixTarget;
  return Math.max(prefixesFor(pods + targets.warmIpTarget), prefixesFor(targets.minimumIpTarget));
}

function addressesHeld(targets: WindowsTargets, pods: number): number {
  if (targets.warmIpTarget === 0) return targets.minimumIpTarget;
  return Math.max(pods + targets.warmIpTarget, targets.minimumIpTarget);
}

function prefixTargets(warm: number, minimum: number, warmPrefix: number): WindowsTargets {
  const base = { prefixes: true, warmPrefixTarget: Math.max(warmPrefix, 0) };
  if (warm <= 0 && minimum <= 0 && warmPrefix > 0) return { ...base, warmIpTarget: 0, minimumIpTarget: 0 };
  return {
    ...base,
    warmIpTarget: warm > 0 ? warm : PREFIX_DEFAULTS.warm,
    minimumIpTarget: minimum > 0 ? minimum : PREFIX_DEFAULTS.minimum,
  };
}

function secondaryTargets(warmIpTarget: number, minimumIpTarget: number): WindowsTargets {
  return { prefixes: false, warmIpTarget, minimumIpTarget, warmPrefixTarget: 0 };
}

/** Unreadable text counts as 0, an absent key as undefined. */
function target(configMap: WindowsConfigMap, key: string): number | undefined {
  const text = configMap?.[key] ?? configMap?.[`windows-${key}`];
  return text === undefined ? undefined : (parseGoInt(text) ?? 0);
}

function isWrittenZero(configMap: WindowsConfigMap): boolean {
  const text = configMap?.['warm-ip-target'] ?? configMap?.['windows-warm-ip-target'];
  return text !== undefined && parseGoInt(text) === 0;
}

function negativeTo(value: number, fallback: number): number {
  return value < 0 ? fallback : value;
}
