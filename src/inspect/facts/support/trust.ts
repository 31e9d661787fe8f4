/** Who may take a role: whether its trust lets in the service account of aws-node (IAM JSON policy grammar, EKS user guide). */
import type { IamRole } from '../../snapshot/account.ts';
import { globMatches } from './iam-policy.ts';

export const AWS_NODE_SUBJECT = 'system:serviceaccount:kube-system:aws-node';
export const POD_IDENTITY = 'pods.eks.amazonaws.com';
const AUDIENCE = 'sts.amazonaws.com';

type Trust = IamRole['trust'][number];

/** `issuer`: no statement lets in the provider of this cluster; `subject`, `audience`: it does, under conditions that aws-node does not meet. */
export type TrustFault = 'issuer' | 'subject' | 'audience';

/** @param issuer without `https://` */
export function webIdentityFault(role: IamRole, issuer: string): TrustFault | undefined {
  const about = role.trust.filter(
    (t) =>
      t.effect === 'Allow' &&
      covers(t, 'sts:AssumeRoleWithWebIdentity') &&
      t.principals.some((p) => ofIssuer(p, issuer)),
  );
  if (about.length === 0) return 'issuer';
  const bySubject = about.filter((t) => holds(t, `${issuer}:sub`, AWS_NODE_SUBJECT));
  if (bySubject.length === 0) return 'subject';
  return bySubject.some((t) => holds(t, `${issuer}:aud`, AUDIENCE)) ? undefined : 'audience';
}

/** The Pod Identity agent takes the role and tags the session: both must be allowed. */
export function trustsPodIdentity(role: IamRole): boolean {
  const about = role.trust.filter((t) => t.effect === 'Allow' && t.principals.includes(POD_IDENTITY));
  return ['sts:AssumeRole', 'sts:TagSession'].every((action) => about.some((t) => covers(t, action)));
}

function covers({ actions }: Trust, action: string): boolean {
  return actions.some((a) => globMatches(a.toLowerCase(), action.toLowerCase()));
}

function ofIssuer(principal: string, issuer: string): boolean {
  return principal === '*' || principal.split(':oidc-provider/')[1] === issuer;
}

/** Whether all conditions on a key are met by the value; an operator that is not known here may be met. */
function holds({ conditions }: Trust, key: string, value: string): boolean {
  return conditions
    .filter((c) => c.key.toLowerCase() === key.toLowerCase())
    .every(({ operator, values }) => {
      if (/StringNot/i.test(operator)) return true;
      if (/StringLike$/i.test(operator)) return values.some((x) => globMatches(x, value));
      return /StringEquals(?:IfExists)?$/i.test(operator) ? values.includes(value) : true;
    });
}
