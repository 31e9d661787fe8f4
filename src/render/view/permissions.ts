/** `vpccni permissions`: what to paste, in the order in which it is pasted, then the proof that nothing is written. */
import type { PermissionsReport } from '../../inspect/contract/permissions.ts';
import { type Block, span } from '../blocks.ts';

export function permissionsView(report: PermissionsReport, { wide }: { readonly wide: boolean }): Block[] {
  return [
    ...iamPolicy(report),
    { kind: 'blank' },
    ...rbac(report),
    { kind: 'blank' },
    ...accessEntry(report),
    { kind: 'blank' },
    ...proof(report, wide),
  ];
}

function iamPolicy({ iam, flagsMissing }: PermissionsReport): Block[] {
  return [
    { kind: 'heading', text: 'IAM POLICY', note: span('what AWS is asked; only reads', 'muted') },
    { kind: 'verbatim', text: JSON.stringify(iam.policy, null, 2) },
    { kind: 'blank' },
    ...commandsOr(iam.commands, missing(flagsMissing, ['--principal'], 'the command that attaches it')),
  ];
}

function rbac({ rbac: { commands }, accessEntry: { group } }: PermissionsReport): Block[] {
  return [
    { kind: 'heading', text: 'KUBERNETES RBAC', note: span(`bound to the group ${group}; no Secret is read`, 'muted') },
    { kind: 'commands', commands },
  ];
}

function accessEntry({ accessEntry: { commands, group }, flagsMissing }: PermissionsReport): Block[] {
  return [
    { kind: 'heading', text: 'EKS ACCESS ENTRY', note: span(`lets the principal in as a member of ${group}`, 'muted') },
    ...commandsOr(commands, missing(flagsMissing, ['--principal', '--cluster'], 'the command')),
    {
      kind: 'line',
      text: span(
        'A principal that has an entry already keeps it: update-access-entry takes the same arguments.',
        'muted',
      ),
    },
  ];
}

function commandsOr(commands: readonly string[], otherwise: string): Block[] {
  return commands.length > 0 ? [{ kind: 'commands', commands }] : [{ kind: 'line', text: span(otherwise, 'info') }];
}

function missing(flags: readonly string[], wanted: readonly string[], what: string): string {
  const lacking = wanted.filter((f) => flags.includes(f));
  return `Give ${lacking.join(' and ')} and ${what} is printed here, filled in.`;
}

function proof({ proof: p, calls }: PermissionsReport, wide: boolean): Block[] {
  const verdict = p.readOnly
    ? span('read-only', 'ok')
    : span('NOT read-only: a call of the registry writes; do not use this build', 'error');
  const verbs = `AWS ${p.awsVerbs.join(', ')}; Kubernetes ${p.kubernetesVerbs.join(', ')}`;
  return [
    { kind: 'heading', text: 'EVERY CALL', note: [verdict, span(`: ${calls.length} calls, ${verbs}`, 'muted')] },
    {
      kind: 'table',
      columns: [
        { title: 'CALL' },
        { title: 'TIER' },
        { title: 'SECTIONS', only: 'wide', flexible: true },
        { title: 'WITHOUT IT', flexible: true },
      ],
      rows: calls.map((c) => [c.call, c.tier, c.sections.join(', '), c.without.join('; ')]),
    },
    ...(wide
      ? []
      : [{ kind: 'line', text: span('-o wide also names the sections of the snapshot.', 'muted') } as const]),
  ];
}
