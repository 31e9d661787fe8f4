/** The snapshot while changes are laid over it, one after the other. */
import { AWS_RESERVED, AWS_RESERVED_FIRST } from '../../../calc/blocks.ts';
import { containsAddress, formatIpv4, parseCidr, parseIpv4, sizeOf } from '../../../calc/cidr.ts';
import type { Incomplete } from '../../contract/plan.ts';
import { Run } from '../../facts/define-fact.ts';
import type { NetworkInterface } from '../../snapshot/ec2.ts';
import type { Section } from '../../snapshot/section.ts';
import type { ClusterSnapshot, SectionData, SectionName } from '../../snapshot.ts';
import type { PodGrowth } from '../growth.ts';
import type { ChangeDocument, ChangeTools, Deletion, Laid, RollingPods, Swap } from './reading.ts';

export class Draft {
  readonly tools: ChangeTools;
  /** As it was before any change. */
  readonly before: ClusterSnapshot;
  /** Nothing of the cluster exists yet: the change is all there is. */
  readonly fresh: boolean;
  #snapshot: ClusterSnapshot;
  #run: Run | undefined;
  readonly #effects: Laid['effects'][number][] = [];
  readonly #notUnderstood: Laid['notUnderstood'][number][] = [];
  readonly #unknowns: Incomplete[] = [];
  readonly #arriving: PodGrowth[] = [];
  readonly #swaps: Swap[] = [];
  readonly #rolling: RollingPods[] = [];
  readonly #deletions: Deletion[] = [];
  #unconcerned = 0;
  #undecided = false;
  #made = 0;

  constructor(snapshot: ClusterSnapshot, tools: ChangeTools, fresh: boolean) {
    this.before = snapshot;
    this.#snapshot = snapshot;
    this.tools = tools;
    this.fresh = fresh;
  }

  get snapshot(): ClusterSnapshot {
    return this.#snapshot;
  }

  /** Facts over the snapshot as it stands. */
  get run(): Run {
    this.#run ??= new Run(this.#snapshot, this.tools.catalog);
    return this.#run;
  }

  /** What a section holds; undefined where it was not read. */
  data<N extends SectionName>(name: N): SectionData<N> | undefined {
    const section = this.#snapshot[name] as Section<SectionData<N>>;
    return 'data' in section ? section.data : undefined;
  }

  /** Rewrites a section. One that was not read becomes what the change says of it, and stays incomplete. */
  edit<N extends SectionName>(name: N, empty: SectionData<N>, change: (data: SectionData<N>) => SectionData<N>): void {
    const section = this.#snapshot[name] as Section<SectionData<N>>;
    const next: Section<SectionData<N>> =
      'data' in section
        ? { ...section, data: change(section.data) }
        : this.fresh
          ? { status: 'ok', data: change(empty) }
          : {
              status: 'partial',
              data: change(empty),
              missing: [
                {
                  reason: section.reason,
                  ...(section.status === 'denied' ? { permission: section.permission } : {}),
                },
              ],
            };
    this.#snapshot = { ...this.#snapshot, [name]: next };
    this.#run = undefined;
    if ('data' in section || this.fresh) return;
    this.unknown(`${name}: ${section.reason}`, section.status === 'denied' ? section.permission : undefined);
  }

  effect(
    document: ChangeDocument,
    path: readonly (string | number)[],
    address: string,
    statement: string,
    subnets: readonly string[] = [],
  ): void {
    this.#effects.push({
      address,
      file: document.file,
      ...lineIn(document, path),
      statement,
      subnets: [...new Set(subnets)].sort(),
    });
  }

  misunderstood(document: ChangeDocument, path: readonly (string | number)[], address: string, reason: string): void {
    this.#notUnderstood.push({ address, file: document.file, ...lineIn(document, path), reason });
  }

  /** A value that could turn any result out either way: no failure is proven before the apply. */
  undecided(reason: string): void {
    this.#undecided = true;
    this.unknown(reason);
  }

  unknown(reason: string, permission?: string): void {
    if (this.#unknowns.some((u) => u.reason === reason)) return;
    this.#unknowns.push({ reason, ...(permission === undefined ? {} : { permission }) });
  }

  arrive(pods: PodGrowth): void {
    if (pods.count > 0) this.#arriving.push(pods);
  }

  roll(pods: RollingPods): void {
    if (pods.pods > 0) this.#rolling.push(pods);
  }

  swap(swap: Swap): void {
    this.#swaps.push(swap);
  }

  remove(document: ChangeDocument, path: readonly (string | number)[], of: Omit<Deletion, 'file' | 'line'>): void {
    this.#deletions.push({ ...of, file: document.file, ...lineIn(document, path) });
  }

  get deletions(): readonly Deletion[] {
    return this.#deletions;
  }

  /** A number of its own for each thing made here, to name it by. */
  nextNumber(): number {
    return ++this.#made;
  }

  ignore(count = 1): void {
    this.#unconcerned += count;
  }

  /**
   * An interface of someone else in a subnet, with so many addresses: it lies in blocks that are broken already, as long as
   * there are any. False where the subnet is not known or full.
   */
  takeAddress(subnetId: string, origin: NetworkInterface['origin'], type: string): boolean {
    const subnet = this.data('subnets')?.find((s) => s.subnetId === subnetId);
    const address = subnet && this.#freeAddress(subnetId, subnet.cidr);
    if (!subnet || address === undefined) return false;
    const eniId = `eni-change-${this.nextNumber()}`;
    const eni: NetworkInterface = {
      eniId,
      type,
      status: 'in-use',
      origin,
      requesterManaged: true,
      subnetId,
      vpcId: subnet.vpcId,
      availabilityZone: subnet.availabilityZone,
      securityGroupIds: [],
      primaryIp: address,
      secondaryIps: [],
      prefixes: [],
      ipv6Addresses: [],
      ipv6Prefixes: [],
      tags: {},
    };
    if (this.data('networkInterfaces')) this.edit('networkInterfaces', [], (enis) => [...enis, eni]);
    this.edit('subnets', [], (all) =>
      all.map((s) => (s.subnetId === subnetId ? { ...s, availableIps: Math.max(s.availableIps - 1, 0) } : s)),
    );
    return true;
  }

  /** The first free address, in a broken block rather than in a whole one. */
  #freeAddress(subnetId: string, range: string): string | undefined {
    const cidr = parseCidr(range);
    if (!cidr) return undefined;
    const taken = new Set<number>();
    const broken = new Set<number>([cidr.first >>> 4, (cidr.first + sizeOf(cidr) - 1) >>> 4]);
    const note = (text: string | undefined) => {
      const ip = text === undefined ? undefined : parseIpv4(text);
      if (ip === undefined || !containsAddress(cidr, ip)) return;
      taken.add(ip);
      broken.add(ip >>> 4);
    };
    for (const eni of this.data('networkInterfaces') ?? []) {
      if (eni.subnetId !== subnetId) continue;
      for (const ip of [eni.primaryIp, ...eni.secondaryIps]) note(ip);
      for (const prefix of eni.prefixes) {
        const first = parseCidr(prefix)?.first;
        for (let i = 0; first !== undefined && i < 16; i++) taken.add(first + i);
      }
    }
    let whole: number | undefined;
    for (
      let ip = cidr.first + AWS_RESERVED_FIRST;
      ip < cidr.first + sizeOf(cidr) - (AWS_RESERVED - AWS_RESERVED_FIRST);
      ip++
    ) {
      if (taken.has(ip)) continue;
      if (broken.has(ip >>> 4)) return formatIpv4(ip);
      whole ??= ip;
    }
    return whole === undefined ? undefined : formatIpv4(whole);
  }

  laid(): Omit<Laid, 'removals'> {
    return {
      snapshot: this.#snapshot,
      effects: this.#effects,
      notUnderstood: this.#notUnderstood,
      unknowns: this.#unknowns,
      undecided: this.#undecided,
      unconcerned: this.#unconcerned,
      arriving: this.#arriving,
      swaps: this.#swaps,
      rolling: this.#rolling,
    };
  }
}

function lineIn(document: ChangeDocument, path: readonly (string | number)[]): { line?: number } {
  const line = document.lineOf(path);
  return line === undefined ? {} : { line };
}
