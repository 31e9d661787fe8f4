/** What a story is told from: facts, with a note of everything asked for that was not read. */
import type { Link } from '../../contract/why.ts';
import { type Fact, type Run, section } from '../../facts/define-fact.ts';
import { type OtherWait, stuckPods, waitingElsewhere } from '../../facts/stuck-pods.ts';
import { groupBy } from '../../facts/support/group-by.ts';
import type { ClusterEvent } from '../../snapshot/kubernetes.ts';
import type { Gap } from '../../snapshot/section.ts';

export class Scene {
  readonly run: Run;
  readonly #caveats = new Set<string>();
  #podEvents?: ReadonlyMap<string, readonly ClusterEvent[]>;
  #stuck?: ReadonlySet<string>;
  #elsewhere?: ReadonlyMap<string, OtherWait>;

  constructor(run: Run) {
    this.run = run;
  }

  /** Seconds since 1970 of the snapshot's moment. */
  get now(): number {
    return this.run.now / 1000;
  }

  /** The value, or undefined where it is unknown; what it lacks becomes a caveat of the story. */
  get<T>(fact: Fact<T>): T | undefined {
    const result = this.run.get(fact);
    this.lack(result.known ? [...result.gaps, ...result.caveats] : result.missing);
    return result.known ? result.value : undefined;
  }

  /** Why a fact is unknown or not whole, in a few words; empty where it is whole. */
  missing(fact: Fact<unknown>): string {
    const result = this.run.get(fact);
    return (result.known ? result.gaps : result.missing).map(gapText).slice(0, 2).join('; ');
  }

  lack(gaps: readonly Gap[]): void {
    // what was read and does not tell stands in the link that needed it
    for (const gap of gaps) if (gap.kind !== 'not-told') this.#caveats.add(gapText(gap));
  }

  /** Events about the pod `namespace/name`, those of a former pod of that name among them. */
  podEvents(id: string): readonly ClusterEvent[] {
    const events = this.get(section('events')) ?? [];
    this.#podEvents ??= groupBy(
      events.filter((e) => e.object.kind === 'Pod'),
      (e) => `${e.object.namespace ?? ''}/${e.object.name}`,
    );
    return this.#podEvents.get(id) ?? [];
  }

  /** What the pod `namespace/name` waits for on its node, where that is not the network; undefined where it does not wait, or for that. */
  waitsFor(id: string): OtherWait | undefined {
    this.#elsewhere ??= new Map((this.get(waitingElsewhere) ?? []).map((p) => [p.pod, p.waitsFor]));
    return this.#elsewhere.get(id);
  }

  /** Whether the pod `namespace/name` waits for its network. */
  isStuck(id: string): boolean {
    this.#stuck ??= new Set((this.get(stuckPods) ?? []).map((p) => p.pod));
    return this.#stuck.has(id);
  }

  get caveats(): readonly string[] {
    return [...this.#caveats];
  }
}

/** `events: list was denied (needs events: list)`: the reason with the permission that would mend it. */
export function gapText({ reason, permission }: Gap): string {
  return permission === undefined || reason.includes(permission) ? reason : `${reason} (needs ${permission})`;
}

export function link(
  step: string,
  status: Link['status'],
  statement: string,
  evidence: Readonly<Record<string, unknown>> = {},
): Link {
  return { step, status, statement, evidence };
}
