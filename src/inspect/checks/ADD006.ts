import * as v from 'valibot';
import { listed, things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { networking } from '../facts/networking.ts';
import { addonEnv } from '../facts/support/settings-in-force.ts';
import { defineCheck } from './define-check.ts';
import { setSettings } from './fixes/settings.ts';

const evidence = v.object({
  /** Live and declared values; a null is not set there. */
  variables: v.array(v.object({ variable: v.string(), live: v.nullable(v.string()), declared: v.string() })),
});

export const ADD006 = defineCheck({
  code: 'ADD006',
  title: 'Live configuration drifted from the add-on',
  severity: 'info',
  grain: 'cluster',
  needs: { networking, addons: section('addons') },
  helps: { fix: fixContext },
  partialOk: ['networking'],
  evidence,
  notApplicable: ({ addons }) =>
    addons.some((a) => a.name === 'vpc-cni') ? undefined : 'aws-node is not installed as a managed add-on',
  evaluate: ({ networking: net, addons, fix }) => {
    const declared = addonEnv(addons.find((a) => a.name === 'vpc-cni'));
    const known = new Set(net.settingsInForce.map((s) => s.name));
    const apart = Object.entries(declared)
      .filter(([name, value]) => known.has(name) && !net.unresolved.includes(name) && net.env[name] !== value)
      .map(([variable, value]) => ({ variable, live: net.env[variable] ?? null, declared: value }))
      .sort((a, b) => (a.variable < b.variable ? -1 : 1));
    if (apart.length === 0) return [];
    const live = apart.flatMap((x) => (x.live === null ? [] : [[x.variable, x.live] as const]));
    const gone = apart.filter((x) => x.live === null).map((x) => x.variable);
    return [
      {
        key: 'vpc-cni',
        confidence: 'derived',
        resources: [{ kind: 'addon', id: 'vpc-cni' }],
        scope: {},
        evidence: { variables: apart },
        fixes: setSettings(
          fix,
          "Write what runs into the add-on's configuration values",
          { set: Object.fromEntries(live), unset: gone },
          { mind: 'Where the declared value is the one that is meant, update the add-on with OVERWRITE instead.' },
        ),
      },
    ];
  },
  summary: (e) =>
    `${things(e.variables.length, 'setting')} of aws-node ${e.variables.length === 1 ? 'is' : 'are'} not what the add-on declares: ${listed(
      e.variables.map(
        (x) => `${x.variable} is ${x.live === null ? 'not set' : `"${x.live}"`}, declared "${x.declared}"`,
      ),
    )}`,
  explanation: {
    why: 'An update of the add-on stops at the conflict, or with OVERWRITE puts the declared value back; with PRESERVE it keeps the live one. Whoever set the value by hand may find it gone on the day of an upgrade.',
    how: "Variables that the configuration values of the managed add-on set, against the container aws-node of the DaemonSet. Variables that only the DaemonSet has are left alone: the add-on does not manage them. Names that are not aws-node's are not read.",
    fix: 'Say it in one place: in the configuration values of the add-on.',
    verify: 'vpccni inspect shows the origin of each setting as add-on configuration.',
    references: [
      'https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-field-management.html',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2607',
    ],
  },
});
