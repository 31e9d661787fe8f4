import { defineFact, notTold, section } from './define-fact.ts';

/** The role that the service account `kube-system/aws-node` names. Unknown where it could not be read; null where it names none. */
export const awsNodeServiceAccount = defineFact({
  id: 'awsNodeServiceAccount',
  needs: { cni: section('cni') },
  partWillDo: ['cni'],
  derive: ({ cni }, { gapsOf }) => {
    const roleArn = cni.serviceAccountRoleArn;
    const unread = gapsOf('cni').filter((g) => g.permission === undefined || /\bserviceaccounts\b/.test(g.permission));
    if (roleArn === undefined && unread.length > 0) return notTold(unread);
    return { roleArn: roleArn ?? null };
  },
});
