/** Workloads with a number of pods: what they add to today's, or take away. */

import { things } from '../../../contract/words.ts';
import { type Pod, type PodClass, podsOf } from '../../../snapshot/pods.ts';
import type { Draft } from '../draft.ts';
import { at, size, text } from '../fields.ts';
import { overlapping } from './cron.ts';
import { NO_WORKLOADS } from './daemon-set.ts';
import type { ObjectReading } from './object.ts';
import { classOf, type PodShape, shapeOf } from './pod-shape.ts';
import { addPods, copyOf, countOf, ownedBy, type Placed, removePods, rewritePods } from './pods.ts';

/** Deployment, StatefulSet, ReplicaSet: `replicas`, which an autoscaler may own. */
export function controller(reading: ObjectReading) {
  const { draft, place, object, namespace, name, removed } = reading;
  const kind = text(object.kind)!;
  const owner = `${kind}/${name}`;
  const present = countOf(draft, owner, namespace);
  if (removed) return settle(reading, owner, present, 0, undefined);
  if (at(object, 'spec', 'template', 'spec') === undefined)
    return draft.misunderstood(place.document, place.path, place.address, 'it has no pod template');
  const raw = at(object, 'spec', 'replicas');
  const asked = size(raw);
  if (raw !== undefined && raw !== null && asked === undefined)
    return draft.misunderstood(place.document, place.path, place.address, 'its replicas are no number of pods');
  const scaler = draft
    .data('workloads')
    ?.autoscalers.find((a) => a.namespace === namespace && a.targetKind === kind && a.targetName === name);
  const wanted = settled(asked, present, scaler);
  const shape = shapeOf(at(object, 'spec', 'template'), namespace);
  const moved = moveToOrFromHost(reading, owner, shape);
  if (!moved || wanted !== present) settle(reading, owner, present, wanted, shape);
  if (kind === 'Deployment' && present > 0 && !shape.hostNetwork)
    draft.roll({ owner, namespace, ...surgeOf(at(object, 'spec', 'strategy'), wanted) });
  const known = draft.data('workloads');
  if (known)
    draft.edit('workloads', NO_WORKLOADS, (w) => ({
      ...w,
      controllers: [
        ...w.controllers.filter((c) => c.kind !== kind || c.namespace !== namespace || c.name !== name),
        { kind, namespace, name, replicas: wanted, ready: present },
      ],
    }));
}

/**
 * Without a number the API server keeps the one there is, and puts 1 where there is none (apps/v1). An autoscaler takes the
 * number back to what the load asks, within its bounds: fewer than today are no saving.
 */
function settled(
  asked: number | undefined,
  present: number,
  scaler: { readonly minReplicas?: number; readonly maxReplicas: number } | undefined,
): number {
  const given = asked ?? (present > 0 ? present : 1);
  // None at all switches the autoscaler off (HorizontalPodAutoscaler, implicit maintenance mode).
  if (!scaler || asked === 0) return given;
  return Math.min(Math.max(given, present, scaler.minReplicas ?? 1), Math.max(scaler.maxReplicas, asked ?? 0));
}

/** Of pods that a template may take from one to the other. */
const NODE_CLASSES: ReadonlySet<PodClass> = new Set(['ordinary', 'branch', 'host-network']);

/** Its pods of today, where the template takes them to the host network or away from it. Whether any move. */
function moveToOrFromHost({ draft, place, namespace }: ObjectReading, owner: string, shape: PodShape): boolean {
  const table = draft.data('pods');
  const next = classOf(draft, shape);
  if (!table || next === 'windows') return false;
  const moves = (p: Pod) =>
    ownedBy(p, owner, namespace) &&
    NODE_CLASSES.has(p.class) &&
    (p.class === 'host-network') !== (next === 'host-network');
  const count = [...podsOf(table)].filter(moves).length;
  if (count === 0) return false;
  rewritePods(draft, (p) => (moves(p) ? { ...copyOf(p), class: next } : p));
  const what = next === 'host-network' ? 'to the host network: no address' : 'from the host network: an address each';
  draft.effect(
    place.document,
    place.path,
    place.address,
    `${things(count, 'pod')} ${count === 1 ? 'moves' : 'move'} ${what}, when made anew`,
  );
  return true;
}

/** Pods beyond its number while a Deployment rolls: a share is rounded up, one of those that may be missing down (apps/v1). */
function surgeOf(strategy: unknown, replicas: number): { readonly pods: number; readonly must: boolean } {
  if (at(strategy, 'type') === 'Recreate') return { pods: 0, must: false };
  const part = (key: string, round: (n: number) => number) => {
    const given = at(strategy, 'rollingUpdate', key) ?? QUARTER;
    const share = typeof given === 'string' ? /^(\d{1,4})%$/.exec(given)?.[1] : undefined;
    return share === undefined ? (size(given) ?? 0) : round((Number(share) / 100) * replicas);
  };
  const pods = part('maxSurge', Math.ceil);
  return { pods, must: pods > 0 && part('maxUnavailable', Math.floor) === 0 };
}

const QUARTER = '25%';

export function bare(reading: ObjectReading): void {
  const { object, namespace, removed } = reading;
  settle(reading, '', 0, removed ? 0 : 1, shapeOf(object, namespace));
}

/** `parallelism` pods at once, never more than are left to complete. */
export function job(reading: ObjectReading) {
  const { draft, object, namespace, name, removed } = reading;
  const owner = `Job/${name}`;
  const pods = removed ? 0 : atOnce(at(object, 'spec'));
  if (pods === undefined)
    return draft.misunderstood(
      reading.place.document,
      reading.place.path,
      reading.place.address,
      'its parallelism is no number',
    );
  settle(reading, owner, countOf(draft, owner, namespace), pods, shapeOf(at(object, 'spec', 'template'), namespace));
}

/** The peak: as many runs as may overlap, each with all its pods. */
export function cronJob(reading: ObjectReading) {
  const { draft, place, object, namespace, name, removed } = reading;
  const spec = at(object, 'spec');
  const owner = `CronJob/${name}`;
  if (removed || at(spec, 'suspend') === true) return settle(reading, owner, 0, 0, undefined);
  const pods = atOnce(at(spec, 'jobTemplate', 'spec'));
  const schedule = text(at(spec, 'schedule'));
  const alone = at(spec, 'concurrencyPolicy') === 'Forbid' || at(spec, 'concurrencyPolicy') === 'Replace';
  const deadline = size(at(spec, 'jobTemplate', 'spec', 'activeDeadlineSeconds'));
  const runs = alone ? 1 : schedule === undefined ? undefined : overlapping(schedule, deadline);
  if (pods === undefined || runs === undefined)
    return draft.misunderstood(
      place.document,
      place.path,
      place.address,
      'its schedule or its parallelism is not understood',
    );
  const why = alone
    ? 'one run at a time'
    : deadline === undefined
      ? `${runs} runs reckoned with: nothing ends a run before the next (no activeDeadlineSeconds)`
      : `at most ${things(runs, 'run')} at once`;
  settle(
    reading,
    owner,
    0,
    pods * runs,
    shapeOf(at(spec, 'jobTemplate', 'spec', 'template'), namespace),
    `${why}, ${things(pods, 'pod')} each`,
  );
}

function atOnce(spec: unknown): number | undefined {
  if (at(spec, 'suspend') === true) return 0;
  const [parallelism, completions] = [at(spec, 'parallelism') ?? 1, at(spec, 'completions') ?? undefined];
  const most = size(parallelism);
  if (completions === undefined) return most;
  const whole = size(completions);
  return most === undefined || whole === undefined ? undefined : Math.min(most, whole);
}

/** Brings an owner's pods to a number, and says what that takes. */
function settle(
  { draft, place, namespace }: ObjectReading,
  owner: string,
  present: number,
  wanted: number,
  shape: PodShape | undefined,
  note?: string,
) {
  const more = wanted - present;
  const tail = note === undefined ? '' : ` (${note})`;
  if (more === 0) return draft.ignore();
  if (more < 0) {
    removePods(draft, owner, namespace, -more);
    return draft.effect(
      place.document,
      place.path,
      place.address,
      `${present} → ${wanted} pods${tail}: their addresses are free again`,
    );
  }
  if (!shape) return draft.ignore();
  if (shape.isRefused)
    return draft.misunderstood(
      place.document,
      place.path,
      place.address,
      'what it asks of CPU or memory is no quantity',
    );
  const placed = addPods(draft, shape, owner, more);
  const from = present > 0 ? `${present} → ${wanted} pods` : `+${things(wanted, 'pod')}`;
  draft.effect(place.document, place.path, place.address, `${from}${tail}: ${where(placed, shape)}`);
}

function where({ onNodes, onFargate, onNew }: Placed, { hostNetwork }: PodShape): string {
  if (hostNetwork) return 'on the host network, no address';
  const parts = [
    ...(onNodes > 0 ? [`${onNodes} on today's nodes`] : []),
    ...(onFargate > 0 ? [`${onFargate} on Fargate, one address each`] : []),
    ...(onNew > 0 ? [`${onNew} ask for new nodes`] : []),
  ];
  return parts.length > 0 ? parts.join(', ') : 'no place is known for them';
}

/** The bounds of an autoscaler; more pods come at once only where its minimum asks for them. */
export function autoscaler(reading: ObjectReading) {
  const { draft, place, object, namespace, name, removed } = reading;
  const target = at(object, 'spec', 'scaleTargetRef');
  const [kind, targetName] = [text(at(target, 'kind')) ?? '', text(at(target, 'name')) ?? ''];
  const max = size(at(object, 'spec', 'maxReplicas'));
  const min = at(object, 'spec', 'minReplicas') === undefined ? 1 : size(at(object, 'spec', 'minReplicas'));
  if (!removed && (max === undefined || max < 1 || min === undefined || min > max || targetName === ''))
    return draft.misunderstood(
      place.document,
      place.path,
      place.address,
      'it has no target, or no numbers with minReplicas ≤ maxReplicas',
    );
  const owner = `${kind}/${targetName}`;
  const present = countOf(draft, owner, namespace);
  const old = draft.data('workloads')?.autoscalers.find((a) => a.namespace === namespace && a.name === name);
  if (removed ? !old : old?.maxReplicas === max && old?.minReplicas === min && old?.targetName === targetName)
    return draft.ignore();
  draft.edit('workloads', NO_WORKLOADS, (w) => ({
    ...w,
    autoscalers: [
      ...w.autoscalers.filter((a) => a.namespace !== namespace || a.name !== name),
      ...(removed
        ? []
        : [
            {
              namespace,
              name,
              targetKind: kind,
              targetName,
              minReplicas: min!,
              maxReplicas: max!,
              currentReplicas: present,
            },
          ]),
    ],
  }));
  if (removed) return draft.effect(place.document, place.path, place.address, `${owner} is no longer scaled by itself`);
  const bounds = `${owner} scales from ${min} to ${max} pods${present > 0 ? `, now ${present}` : ''}`;
  const sample = sampleOf(draft, owner, namespace);
  const short = min! - present;
  if (present > 0 && short > 0 && sample) {
    const placed = addPods(draft, sample, owner, short);
    return draft.effect(place.document, place.path, place.address, `${bounds}; ${where(placed, sample)} at once`);
  }
  draft.effect(place.document, place.path, place.address, `${bounds}: the scenario workload has them all`);
}

/** What pods of an owner look like today. */
function sampleOf(draft: Draft, owner: string, namespace: string): PodShape | undefined {
  const table = draft.data('pods');
  if (!table) return undefined;
  for (const pod of podsOf(table)) {
    if (!ownedBy(pod, owner, namespace)) continue;
    const { labels, serviceAccount, class: podClass } = pod;
    return {
      ...shapeOf({ metadata: { labels }, spec: {} }, namespace),
      serviceAccount: serviceAccount ?? 'default',
      hostNetwork: podClass === 'host-network',
    };
  }
  return undefined;
}
