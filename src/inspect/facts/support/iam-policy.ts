/**
 * What a role may do, read from the documents of its policies (IAM JSON policy evaluation logic). Service control policies,
 * session policies and policies of VPC endpoints are not seen: "allowed" means that the role itself allows it.
 */
import type { IamRole, PolicyStatement } from '../../snapshot/account.ts';

/**
 * `conditional`: allowed under conditions or for some resources only, which only a call can tell; `denied`: a statement denies it
 * whatever else allows it; `bounded`: the permissions boundary does not allow it; `missing`: nothing allows it.
 */
export type IamVerdict = 'allowed' | 'conditional' | 'denied' | 'bounded' | 'missing';

/** What the action works on: `*` for actions without resources of their own (every ec2:Describe…), `any` where that is not followed. */
export type IamResource = '*' | 'network-interface' | 'any';

/** An ENI as an ARN ends that names one. */
const SOME_ENI = 'network-interface/eni-0123456789abcdef0';

/** @param region of the cluster; unknown matches every Region a policy names */
export function verdictOn(
  role: IamRole,
  action: string,
  resource: IamResource,
  region: string | undefined,
): IamVerdict {
  const subject: Subject = { action, resource, region };
  const own = ofStatements(role.statements, subject);
  if (own === 'denied' || own === 'missing') return own;
  if (!role.boundary) return own;
  const within = ofStatements(role.boundary, subject);
  if (within === 'denied' || within === 'missing') return 'bounded';
  return own === 'allowed' ? within : own;
}

/** Statements that allow the action on such resources, those with conditions too. */
export function allowing(
  role: IamRole,
  action: string,
  resource: IamResource,
  region: string | undefined,
): readonly PolicyStatement[] {
  return role.statements.filter(
    (s) => s.effect === 'Allow' && coversAction(s, action) && coverage(s, { action, resource, region }) !== 'none',
  );
}

interface Subject {
  readonly action: string;
  readonly resource: IamResource;
  readonly region: string | undefined;
}

function ofStatements(
  statements: readonly PolicyStatement[],
  subject: Subject,
): 'allowed' | 'conditional' | 'denied' | 'missing' {
  const about = statements.filter((s) => coversAction(s, subject.action));
  // what is denied under conditions may never be met: only an unconditional Deny of everything is certain
  const denies = about.filter((s) => s.effect === 'Deny' && s.conditions.length === 0);
  if (denies.some((s) => coverage(s, subject) === 'whole')) return 'denied';
  const allows = about.filter((s) => s.effect === 'Allow').map((s) => [s, coverage(s, subject)] as const);
  if (allows.some(([s, covered]) => covered === 'whole' && s.conditions.length === 0)) return 'allowed';
  return allows.some(([, covered]) => covered !== 'none') ? 'conditional' : 'missing';
}

function coversAction({ actions, notActions }: PolicyStatement, action: string): boolean {
  const among = (patterns: readonly string[]) =>
    patterns.some((p) => globMatches(p.toLowerCase(), action.toLowerCase()));
  return notActions.length > 0 ? !among(notActions) : among(actions);
}

/** Which of the resources a statement is about: all, some, none. */
function coverage({ resources, notResources }: PolicyStatement, subject: Subject): 'whole' | 'part' | 'none' {
  if (notResources.length > 0) {
    if (notResources.some((r) => ofPattern(r, subject) === 'whole')) return 'none';
    return notResources.some((r) => ofPattern(r, subject) === 'part') ? 'part' : 'whole';
  }
  const found = resources.map((r) => ofPattern(r, subject));
  return found.includes('whole') ? 'whole' : found.includes('part') ? 'part' : 'none';
}

const ARN = /^arn:([^:]*):([^:]*):([^:]*):([^:]*):(.+)$/;

function ofPattern(pattern: string, { resource, region }: Subject): 'whole' | 'part' | 'none' {
  if (/^\*+$/.test(pattern)) return 'whole';
  // an action without resources is asked for "*", which no ARN matches
  if (resource === '*') return 'none';
  if (resource === 'any') return 'part';
  const [, , service = '', where = '', account = '', rest = ''] = ARN.exec(pattern) ?? [];
  if (!globMatches(service, 'ec2') || (region !== undefined && !globMatches(where, region))) return 'none';
  const whole = globMatches(rest, SOME_ENI);
  if (whole) return /^\*?$/.test(account) || /^\d{12}$/.test(account) ? 'whole' : 'part';
  return rest.startsWith('network-interface/') ? 'part' : 'none';
}

/** `*` and `?` as IAM reads them. */
export function globMatches(pattern: string, text: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replaceAll('?', '.');
  return new RegExp(`^${source}$`).test(text);
}
