/** Labels of service accounts, by which policies select pods, that could not be read. */
import type { SecurityGroupPolicy } from '../../snapshot/kubernetes.ts';
import type { Gap } from '../../snapshot/section.ts';

/** Files of versions that kept no reason were made where the right was wanting. */
const NO_RIGHT: Gap = {
  kind: 'denied',
  permission: 'list serviceaccounts',
  reason: 'labels of service accounts, by which a policy selects pods, were not read',
};

/** Why the labels of service accounts that these policies ask for are not known, each reason once. */
export function accountsUnread(policies: readonly SecurityGroupPolicy[]): readonly Gap[] {
  const gaps = policies.map((p) => p.serviceAccountSelector?.unread ?? NO_RIGHT);
  return [...new Map(gaps.map((gap) => [`${gap.permission ?? ''} ${gap.reason}`, gap])).values()];
}
