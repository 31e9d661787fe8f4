import * as v from 'valibot';
import { setByHand, updateAddon } from '../cni-settings.ts';
import type { Fix } from '../contract/finding.ts';
import { age, some, things, verb } from '../contract/words.ts';
import { cniAddon } from '../facts/addon.ts';
import { section } from '../facts/define-fact.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { healthSubject } from '../facts/support/health-codes.ts';
import type { Addon } from '../snapshot/aws.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { keepOff } from './fixes/aws-node-affinity.ts';
import { restartAwsNode } from './fixes/aws-node-pods.ts';
import { secondsSince } from './support/ages.ts';
import { aws } from './support/commands.ts';

const evidence = v.object({
  addon: v.string(),
  version: v.string(),
  status: v.string(),
  codes: v.array(v.string()),
  /** Fields another owner changed, where a conflict names them. */
  fields: v.array(v.string()),
  /** Variables someone set on the DaemonSet: overwriting takes them back. */
  setByHand: v.nullable(v.array(v.string())),
  /** Null where aws-node's pods, or the platforms of their nodes, could not be read. */
  notReadyNodes: v.nullable(v.array(v.string())),
  /** Nodes that aws-node does not serve and where its pod therefore never becomes ready. */
  unservedNodes: v.nullable(v.array(v.string())),
  /** Seconds since the last change, while an update runs. */
  runningFor: v.nullable(v.number()),
});

type Evidence = v.InferOutput<typeof evidence>;

const BROKEN = new Set(['CREATE_FAILED', 'UPDATE_FAILED', 'DEGRADED', 'DELETE_FAILED']);
/** An update of aws-node takes minutes, node by node; longer than this it hangs. */
const PATIENCE_SECONDS = 20 * 60;

export const ADD002 = defineCheck({
  code: 'ADD002',
  title: 'Managed add-on is unhealthy',
  severity: 'error',
  grain: 'cluster',
  platform: 'any',
  needs: { addon: cniAddon },
  helps: { cni: section('cni'), nodes: nodesServedByCni, fix: fixContext },
  partialOk: true,
  evidence,
  notApplicable: ({ addon }) => (addon ? undefined : 'the CNI is not installed as a managed add-on'),
  evaluate: ({ addon, cni, nodes, fix }, { now, gapsOf }): Draft<Evidence>[] => {
    if (!addon) return [];
    const updating = addon.status === 'UPDATING' || addon.status === 'CREATING';
    const runningFor = updating ? (secondsSince(addon.modifiedAt, now) ?? null) : null;
    if (!BROKEN.has(addon.status) && (runningFor ?? 0) <= PATIENCE_SECONDS) return [];
    const elsewhere = new Set(nodes?.others.map((o) => o.node.name));
    const down = (cni?.pods ?? []).flatMap((p) => (p.ready ? [] : (p.node ?? [])));
    // on a node of another platform it can never be ready: a restart would be no help
    const told = gapsOf('nodes').length === 0;
    const notReady = told ? down.filter((n) => !elsewhere.has(n)) : [];
    const unserved = told ? down.filter((n) => elsewhere.has(n)) : [];
    const live = cni?.containers.find((c) => c.name === 'aws-node')?.env ?? {};
    const byHand = setByHand(cni, addon, Object.keys(live));
    return [
      {
        key: addon.name,
        severity: BROKEN.has(addon.status) ? 'error' : 'warning',
        confidence: 'observed',
        resources: [{ kind: 'addon', id: addon.name }],
        // what keeps aws-node off the nodes it must not run on mends the add-on where nothing else is wrong with it
        scope: { nodes: notReady.length > 0 ? notReady : unserved },
        evidence: {
          addon: addon.name,
          version: addon.version,
          status: addon.status,
          codes: addon.health.map((h) => h.code),
          fields: [...new Set(addon.health.flatMap((h) => fieldsIn(h.message)))],
          setByHand: cni ? byHand : null,
          notReadyNodes: cni && told ? notReady : null,
          unservedNodes: cni && told ? unserved : null,
          runningFor,
        },
        fixes: fixesFor(fix, addon, { notReady, unserved }, byHand),
      },
    ];
  },
  summary: (e) =>
    `add-on ${e.addon} ${e.version} is ${e.status}${e.codes.length > 0 ? `: ${some(e.codes)}` : ''}${
      e.fields.length > 0 ? ` (${some(e.fields, 2)})` : ''
    }${e.runningFor === null ? '' : ` for ${age(e.runningFor)}`}${
      e.notReadyNodes && e.notReadyNodes.length > 0
        ? `; aws-node is not ready on ${things(e.notReadyNodes.length, 'node')}`
        : ''
    }${
      e.unservedNodes && e.unservedNodes.length > 0
        ? `; its ${verb(e.unservedNodes.length, 'pod', 'pods')} on ${things(e.unservedNodes.length, 'node')} of another platform can never be ready (${some(e.unservedNodes, 2)})`
        : ''
    }`,
  explanation: {
    why: 'Updates of the CNI stay blocked, and what it should be set to and what runs may differ.',
    how: 'The status EKS reports: CREATE_FAILED, UPDATE_FAILED, DEGRADED and DELETE_FAILED are errors; an update that runs for more than 20 minutes is a warning. Conflicts name the field that someone else changed; InsufficientNumberOfReplicas follows from aws-node pods that are not ready.',
    fix: 'Conflict: apply the add-on again with OVERWRITE and its whole configuration document, having put into it what was set by hand. Too few ready pods: mend what keeps aws-node from starting.',
    verify: 'aws eks describe-addon shows ACTIVE and no health issue.',
    references: [
      'https://docs.aws.amazon.com/eks/latest/APIReference/API_AddonIssue.html',
      'https://docs.aws.amazon.com/eks/latest/userguide/kubernetes-field-management.html',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2607',
    ],
  },
});

/** Field paths in a conflict's message: `.spec.template.spec.containers[name="aws-node"].image`. */
function fieldsIn(message: string): string[] {
  return message.match(/\.(?:spec|data|metadata)[A-Za-z0-9_.\-[\]="']*[A-Za-z0-9\]]/g) ?? [];
}

interface Down {
  readonly notReady: readonly string[];
  readonly unserved: readonly string[];
}

function fixesFor(ctx: FixContext, addon: Addon, { notReady, unserved }: Down, byHand: readonly string[]): Fix[] {
  const subjects = addon.health.map((h) => healthSubject(h.code));
  if (subjects.includes('replicas') && notReady.length > 0) return [restart(ctx, notReady)];
  if (subjects.includes('replicas') && unserved.length > 0) return [keepOff(ctx, unserved)];
  if (!ctx.cluster) return [];
  if (subjects.includes('conflict'))
    return [
      {
        title: 'Apply the add-on again and take over the fields in conflict',
        commands: [updateAddon(ctx.cluster, addon, 'OVERWRITE')],
        changes: 'EKS sets every field it manages to the add-on version and its configuration document.',
        effect: 'minutes',
        risk:
          byHand.length > 0
            ? `${some(byHand)} ${verb(byHand.length, 'was', 'were')} set by hand and will be lost: put ${verb(byHand.length, 'it', 'them')} into the configuration values first.`
            : 'Whatever else was changed by hand on its objects is lost.',
      },
    ];
  const show = aws(
    ctx,
    'eks',
    'describe-addon',
    '--cluster-name',
    ctx.cluster.name,
    '--addon-name',
    addon.name,
    '--query',
    'addon.health',
  );
  if (addon.status === 'DELETE_FAILED')
    return [{ title: 'Read why it could not be deleted', commands: [show], changes: 'Nothing.', effect: 'immediate' }];
  return [
    {
      title: 'Apply the add-on again at its present version and configuration',
      commands: [show, updateAddon(ctx.cluster, addon, 'PRESERVE')],
      changes: 'EKS retries what failed; the first command shows what that was.',
      effect: 'minutes',
    },
  ];
}

function restart(ctx: FixContext, nodes: readonly string[]): Fix {
  return {
    title: `Restart aws-node on ${things(nodes.length, 'node')} where it is not ready`,
    commands: restartAwsNode(ctx, nodes),
    changes: 'Starts aws-node afresh there; the add-on becomes ACTIVE once it is ready everywhere.',
    effect: 'minutes',
  };
}
