import { writeFileSync } from 'node:fs';
import { it } from 'vitest';
import { loadCatalog } from '../../src/calc/catalog/index.ts';
import { CHECKS } from '../../src/inspect/checks/index.ts';
import { Run } from '../../src/inspect/facts/define-fact.ts';
import { DEFAULT_POLICY } from '../../src/inspect/policy.ts';
import { type ClusterSnapshot, type SectionName } from '../../src/inspect/snapshot.ts';
import { CASES } from '../inspect/checks/cases/index.ts';

const gap = (name: string) => ({ kind: 'denied' as const, permission: `test:${name}`, reason: 'denied', section: name as SectionName });
const MODES: Record<string, (of: ClusterSnapshot, name: SectionName) => ClusterSnapshot | undefined> = {
  denied: (of, name) => ({ ...of, [name]: { status: 'denied', permission: `test:${name}`, reason: 'denied' } }),
  marked: (of, name) => ({ ...of, [name]: { status: 'partial', data: (of[name] as any).data, missing: [gap(name)] } }) as any,
  halved: (of, name) => {
    const data = (of[name] as any).data;
    if (!Array.isArray(data) || data.length < 1) return undefined;
    return { ...of, [name]: { status: 'partial', data: data.filter((_: unknown, i: number) => i % 2 === 1), missing: [gap(name)] } } as any;
  },
};
const unknownish = (v: unknown) => v === null || v === undefined || v === 'unknown';
function diff(a: unknown, b: unknown, path: string, out: string[]) {
  if (JSON.stringify(a) === JSON.stringify(b) || unknownish(b)) return;
  if (a && b && typeof a === 'object' && typeof b === 'object' && !Array.isArray(a)) {
    for (const k of new Set([...Object.keys(a), ...Object.keys(b)])) diff((a as any)[k], (b as any)[k], `${path}.${k}`, out);
    return;
  }
  out.push(`${path}: ${JSON.stringify(a)} -> ${JSON.stringify(b)}`);
}
it('x', async () => {
  const catalog = await loadCatalog();
  const lines: string[] = [];
  for (const check of CHECKS) {
    const rows = CASES[check.code as keyof typeof CASES];
    for (const [i, { of }] of [...rows.fires, ...rows.quiet].entries()) {
      const seen = check.run(new Run(of, catalog), DEFAULT_POLICY);
      for (const name of [...check.sources.needs, ...check.sources.helps]) {
        if (!('data' in of[name])) continue;
        for (const [mode, how] of Object.entries(MODES)) {
          const blind = how(of, name);
          if (!blind) continue;
          const now = check.run(new Run(blind, catalog), DEFAULT_POLICY);
          if (now.kind !== 'evaluated') continue;
          const before = seen.kind === 'evaluated' ? seen.findings : [];
          for (const f of now.findings) {
            const was = before.find((b) => b.id === f.id);
            if (!was) { lines.push(`${check.code} #${i} ${mode} ${name}: NEW ${f.id} conf ${f.confidence} sev ${f.severity} (before: ${before.map((b) => b.id).join()}) ${f.message.slice(0, 90)}`); continue; }
            const out: string[] = [];
            diff(was.evidence, f.evidence, '', out);
            if (out.length) lines.push(`${check.code} #${i} ${mode} ${name}: ${f.id} conf ${f.confidence}/${was.confidence}: ${out.join('; ').slice(0, 300)}`);
          }
          if (before.length && now.findings.length === 0) lines.push(`${check.code} #${i} ${mode} ${name}: PASS`);
          else if (now.findings.length < before.length) lines.push(`${check.code} #${i} ${mode} ${name}: FEWER ${before.length} -> ${now.findings.length}`);
        }
      }
    }
  }
  writeFileSync('/tmp/ev.txt', [...new Set(lines)].join('\n'));
}, 300000);
