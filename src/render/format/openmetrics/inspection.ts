/** Series of an inspection: its subnets, waiting pods, findings, and what was not evaluated. */
import type { Inspection } from '../../../inspect/contract/report.ts';
import { type Family, gauge, type Labels } from './families.ts';
import { subnetFamilies, timestampFamily } from './subnets.ts';

export function ofInspection(report: Inspection): Family[] {
  const { cluster, subnets, verdict, findings, coverage, generatedAt } = report;
  const labels: Labels = { cluster: cluster.name, region: cluster.region, account: cluster.account };
  const leaked = leaksIn(report);
  const measured = (subnets ?? []).map((s) => ({ ...s, leaked: leaked && (leaked.get(s.subnetId) ?? 0) }));
  return [
    ...subnetFamilies(measured, labels, cluster.mode),
    gauge(
      'pods_without_address',
      'Scheduled pods that wait for an address, by the finding that accounts for them.',
      waiting(verdict),
      ({ cause }) => ({ ...labels, cause }),
      ({ pods }) => pods,
    ),
    gauge(
      'findings',
      'Findings by code and severity.',
      counted(findings.map((f) => `${f.code} ${f.severity}`)),
      ([key]) => ({ ...labels, code: key.split(' ')[0], severity: key.split(' ')[1] }),
      ([, n]) => n,
    ),
    gauge(
      'check_not_evaluated',
      'Checks that could not be evaluated for lack of data.',
      coverage.notEvaluated,
      ({ code }) => ({ ...labels, code }),
      () => 1,
    ),
    timestampFamily(generatedAt, labels),
  ];
}

/** Nobody waits is a fact and a zero; that nobody could be asked is no series. */
function waiting({ stuckPods, causes }: Inspection['verdict']): readonly { cause: string; pods: number }[] {
  if (stuckPods === null) return [];
  if (stuckPods === 0) return [{ cause: 'none', pods: 0 }];
  const sums = new Map<string, number>();
  for (const { code, pods } of causes) sums.set(code ?? 'unknown', (sums.get(code ?? 'unknown') ?? 0) + pods);
  return [...sums].map(([cause, pods]) => ({ cause, pods }));
}

const LEAKS = 'LEK001';

/** By subnet; null where the check was not evaluated, or its findings may be suppressed. */
function leaksIn({ findings, coverage }: Inspection): ReadonlyMap<string, number> | null {
  const found = findings.filter((f) => f.code === LEAKS);
  if (coverage.notEvaluated.some((n) => n.code === LEAKS)) return null;
  if (found.length === 0 && coverage.suppressed > 0) return null;
  const sums = new Map<string, number>();
  for (const { evidence } of found) {
    const { subnetId, addresses } = evidence;
    if (typeof subnetId === 'string' && typeof addresses === 'number')
      sums.set(subnetId, (sums.get(subnetId) ?? 0) + addresses);
  }
  return sums;
}

function counted(keys: readonly string[]): readonly [string, number][] {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
}
