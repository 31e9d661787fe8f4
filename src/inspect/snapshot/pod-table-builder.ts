/** The writing side of `pods.ts`. */
import { POD_CLASSES, POD_FLAGS, POD_PHASES, type Pod, type PodNeeds, type PodProbe, type PodTable } from './pods.ts';

/** Collects pods page by page into columns. */
export class PodTableBuilder {
  readonly #texts = new Map<string, number>([['', 0]]);
  readonly #labelSets = new Map<string, number>();
  readonly #labelValues: Record<string, string>[] = [];
  readonly #t = {
    namespace: [] as number[],
    name: [] as string[],
    node: [] as number[],
    ip: [] as string[],
    class: [] as number[],
    phase: [] as number[],
    owner: [] as number[],
    labels: [] as number[],
    serviceAccount: [] as number[],
    createdAt: [] as number[],
    flags: [] as number[],
  };
  readonly #branchEni: Record<string, string> = {};
  readonly #claims: Record<string, string[]> = {};
  readonly #hostPorts: Record<string, number[]> = {};
  readonly #needSets = new Map<string, number>();
  readonly #needValues: PodNeeds[] = [];
  readonly #needs: number[] = [];
  readonly #probeSets = new Map<string, number>();
  readonly #probes: number[] = [];
  #probesRead = false;
  readonly #numbers = new WeakMap<object, number>();
  #injectionsRead = false;
  #time = { text: '', seconds: Number.NaN };

  get count(): number {
    return this.#t.name.length;
  }

  add(pod: Pod): void {
    const row = this.count;
    const t = this.#t;
    t.namespace.push(this.#text(pod.namespace));
    t.name.push(pod.name);
    t.node.push(this.#text(pod.node));
    t.ip.push(pod.ip ?? '');
    t.class.push(POD_CLASSES.indexOf(pod.class));
    t.phase.push(POD_PHASES.indexOf(pod.phase));
    t.owner.push(this.#text(pod.owner));
    t.labels.push(this.#labels(pod.labels));
    t.serviceAccount.push(this.#text(pod.serviceAccount));
    t.createdAt.push(this.#seconds(pod.createdAt));
    t.flags.push(
      (pod.terminating ? POD_FLAGS.terminating : 0) |
        (pod.waiting ? POD_FLAGS.waiting : 0) |
        (pod.furtherInterfaces ? POD_FLAGS.furtherInterfaces : 0) |
        (pod.unready ? POD_FLAGS.unready : 0) |
        (pod.ambient ? POD_FLAGS.ambient : 0) |
        (pod.injected ? POD_FLAGS.injected : 0),
    );
    this.#injectionsRead ||= pod.injected !== undefined;
    if (pod.branchEniId) this.#branchEni[String(row)] = pod.branchEniId;
    if (pod.claims && pod.claims.length > 0) this.#claims[String(row)] = [...pod.claims];
    if (pod.hostPorts && pod.hostPorts.length > 0) this.#hostPorts[String(row)] = [...pod.hostPorts];
    this.#needs.push(pod.needs ? this.#needsOf(pod.needs) : -1);
    this.#probesRead ||= pod.probes !== undefined;
    this.#probes.push(pod.probes && pod.probes.length > 0 ? this.#probesOf(pod.probes) : -1);
  }

  build(): PodTable {
    return {
      count: this.count,
      texts: [...this.#texts.keys()],
      labelSets: this.#labelValues,
      ...this.#t,
      ...(this.#injectionsRead ? { injections: true } : {}),
      branchEni: this.#branchEni,
      ...(Object.keys(this.#claims).length > 0 ? { claims: this.#claims } : {}),
      ...(Object.keys(this.#hostPorts).length > 0 ? { hostPorts: this.#hostPorts } : {}),
      ...(this.#needValues.length > 0
        ? {
            needSets: this.#needValues.map((n) => ({
              ...n,
              nodeSelector: { ...n.nodeSelector },
            })) as PodTable['needSets'],
            needs: this.#needs,
          }
        : {}),
      ...(this.#probeSets.size > 0 ? { probeSets: [...this.#probeSets.keys()].map((set) => JSON.parse(set)) } : {}),
      ...(this.#probesRead ? { probes: this.#probes } : {}),
    };
  }

  /** Pods of a rollout begin in the same second. */
  #seconds(time: string): number {
    if (time !== this.#time.text) this.#time = { text: time, seconds: Math.floor(Date.parse(time) / 1000) };
    return this.#time.seconds;
  }

  #probesOf(probes: readonly PodProbe[]): number {
    return this.#known(probes, () => intern(this.#probeSets, JSON.stringify(probes)));
  }

  #needsOf(needs: PodNeeds): number {
    return this.#known(needs, () => {
      const at = intern(this.#needSets, JSON.stringify(needs));
      if (at === this.#needValues.length) this.#needValues.push(needs);
      return at;
    });
  }

  #text(text: string | undefined): number {
    return intern(this.#texts, text ?? '');
  }

  #labels(labels: Readonly<Record<string, string>>): number {
    return this.#known(labels, () => {
      const key = JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
      const at = intern(this.#labelSets, key);
      if (at === this.#labelValues.length) this.#labelValues.push(Object.assign(Object.create(null), labels));
      return at;
    });
  }

  /** The number of a value that may come again as the same object. */
  #known(value: object, numberOf: () => number): number {
    const known = this.#numbers.get(value);
    if (known !== undefined) return known;
    const number = numberOf();
    this.#numbers.set(value, number);
    return number;
  }
}

function intern(table: Map<string, number>, text: string): number {
  const known = table.get(text);
  if (known !== undefined) return known;
  table.set(text, table.size);
  return table.size - 1;
}
