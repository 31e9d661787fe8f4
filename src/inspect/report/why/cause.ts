/** The finding that accounts for a subject, at the root of its chain of causes. */
import type { Analysis } from '../../analyze.ts';
import type { Finding } from '../../contract/finding.ts';
import { severityRank } from '../../contract/severity.ts';
import type { WhyCause } from '../../contract/why.ts';
import type { Run } from '../../facts/define-fact.ts';
import { waitingPods } from '../waiting-pods.ts';

/** What the causes of a story are looked up in; made when first asked for, since it runs every check. */
export class Causes {
  readonly #analyze: () => Analysis;
  readonly #run: Run;
  #findings?: readonly Finding[];
  #waiting?: ReadonlyMap<string, string | null>;

  constructor(run: Run, analyze: () => Analysis) {
    this.#run = run;
    this.#analyze = analyze;
  }

  get findings(): readonly Finding[] {
    if (!this.#findings) {
      const { findings, suppressed } = this.#analyze();
      this.#findings = [...findings, ...suppressed];
    }
    return this.#findings;
  }

  /** The finding that accounts for a pod (`namespace/name`) in trouble. */
  ofPod(id: string): Finding | undefined {
    this.#waiting ??= new Map((waitingPods(this.#run, this.findings) ?? []).map((w) => [w.pod, w.cause]));
    const settled = this.#waiting.get(id);
    if (settled) return this.findings.find((f) => f.id === settled);
    return this.#gravest((f) => f.severity !== 'info' && (f.scope.pods?.includes(id) ?? false));
  }

  /** The gravest error or warning about a node. */
  ofNode(name: string): Finding | undefined {
    return this.#gravest((f) => f.severity !== 'info' && (f.scope.nodes?.includes(name) ?? false));
  }

  ofEni(eniId: string): Finding | undefined {
    return this.#gravest((f) => f.resources.some((r) => r.kind === 'eni' && r.id === eniId));
  }

  #gravest(covers: (finding: Finding) => boolean): Finding | undefined {
    const [best] = this.findings.filter(covers).sort((a, b) => severityRank(a.severity) - severityRank(b.severity));
    return this.findings.find((f) => f.id === best?.causedBy) ?? best;
  }
}

export function causeFrom({ code, id, severity, message }: Finding): WhyCause {
  return { code, findingId: id, severity, network: true, statement: message };
}
