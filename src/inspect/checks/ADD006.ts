import * as v from 'valibot';
import { listed, things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { networking } from '../facts/networking.ts';
import { addonEnv, addonInitEnv } from '../facts/support/settings-in-force.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { setOnInit, setSettings } from './fixes/settings.ts';
import { reapplyAddon } from './fixes/upgrade-cni.ts';

const evidence = v.object({
  /** Live and declared values; a null is not set there. */
  variables: v.array(
    v.object({
      container: v.string(),
      variable: v.string(),
      live: v.nullable(v.string()),
      declared: v.string(),
      /** The ConfigMap that gives the live value; null where the DaemonSet itself does. */
      configMap: v.nullable(v.string()),
    }),
  ),
  /** Who else than EKS wrote fields of the pod template; null where the file does not tell. */
  managers: v.nullable(v.array(v.string())),
});
type Evidence = v.InferOutput<typeof evidence>;

const MAIN = 'aws-node';
const INIT = 'aws-vpc-cni-init';
/** EKS itself, and who keeps the status and restarts. */
const NEUTRAL: ReadonlySet<string> = new Set(['eks', 'kube-controller-manager', 'kubectl-rollout']);

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
  evaluate: ({ networking: net, addons, fix }): Draft<Evidence>[] => {
    const addon = addons.find((a) => a.name === 'vpc-cni');
    const known = new Set(net.settingsInForce.map((s) => s.name));
    const { cni } = fix;
    const init = cni?.initContainers.find((c) => c.name === INIT);
    const apart = [
      ...differing(
        MAIN,
        Object.entries(addonEnv(addon)).filter(([name]) => known.has(name)),
        { env: net.env, unresolved: net.unresolved },
        cni?.containers.find((c) => c.name === MAIN)?.fromConfigMap,
      ),
      ...(init ? differing(INIT, Object.entries(addonInitEnv(addon)), init, init.fromConfigMap) : []),
    ];
    if (apart.length === 0) return [];
    const ofMain = apart.filter((x) => x.container === MAIN);
    const live = ofMain.flatMap((x) => (x.live === null ? [] : [[x.variable, x.live] as const]));
    const gone = ofMain.filter((x) => x.live === null).map((x) => x.variable);
    const ofInit = apart.flatMap((x) =>
      x.container === INIT && x.live !== null ? [[x.variable, x.live] as const] : [],
    );
    const mind = 'Where the declared value is the one that is meant, update the add-on with OVERWRITE instead.';
    return [
      {
        key: 'vpc-cni',
        confidence: 'derived',
        resources: [{ kind: 'addon', id: 'vpc-cni' }],
        scope: {},
        evidence: {
          variables: apart,
          managers: cni?.templateManagers?.filter((m) => !NEUTRAL.has(m)) ?? null,
        },
        fixes: [
          ...(ofMain.length > 0
            ? setSettings(
                fix,
                "Write what runs into the add-on's configuration values",
                { set: Object.fromEntries(live), unset: gone },
                { mind },
              )
            : []),
          ...(ofInit.length > 0
            ? setOnInit(fix, Object.fromEntries(ofInit), 'Write what runs on the init container there too')
            : []),
          ...(ofMain.length === 0 && ofInit.length === 0 ? reapplyAddon(fix) : []),
        ],
      },
    ];
  },
  summary: (e) =>
    `${things(e.variables.length, 'setting')} of aws-node ${e.variables.length === 1 ? 'is' : 'are'} not what the add-on declares: ${listed(
      e.variables.map(
        (x) =>
          `${x.variable}${x.container === MAIN ? '' : ` of ${x.container}`} is ${x.live === null ? 'not set' : `"${x.live}"`}${
            x.configMap === null ? '' : ` (ConfigMap ${x.configMap})`
          }, declared "${x.declared}"`,
      ),
    )}${e.managers && e.managers.length > 0 ? `; beside EKS ${listed(e.managers)} wrote to the template` : ''}`,
  explanation: {
    why: 'An update of the add-on stops at the conflict, or with OVERWRITE puts the declared value back; with PRESERVE it keeps the live one. Whoever set the value by hand may find it gone on the day of an upgrade.',
    how: "Variables that the configuration values of the managed add-on set (env, init.env), against the containers aws-node and aws-vpc-cni-init of the DaemonSet; values that a ConfigMap gives are told as such, and who else than EKS wrote to the template. Information: until the next update of the add-on nothing comes of it. Variables that only the DaemonSet has are left alone: the add-on does not manage them. Names that are not aws-node's are not read.",
    fix: 'Say it in one place: in the configuration values of the add-on.',
    verify: 'vpccni inspect shows the origin of each setting as add-on configuration.',
    references: [
      'https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-field-management.html',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2607',
    ],
  },
});

/** Values that are not as declared; one whose source was not read is not judged. */
function differing(
  container: string,
  declared: readonly (readonly [string, string])[],
  { env, unresolved }: { readonly env: Readonly<Record<string, string>>; readonly unresolved: readonly string[] },
  fromConfigMap: Readonly<Record<string, string>> = {},
): Evidence['variables'] {
  return declared
    .filter(([name, value]) => !unresolved.includes(name) && env[name] !== value)
    .map(([variable, value]) => ({
      container,
      variable,
      live: env[variable] ?? null,
      declared: value,
      configMap: fromConfigMap[variable] ?? null,
    }))
    .sort((a, b) => (a.variable < b.variable ? -1 : 1));
}
