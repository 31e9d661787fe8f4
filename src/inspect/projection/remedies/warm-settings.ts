/** A smaller warm pool: fewer addresses kept ready on every node, today's and those that join. */
import { setSettings } from '../../checks/fixes/settings.ts';
import { demand } from '../../facts/demand.ts';
import { percentile } from '../../facts/support/percentile.ts';
import { warmRecommendation, warmTargets } from '../../facts/warm-recommendation.ts';
import { withEnv, worldWith } from './lay.ts';
import type { Patient, RemedyKind, Trial } from './remedy.ts';

/** Shares of the nodes whose pods MINIMUM_IP_TARGET covers: the more, the fewer calls to EC2, and the more addresses held. */
const COVERAGES = [0.95, 0.5];

export const warmSettings: RemedyKind = {
  id: 'warm-settings',
  trials: (patient, { mode }) => {
    if (mode === 'ipv6' || patient.world.pair.mode !== mode) return [];
    const found = new Map(choicesOf(patient).map((env) => [`${env.MINIMUM_IP_TARGET}/${env.WARM_IP_TARGET}`, env]));
    return [...found].flatMap(([key, env]) => (isInForce(patient, env) ? [] : [trial(patient, key, env)]));
  },
};

type Env = Readonly<Record<'MINIMUM_IP_TARGET' | 'WARM_IP_TARGET', string>>;

/** What fits today's pods, then less and less. */
function choicesOf({ world, run }: Patient): Env[] {
  const advice = run.valueOf(warmRecommendation);
  const demands = run.valueOf(demand);
  const pods = world.nodes.map((n) => demands?.get(n.name)?.addressed ?? 0);
  const { mode } = world.pair;
  const usual = pods.length === 0 ? [] : COVERAGES.map((share) => warmTargets(mode, percentile(pods, share)));
  return [...(advice ? [advice] : []), ...usual, warmTargets(mode, 0)].map((t) => ({
    MINIMUM_IP_TARGET: String(t.minimumIpTarget),
    WARM_IP_TARGET: String(t.warmIpTarget),
  }));
}

function isInForce({ world }: Patient, env: Env): boolean {
  return Object.entries(env).every(([name, value]) => world.inForce.env[name] === value);
}

function trial(patient: Patient, key: string, env: Env): Trial {
  const [fix] = setSettings(
    patient.fix,
    '',
    { set: env },
    {
      more: 'Nodes give back what they do not use within minutes.',
      mind: 'Fewer addresses are kept ready: pods of a burst wait for EC2.',
    },
  );
  return {
    key,
    title: `Keep a smaller warm pool: MINIMUM_IP_TARGET=${env.MINIMUM_IP_TARGET} WARM_IP_TARGET=${env.WARM_IP_TARGET}`,
    effort: 1,
    nodesToReplace: 0,
    world: () => worldWith(patient, withEnv(patient, env)),
    fix: fix!,
  };
}
