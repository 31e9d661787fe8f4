/** The runbook of a move: its steps in order, each one a file; the peak while both generations hold addresses. */
import { parseCniVersion } from '../../../calc/maxpods/index.ts';
import { type Pair, usesCustomNetworking, usesSecurityGroupsForPods } from '../../../calc/patterns.ts';
import { eniConfigFixInputs, podSecurityGroups } from '../../checks/fixes/eni-config.ts';
import type { Runbook, RunbookStep, SubnetProjection } from '../../contract/plan.ts';
import { inputsOf } from '../../facts/define-fact.ts';
import { aimedFixes } from '../../facts/reach.ts';
import { standingOf } from '../blockers.ts';
import { setEnv } from '../changes/cni-env.ts';
import type { Draft } from '../changes/draft.ts';
import { CUSTOM_ENV, podSubnetsFor } from '../remedies/custom-networking.ts';
import { addSubnet, worldLaid } from '../remedies/lay.ts';
import type { Made } from '../remedies/made-subnet.ts';
import { NOWHERE, prefixEnv } from '../remedies/prefix-mode.ts';
import type { Patient } from '../remedies/remedy.ts';
import { type ProjectionOptions, runScenario } from '../run-scenario.ts';
import type { Scenario } from '../scenarios/scenario.ts';
import { singly } from '../stretches.ts';
import { isWorld, type ProjectionWorld, worldOf } from '../world.ts';
import { clusterRole } from './cluster-role.ts';
import { eniConfigs } from './eni-configs.ts';
import type { Move, Step, Steps } from './move.ts';
import { nodes } from './nodes.ts';
import { routes } from './routes.ts';
import { securityGroups } from './security-groups.ts';
import { settings } from './settings.ts';
import { subnets } from './subnets.ts';
import { tags } from './tags.ts';
import { vpcRange } from './vpc-range.ts';

const STEPS: readonly Steps[] = [
  vpcRange,
  subnets,
  routes,
  tags,
  securityGroups,
  eniConfigs,
  clusterRole,
  settings,
  nodes,
];

/** Undefined for a scenario that moves nowhere. */
export function runbookFor(patient: Patient, scenario: Scenario, options: ProjectionOptions): Runbook | undefined {
  const to = scenario.target?.(patient.world);
  if (!to) return undefined;
  const from = patient.world.pair;
  const made = usesCustomNetworking(to.pattern) ? podSubnetsFor(patient, to, scenario, true) : [];
  const groups = podSecurityGroups(inputsOf(patient.run, eniConfigFixInputs));
  const env = envOf(patient.world, to, (made ?? []).length > 0);
  const lay = (draft: Draft) => laySubnets(draft, made ?? [], groups);
  const arrived = worldLaid(patient, lay);
  const laid = worldLaid(patient, (draft) => {
    lay(draft);
    setEnv(draft, NOWHERE, env);
  });
  const head = { scenario: scenario.id, from, to };
  if (!arrived || !laid || !made) return { ...head, blockers: [NO_ROOM], peak: [], verdict: 'incomplete', steps: [] };
  const peak = runScenario(arrived, scenario, options);
  const isNew = new Set(made.map((m) => m.subnet.subnetId));
  const blockers = blockersOf(arrived, to);
  const move: Move = { patient, from, to, made, securityGroups: groups, env, laid: laid.run, peak };
  const steps = blockers.length > 0 ? [] : STEPS.flatMap((write) => write(move));
  return {
    ...head,
    blockers,
    peak: peak.subnets.map((s) => atPeak(s, isNew.has(s.subnetId))),
    verdict: peak.verdict,
    steps: steps.map((step) => aimedStep(patient, step)),
  };
}

const NO_ROOM = 'a free range in the VPC for a pod subnet in every zone: none was found, or its ranges were not read';

/** What stands in the way of every node, or of some: a runbook that leaves nodes behind is none. */
function blockersOf({ run, options }: ProjectionWorld, pair: Pair): string[] {
  const there = worldOf(run, { ...options, pair });
  if (!isWorld(there)) return there.map((i) => i.reason);
  const { model, nodes: its, sites, inForce } = there;
  const { blockers } = standingOf(run, model, singly(its), sites, parseCniVersion(inForce.cniVersion ?? ''));
  return blockers.map((b) => b.reason);
}

/** The variables that differ; ENIConfigs of the zones' names are chosen by the zone label. */
function envOf(world: ProjectionWorld, to: Pair, makesConfigs: boolean): Record<string, string> {
  const { env, settings: now } = world.inForce;
  const custom = usesCustomNetworking(to.pattern);
  const wanted: Record<string, string> = {
    ...(custom === now.customNetworking ? {} : { AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: String(custom) }),
    ...(makesConfigs ? { ENI_CONFIG_LABEL_DEF: CUSTOM_ENV.ENI_CONFIG_LABEL_DEF } : {}),
    ...(usesSecurityGroupsForPods(to.pattern) === now.podEni
      ? {}
      : { ENABLE_POD_ENI: String(usesSecurityGroupsForPods(to.pattern)) }),
    ...(to.mode === 'prefix' && !now.prefixDelegation ? prefixEnv(world) : {}),
    ...(to.mode === 'secondary' && now.prefixDelegation ? { ENABLE_PREFIX_DELEGATION: 'false' } : {}),
  };
  return Object.fromEntries(Object.entries(wanted).filter(([name, value]) => env[name] !== value));
}

function laySubnets(draft: Draft, made: readonly Made[], groups: readonly string[]): void {
  for (const { subnet, wish } of made) {
    addSubnet(draft, subnet);
    const config = { name: wish.zone, subnetId: subnet.subnetId, securityGroupIds: [...groups] };
    draft.edit('eniConfigs', [], (all) => [...all.filter((c) => c.name !== wish.zone), config]);
  }
}

function atPeak(s: SubnetProjection, isNew: boolean): Runbook['peak'][number] {
  const { subnetId, availabilityZone, cidr, verdict } = s;
  const of = ({ before, need, after }: SubnetProjection['addresses']) => ({ before, need, after });
  return {
    subnetId,
    availabilityZone,
    cidr,
    isNew,
    addresses: of(s.addresses),
    blocks: s.blocks && of(s.blocks),
    verdict,
  };
}

/** Commands, checks and undos pass the same rules as fixes; where one names what no command may hold, none of the three is printed. */
function aimedStep({ run }: Patient, { commands = [], undo = [], check, note = null, ...step }: Step): RunbookStep {
  const base = { title: step.title, changes: step.changes, effect: 'minutes' } as const;
  const all = [...commands, ...check, ...undo];
  const [aim] = aimedFixes(run, [{ ...base, commands: all }]);
  const there = aim?.commands ?? [];
  if (there.length < all.length) return { ...step, commands: [], check: [], undo: [], note: aim?.risk ?? note };
  const [a, b] = [commands.length, commands.length + check.length];
  return { ...step, commands: there.slice(0, a), check: there.slice(a, b), undo: there.slice(b), note };
}
