/**
 * Pods, in columns: a cluster of 150,000 must fit in memory and in a file, so each pod is one row of small integers
 * that point into a table of texts.
 */
import * as v from 'valibot';
import { column, count, textMap } from './values.ts';

/** How a pod gets its address. `fargate` and `windows` pods take none from ipamd. */
export type PodClass = 'ordinary' | 'host-network' | 'branch' | 'fargate' | 'windows';
export type PodPhase = 'Pending' | 'Running' | 'Succeeded' | 'Failed' | 'Unknown';

export const POD_CLASSES: readonly PodClass[] = ['ordinary', 'host-network', 'branch', 'fargate', 'windows'];
export const POD_PHASES: readonly PodPhase[] = ['Pending', 'Running', 'Succeeded', 'Failed', 'Unknown'];

/** One pod as the rest of the code sees it. */
export interface Pod {
  readonly namespace: string;
  readonly name: string;
  /** Undefined while the pod is not scheduled. */
  readonly node?: string;
  readonly ip?: string;
  readonly class: PodClass;
  readonly phase: PodPhase;
  /** `Deployment/web`, `DaemonSet/log-agent`, `Job/…`; undefined for a bare pod. ReplicaSets are resolved to their Deployment where known. */
  readonly owner?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly serviceAccount?: string;
  readonly createdAt: string;
  /** Being deleted. */
  readonly terminating: boolean;
  /** Scheduled, without an address, its containers waiting to be created. */
  readonly waiting: boolean;
  /** Names of the persistent volume claims it mounts. */
  readonly claims?: readonly string[];
  /** What it asks of a node; undefined in files of versions that did not read it. */
  readonly needs?: PodNeeds;
  /** Branch ENI of the annotation `vpc.amazonaws.com/pod-eni`, where it carries one. */
  readonly branchEniId?: string;
  /** Ports of its node that a host-network pod declares, each once; undefined for none. */
  readonly hostPorts?: readonly number[];
  /** It asks for further interfaces (Multus, `k8s.v1.cni.cncf.io/networks`). */
  readonly furtherInterfaces?: boolean;
  /** Probes that kubelet makes from the node; undefined in files of versions that did not read them. */
  readonly probes?: readonly PodProbe[];
  /** It runs, and says itself that it is not ready. */
  readonly unready?: boolean;
  /** In the ambient mesh of Istio, by the annotation its node agent writes. */
  readonly ambient?: boolean;
  /**
   * It carries what the webhook of the VPC resource controller writes: the request for a branch ENI or for a Windows address, or
   * on Fargate the annotation of its groups. Undefined in files of versions that did not read it.
   */
  readonly injected?: boolean;
}

/** One probe of one of its containers. */
export interface PodProbe {
  readonly kind: 'liveness' | 'readiness' | 'startup';
  readonly by: 'exec' | 'http' | 'tcp' | 'grpc';
  /** The port it asks; undefined for a command, and for the name of a port that no container declares. */
  readonly port?: number;
}

/** What a pod asks of the node it runs on. Many pods ask the same, so each distinct one stands in the table once. */
export interface PodNeeds {
  /** Requests of all its containers, CPU in thousandths, memory in bytes; 0 where none is made. */
  readonly cpuMillis: number;
  readonly memoryBytes: number;
  readonly nodeSelector: Readonly<Record<string, string>>;
  /** Zones its required node affinity allows; undefined where it names none. */
  readonly zones?: readonly string[];
  /** It must spread over zones, and by how many pods they may differ. */
  readonly zoneSkew?: number;
  /** It must spread over nodes, and by how many pods they may differ; undefined in files of versions that did not read it. */
  readonly nodeSkew?: number;
  /** Required node affinity: one of the terms must hold, each with all that it asks. Undefined where it asks nothing. */
  readonly affinity?: readonly (readonly NodeRequirement[])[];
  /** Taints it stands, those every pod stands left out; undefined in files of versions that did not read them. */
  readonly tolerations?: readonly Toleration[];
  /** Pods of its own kind may not share a node, or a zone, with it. */
  readonly apart?: 'node' | 'zone';
}

export interface NodeRequirement {
  readonly key: string;
  /** `In`, `NotIn`, `Exists`, `DoesNotExist`, `Gt`, `Lt`. */
  readonly operator: string;
  readonly values: readonly string[];
}

/** Without a key it stands every taint, without an effect all of a key's; without a value any of them (`Exists`). */
export interface Toleration {
  readonly key?: string;
  readonly value?: string;
  readonly effect?: string;
}

const int = column;
const needsSchema = v.object({
  cpuMillis: count,
  memoryBytes: v.pipe(v.number(), v.minValue(0)),
  nodeSelector: textMap,
  zones: v.optional(v.array(v.string())),
  zoneSkew: v.optional(count),
  nodeSkew: v.optional(count),
  affinity: v.optional(
    v.array(v.array(v.object({ key: v.string(), operator: v.string(), values: v.array(v.string()) }))),
  ),
  tolerations: v.optional(
    v.array(v.object({ key: v.optional(v.string()), value: v.optional(v.string()), effect: v.optional(v.string()) })),
  ),
  apart: v.optional(v.picklist(['node', 'zone'])),
});

const probeSchema = v.object({
  kind: v.picklist(['liveness', 'readiness', 'startup']),
  by: v.picklist(['exec', 'http', 'tcp', 'grpc']),
  port: v.optional(v.number()),
});

/** `texts[0]` is the empty text and stands for "none". */
const tableSchema = v.object({
  count: v.pipe(
    v.number(),
    v.check((n) => Number.isSafeInteger(n), 'not a whole number'),
  ),
  texts: v.array(v.string()),
  labelSets: v.array(textMap),
  namespace: int,
  name: v.array(v.string()),
  node: int,
  ip: v.array(v.string()),
  class: int,
  phase: int,
  owner: int,
  labels: int,
  serviceAccount: int,
  /** Seconds since 1970. */
  createdAt: int,
  /** Bit 0 terminating, bit 1 waiting, bit 2 further interfaces, bit 3 not ready, bit 4 in Istio's ambient mesh, bit 5 written to by the webhook. */
  flags: int,
  /** Bit 5 was read. */
  injections: v.optional(v.boolean()),
  /** Row number → branch ENI. */
  branchEni: textMap,
  /** Row number → claims. */
  claims: v.optional(v.record(v.string(), v.array(v.string()))),
  /** Row number → ports of the node. */
  hostPorts: v.optional(v.record(v.string(), v.array(count))),
  needSets: v.optional(v.array(needsSchema)),
  /** Number of the pod's set, -1 for none. */
  needs: v.optional(int),
  probeSets: v.optional(v.array(v.array(probeSchema))),
  /** Number of the pod's set, -1 for none; undefined where probes were not read. */
  probes: v.optional(int),
});

export type PodTable = v.InferOutput<typeof tableSchema>;

export const podsSchema = v.pipe(
  tableSchema,
  v.check((p) => columns(p).every((c) => c.length === p.count), 'pod columns differ in length'),
);

function columns(p: PodTable): readonly (readonly unknown[])[] {
  return [
    p.namespace,
    p.name,
    p.node,
    p.ip,
    p.class,
    p.phase,
    p.owner,
    p.labels,
    p.serviceAccount,
    p.createdAt,
    p.flags,
    ...(p.needs ? [p.needs] : []),
    ...(p.probes ? [p.probes] : []),
  ];
}

/** Bits of the column `flags`. */
export const POD_FLAGS = {
  terminating: 1,
  waiting: 2,
  furtherInterfaces: 4,
  unready: 8,
  ambient: 16,
  injected: 32,
} as const;

/** All pods of a table. The objects are made at the first walk and kept: some twenty facts walk over them. */
export function podsOf(t: PodTable): readonly Pod[] {
  let rows = made.get(t);
  if (!rows) {
    rows = Array.from({ length: t.count }, (_, row) => new PodRow(t, row));
    made.set(t, rows);
  }
  return rows;
}

const made = new WeakMap<PodTable, readonly Pod[]>();

/** The pod of a row. */
export function podAt(t: PodTable, row: number): Pod {
  return new PodRow(t, row);
}

/** Pods of the rows for which it holds: a look over columns makes no objects of the others. */
export function podsWhere(t: PodTable, holds: (row: number) => boolean): Pod[] {
  const found: Pod[] = [];
  for (let row = 0; row < t.count; row++) if (holds(row)) found.push(new PodRow(t, row));
  return found;
}

/** One row, read only where it is asked: writing out 150,000 times costs more than everything else said of the pods. */
class PodRow implements Pod {
  readonly #t: PodTable;
  readonly #row: number;

  constructor(table: PodTable, row: number) {
    this.#t = table;
    this.#row = row;
  }

  get namespace(): string {
    return this.#text(this.#t.namespace) ?? '';
  }

  get name(): string {
    return this.#t.name[this.#row]!;
  }

  get node(): string | undefined {
    return this.#text(this.#t.node);
  }

  get ip(): string | undefined {
    return this.#t.ip[this.#row] || undefined;
  }

  get class(): PodClass {
    return POD_CLASSES[this.#t.class[this.#row]!] ?? 'ordinary';
  }

  get phase(): PodPhase {
    return POD_PHASES[this.#t.phase[this.#row]!] ?? 'Unknown';
  }

  get owner(): string | undefined {
    return this.#text(this.#t.owner);
  }

  get labels(): Readonly<Record<string, string>> {
    return this.#t.labelSets[this.#t.labels[this.#row]!] ?? {};
  }

  get serviceAccount(): string | undefined {
    return this.#text(this.#t.serviceAccount);
  }

  get createdAt(): string {
    return new Date(this.#t.createdAt[this.#row]! * 1000).toISOString();
  }

  get terminating(): boolean {
    return this.#flag(POD_FLAGS.terminating);
  }

  get waiting(): boolean {
    return this.#flag(POD_FLAGS.waiting);
  }

  get unready(): boolean {
    return this.#flag(POD_FLAGS.unready);
  }

  get ambient(): boolean {
    return this.#flag(POD_FLAGS.ambient);
  }

  get injected(): boolean | undefined {
    return this.#t.injections === true ? this.#flag(POD_FLAGS.injected) : undefined;
  }

  get branchEniId(): string | undefined {
    return this.#t.branchEni[String(this.#row)];
  }

  get furtherInterfaces(): boolean {
    return this.#flag(POD_FLAGS.furtherInterfaces);
  }

  get hostPorts(): readonly number[] | undefined {
    return this.#t.hostPorts?.[String(this.#row)];
  }

  get claims(): readonly string[] | undefined {
    return this.#t.claims?.[String(this.#row)];
  }

  get needs(): PodNeeds | undefined {
    return this.#t.needSets?.[this.#t.needs?.[this.#row] ?? -1];
  }

  get probes(): readonly PodProbe[] | undefined {
    const { probes, probeSets } = this.#t;
    return probes && (probeSets?.[probes[this.#row]!] ?? []);
  }

  #flag(bit: number): boolean {
    return (this.#t.flags[this.#row]! & bit) !== 0;
  }

  #text(column: readonly number[]): string | undefined {
    const at = column[this.#row];
    return at ? this.#t.texts[at] : undefined;
  }
}
