/**
 * What is read for an extra check or a better number (`collect/define-collector.ts`, tier `optional`). A caller who was not given
 * the right to it goes without: what is not evaluated because of that alone leaves no gate without a verdict.
 */
import type { Gap } from './section.ts';

/** Sections without a core call of their own; a test holds them to what the collectors declare. */
export const OPTIONAL_SECTIONS: ReadonlySet<string> = new Set([
  'launchTemplates',
  'natGateways',
  'vpcEndpoints',
  'networkAcls',
  'securityGroupRules',
  'prefixLists',
  'vpcPeerings',
  'transitGatewayAttachments',
  'iam',
  'quotas',
  'insights',
  'services',
  'webhooks',
  'crds',
  'rbac',
  'persistentVolumes',
  'cniLogs',
  'cniMetrics',
]);

/** Rights of the optional tier in sections that hold others too. */
export const OPTIONAL_RIGHTS: readonly string[] = [
  'list applicationnetworkpolicies',
  'list clusternetworkpolicies',
  'list controllerrevisions',
  'list serviceaccounts',
];

const OF_PART = new RegExp(`\\b(?:${OPTIONAL_RIGHTS.join('|')})\\b`);

/** A right of the optional tier that the caller has not, or what a version that made the file did not read yet. No failure is one. */
export function isOptionalRight({ kind, section, permission }: Gap): boolean {
  if (kind !== 'denied' && kind !== 'not-collected') return false;
  return (section !== undefined && OPTIONAL_SECTIONS.has(section)) || OF_PART.test(permission ?? '');
}
