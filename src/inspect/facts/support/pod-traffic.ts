/** Which way the traffic of pods with security groups of their own takes. */
import { parseGoBool } from '../../../calc/ipamd/index.ts';
import type { Networking } from '../networking.ts';
import { behaves } from './cni-release.ts';

export const ENFORCING_MODE = 'POD_SECURITY_GROUP_ENFORCING_MODE';
export const EXTERNAL_SNAT = 'AWS_VPC_K8S_CNI_EXTERNALSNAT';

/**
 * Everything to and from such a pod, its own node included, goes through its branch ENI. The setting came with v1.11.0;
 * before, there was no other way. Undefined where the setting comes from an object that was not read.
 */
export function isStrict(net: Networking): boolean | undefined {
  if (net.unresolved.includes(ENFORCING_MODE)) return undefined;
  return net.settings.enforcingMode !== 'standard' || !behaves(net.cniVersion, 'enforcingMode');
}

/** Pods leave the VPC under their own address; undefined where the setting comes from an object that was not read. */
export function usesExternalSnat(net: Networking): boolean | undefined {
  if (net.unresolved.includes(EXTERNAL_SNAT)) return undefined;
  return parseGoBool(net.env[EXTERNAL_SNAT] ?? '') ?? false;
}
