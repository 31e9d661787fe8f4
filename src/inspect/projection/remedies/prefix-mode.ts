/** Prefixes in place of single addresses: a node with many warm single addresses takes fewer, and one ENI carries more pods. */
import { usesIpTargets } from '../../../calc/ipamd/index.ts';
import { parseCniVersion } from '../../../calc/maxpods/index.ts';
import { setSettings } from '../../checks/fixes/settings.ts';
import { Run } from '../../facts/define-fact.ts';
import { standingOf } from '../blockers.ts';
import { setEnv } from '../changes/cni-env.ts';
import type { Draft } from '../changes/draft.ts';
import { singly } from '../stretches.ts';
import type { ProjectionWorld } from '../world.ts';
import { worldLaid, worldWith } from './lay.ts';
import { inSteps, type Patient, type RemedyKind } from './remedy.ts';
import { partOf, rollGroups } from './roll.ts';

/** Scenarios that bring settings of their own. */
export const OWN_SETTINGS: ReadonlySet<string> = new Set(['to', 'set']);

export const prefixMode: RemedyKind = {
  id: 'prefix-mode',
  trials: (patient, { current }, { name }) => {
    const { world } = patient;
    if (!current || OWN_SETTINGS.has(name) || world.pair.mode !== 'secondary' || world.nodes.length === 0) return [];
    const replaced = worldWith(patient, { pair: { pattern: world.pair.pattern, mode: 'prefix' } });
    if (!replaced || !isSupported(replaced)) return [];
    const env = prefixEnv(world);
    const rolls = rollGroups(runWith(patient, (draft) => setEnv(draft, NOWHERE, env)));
    const [fix] = setSettings(patient.fix, '', { set: env });
    return [
      {
        key: 'prefix',
        title: 'Assign prefixes in place of single addresses, and replace the nodes',
        effort: 2,
        nodesToReplace: world.nodes.length,
        world: () => replaced,
        fix: {
          ...inSteps([{ ...fix!, title: 'Change the settings' }, ...rolls.map(partOf)]),
          changes: [fix!.changes, ...rolls.map((r) => r.changes)].join(' '),
          effect: 'node-replacement',
          risk: [
            `Old and new nodes stand side by side for a while: vpccni plan to=${world.pair.pattern}+prefix shows the peak.`,
            ...(fix!.risk ? [fix!.risk] : []),
          ].join(' '),
        },
      },
    ];
  },
};

/** ipamd refuses WARM_PREFIX_TARGET=0 without targets for addresses (`entrypoint.sh`). */
export function prefixEnv({ inForce }: ProjectionWorld): Record<string, string> {
  const unset = inForce.settings.warmPrefixTarget === 0 && !usesIpTargets(inForce.settings);
  return { ENABLE_PREFIX_DELEGATION: 'true', ...(unset ? { WARM_PREFIX_TARGET: '1' } : {}) };
}

/** Nothing stands in the way of any node. */
export function isSupported({ run, model, nodes, sites, inForce }: ProjectionWorld): boolean {
  const { blockers } = standingOf(run, model, singly(nodes), sites, parseCniVersion(inForce.cniVersion ?? ''));
  return blockers.length === 0;
}

/** A remedy stands in no document. */
export const NOWHERE = {
  document: { file: '', value: undefined, lineOf: () => undefined },
  path: [],
  address: '',
} as const;

/** Facts as they would be. */
export function runWith(patient: Patient, edit: (draft: Draft) => void): Run {
  return worldLaid(patient, edit)?.run ?? new Run(patient.run.snapshot, patient.run.catalog, patient.run.reach);
}
