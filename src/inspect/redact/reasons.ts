/** Why something was not read: its kind and its permission stay, what a server or a file said goes. */
import type { Gap, GapKind } from '../snapshot/section.ts';
import { SECTION_NAMES, type Source } from '../snapshot.ts';

/** Kinds that say all there is. */
const SAID: { readonly [K in GapKind]?: string } = {
  'switched-off': 'switched off',
  'not-collected': 'not collected',
  throttled: 'throttled: the reason is redacted',
  timeout: 'timeout: the reason is redacted',
};

/** An IAM action or an RBAC rule: `ec2:DescribeSubnets`, `get configmaps/amazon-vpc-cni in kube-system`. */
const PERMISSION =
  /^(?:[a-z0-9]+:(?:Describe|Get|List)[A-Za-z]+|(?:get, )?(?:get|list) [a-z0-9./-]+(?: in kube-system)?)$/;

/** Calls of ours stay; in a file written by hand anything may stand there. */
export function redactSource(source: Source): Source {
  const shaped = (text: string, shape: RegExp) => (shape.test(text) ? text : 'redacted');
  return {
    ...source,
    section: SECTION_NAMES.some((name) => name === source.section) ? source.section : 'redacted',
    call: PERMISSION.test(source.call) ? source.call : shaped(source.call, /^get \/apis?(?:\/[a-z0-9.]+){0,2}$/),
    outcome: shaped(source.outcome, /^(?:(?:ok|[a-z-]{2,14})(?: \d+)?(?:, )?)+$/),
  };
}

export function redactGap(gap: Gap): Gap {
  const permission = redactPermission(gap.permission);
  const section = SECTION_NAMES.some((name) => name === gap.section) ? gap.section : undefined;
  const reason =
    permission === undefined ? (SAID[gap.kind ?? 'other'] ?? 'the reason is redacted') : `${permission} was denied`;
  return {
    ...(gap.kind ? { kind: gap.kind } : {}),
    ...(section ? { section } : {}),
    ...(permission === undefined ? {} : { permission }),
    reason,
  };
}

/** A namespace of the user's goes, of a list; the rule alone tells what to grant, and that it is an optional one. */
function redactPermission(permission: string | undefined): string | undefined {
  const rule = permission?.replace(/^(list [a-z.]+) in [a-z0-9.-]+$/, '$1');
  return [permission, rule].find((p) => p !== undefined && PERMISSION.test(p));
}
