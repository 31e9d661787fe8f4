import type { Finding } from '../../../src/inspect/contract/finding.ts';
import type { Inspection } from '../../../src/inspect/contract/report.ts';
import type { Told } from './small.ts';

export const grave = (r: Pick<Inspection, 'findings'>): readonly Finding[] =>
  r.findings.filter((f) => f.severity !== 'info');

const slug = (f: Finding): string => (f.subReason ? `${f.code}/${f.subReason}` : f.code);

/** Everything told at warning or above, once each: `HLT002 <- CUS001` where it is folded under another finding. */
export function toldOf(r: Pick<Inspection, 'findings'>): Told[] {
  const byId = new Map(r.findings.map((f) => [f.id, f]));
  const all = grave(r).map((f) => {
    const cause = f.causedBy === undefined ? undefined : byId.get(f.causedBy);
    return cause ? `${slug(f)} <- ${cause.code}` : slug(f);
  });
  return [...new Set(all)].sort();
}

/** Evidence of the first finding of each code, as far as a scenario states it. */
export const shownIn = (r: Pick<Inspection, 'findings'>, codes: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(codes.map((code) => [code, r.findings.find((f) => f.code === code)?.evidence]));
