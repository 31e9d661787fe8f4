/** Workloads with a number of pods: what they add to today's, or take away. */

import { things } from '../../../contract/words.ts';
import { podsOf } from '../../../snapshot/pods.ts';
import type { Draft } from '../draft.ts';
import { at, size, text } from '../fields.ts';
import { overlapping } from './cron.ts';
import { NO_WORKLOADS } from './daemon-set.ts';
import type { ObjectReading } from './object.ts';
import { type PodShape, shapeOf } from './pod-shape.ts';
import { addPods, countOf, ownedBy, type Placed, removePods } from './pods.ts';

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
  // Without a number the API server keeps the one there is, and puts 1 where there is none (apps/v1).
  const wanted = asked ?? (present > 0 ? present : (scaler?.minReplicas ?? 1));
  const shape = shapeOf(at(object, 'spec', 'template'), namespace);
  settle(reading, owner, present, wanted, shape);
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
  const bounds = `${owner} scales from ${min} to ${max} pods, now ${present}`;
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
