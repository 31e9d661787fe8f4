/** What `simulate` reports. Field names are those of the ipamd model's own terms, and a public contract. */
import type { CaseResult, Ec2Calls, EniView, SettingProblem } from '../../calc/ipamd/index.ts';
import type { Mode, Pattern } from '../../calc/patterns.ts';
import type { Comparison, TimelineStep } from '../../calc/pod-timeline/index.ts';
import type { ReportHead } from '../contract/report.ts';

/** `question` tells what `items` are: one per case of a file, one per number of pods, or one per group of settings. */
export type SimulationReport = BatchSimulation | NodeSimulation | ComparedSimulation;

export interface BatchSimulation extends ReportHead<'Simulation'> {
  readonly question: 'batch';
  readonly items: readonly BatchItem[];
}

/** The fields of the case's kind; `notes` say what was assumed. */
export type BatchItem = CaseResult & { readonly notes?: readonly string[] };

export interface NodeSimulation extends ReportHead<'Simulation'> {
  readonly question: 'node';
  readonly node: SimulatedNode;
  readonly settings: SimulatedSettings;
  /** What EC2 shows of the node at the time of the snapshot; null for a node that does not exist. */
  readonly now: NodeNow | null;
  readonly items: readonly TimelineStep[];
  readonly assumptions: readonly string[];
  /** Commands that ask the next question. */
  readonly next: readonly string[];
}

export interface ComparedSimulation extends ReportHead<'Simulation'> {
  readonly question: 'comparison';
  readonly node: SimulatedNode;
  readonly now: NodeNow | null;
  /** The pods every group of settings was asked to run, in order. */
  readonly pods: readonly number[];
  readonly items: readonly ComparedSettings[];
  readonly assumptions: readonly string[];
}

export interface ComparedSettings extends Comparison {
  /** As given on the command line; `as it is` or `manifest defaults` for what the others are compared with. */
  readonly label: string;
  readonly settings: SimulatedSettings;
}

/** The node the questions are about. */
export interface SimulatedNode {
  readonly instanceType: string;
  /** Its name in the cluster; null for one that does not exist. */
  readonly name: string | null;
  readonly cluster: string | null;
  readonly eniLimit: number;
  readonly ipv4PerEni: number;
  readonly branchEniLimit: number;
  readonly hypervisor: 'nitro' | 'xen' | 'bare metal' | 'unknown';
  /** Day of the catalog or of the snapshot (YYYY-MM-DD), or `as given` on the command line. */
  readonly limitsFrom: string;
  readonly maxPods: number;
  readonly maxPodsFrom: string;
  readonly branchPods: number;
  readonly seed: number;
  readonly subnets: readonly SimulatedSubnet[];
}

/** A subnet the node takes addresses from; null where it never runs dry. */
export interface SimulatedSubnet {
  /** `node`, `pod`, or another one that subnet discovery may use. */
  readonly name: string;
  readonly subnetId: string | null;
  readonly freeIPs: number | null;
  readonly freeBlocks28: number | null;
}

/** Settings of the aws-node DaemonSet, and what ipamd makes of them on this node. */
export interface SimulatedSettings {
  /** Variables given, over `defaults`. */
  readonly env: Readonly<Record<string, string>>;
  /** What an absent variable means: the shipped manifest's value, or the program's own on the cluster's DaemonSet. */
  readonly defaults: 'manifest' | 'daemonset';
  readonly pattern: Pattern;
  readonly mode: Mode;
  /** The targets that make the pool grow, as ipamd reads them. */
  readonly targets: readonly { readonly variable: string; readonly value: number }[];
  readonly maxDataENIs: number;
  readonly slotsPerENI: number;
  /** Addresses for pods at most. */
  readonly maxPodIPs: number;
  /** False: aws-node exits, the node never becomes ready. */
  readonly starts: boolean;
  /** What ipamd ignores, replaces or refuses, the fatal ones first. */
  readonly problems: readonly SettingProblem[];
  /** Variable names that look mistyped, or that ipamd does not know. */
  readonly unknown: readonly { readonly variable: string; readonly didYouMean: readonly string[] }[];
}

/** A node as EC2 and the pod list show it. */
export interface NodeNow {
  readonly pods: number;
  readonly enis: number;
  readonly podIPsHeld: number;
  readonly assigned: number;
  readonly subnetIPsBySubnet: Readonly<Record<string, number>>;
  readonly eniViews: readonly EniView[];
}

export type { Ec2Calls };
