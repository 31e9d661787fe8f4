import type { ClusterEvent } from '../../snapshot/kubernetes.ts';
import { defineKubernetesCollector } from '../define-collector.ts';
import type { KubernetesObject } from './access.ts';
import { refusalOf } from './create-refusal.ts';
import { deniedAction, eventKind, isThrottled, unfitNodes, volumeOf } from './event-kind.ts';
import { integer, text } from './wire-fields.ts';

export const events = defineKubernetesCollector<'events'>({
  section: 'events',
  purpose: 'what kubelet, aws-node and the VPC resource controller complained about in the last hour is unknown',
  calls: [{ rbac: { group: '', resource: 'events', verbs: ['get', 'list'] }, tier: 'core' }],
  async collect(kubernetes) {
    const sums = new EventSums();
    await Promise.all(
      SELECTORS.map((fieldSelector) =>
        kubernetes.list('/api/v1/events', sums.add, { query: { fieldSelector }, restart: () => {} }),
      ),
    );
    return { data: sums.events() };
  },
});

/** An API server selects events by these fields only (registry/core/event/strategy.go); `source` covers the reporting component too. */
const SELECTORS: readonly string[] = [
  'reason=FailedCreatePodSandBox',
  'reason=FailedScheduling',
  'reason=FailedCreate',
  'reason=MissingIAMPermissions',
  'reason=NetworkNotReady',
  'reason=FailedMount',
  'reason=FailedAttachVolume',
  'reason=FailedMapVolume',
  'reason=Failed',
  'reason=BackOff',
  'reason=Unhealthy,involvedObject.namespace=kube-system',
  'source=aws-node',
  'source=vpc-resource-controller',
];

/** Adds events up that say the same of the same object: what a restarted list or a second selector repeats counts once. */
class EventSums {
  readonly #seen = new Set<string>();
  readonly #sums = new Map<string, ClusterEvent>();

  readonly add = (raw: KubernetesObject): void => {
    const event = reduce(raw);
    if (!event || this.#seen.has(String(raw.metadata?.uid))) return;
    this.#seen.add(String(raw.metadata?.uid));
    const { kind, reason, source, object, node, action, throttled, refusal } = event;
    const { namespace, name } = object;
    const refused = [refusal?.by, refusal?.name];
    const key = JSON.stringify([kind, reason, source, object.kind, namespace, name, node, action, throttled, refused]);
    const sum = this.#sums.get(key);
    this.#sums.set(key, sum ? added(sum, event) : event);
  };

  events(): ClusterEvent[] {
    return [...this.#sums.values()];
  }
}

function added(a: ClusterEvent, b: ClusterEvent): ClusterEvent {
  const times = (x: string | undefined, y: string | undefined) => [x, y].filter((t) => t !== undefined).sort();
  const firstAt = times(a.firstAt, b.firstAt)[0];
  const lastAt = times(a.lastAt, b.lastAt).at(-1);
  const latest = (b.lastAt ?? '') > (a.lastAt ?? '') ? b : a;
  return { ...latest, count: a.count + b.count, ...(firstAt ? { firstAt } : {}), ...(lastAt ? { lastAt } : {}) };
}

/** Undefined for good news, the controller reports every branch ENI it hands out, and for probes of other pods. */
function reduce(raw: KubernetesObject): ClusterEvent | undefined {
  const reason = text(raw.reason) ?? '';
  const message = text(raw.message) ?? '';
  const kind = eventKind(reason, message);
  if (kind === 'other' && raw.type !== 'Warning') return undefined;
  const about = raw.involvedObject ?? {};
  if ((reason === 'Failed' || reason === 'BackOff') && kind === 'other') return undefined;
  if (kind === 'probe-failed' && !/^aws-node-/.test(text(about.name) ?? '')) return undefined;
  const source = text(raw.source?.component) ?? text(raw.reportingComponent);
  const node = text(raw.source?.host) ?? (about.kind === 'Node' ? text(about.name) : undefined);
  const action = kind === 'unauthorized' ? deniedAction(text(raw.action), message) : undefined;
  const firstAt = text(raw.firstTimestamp) ?? text(raw.eventTime);
  const lastAt = text(raw.lastTimestamp) ?? text(raw.series?.lastObservedTime) ?? text(raw.eventTime);
  const namespace = text(about.namespace);
  const volume = kind === 'volume-failed' ? volumeOf(message) : undefined;
  const unfit = reason === 'FailedScheduling' ? unfitNodes(message) : [];
  return {
    kind,
    reason,
    ...(source ? { source } : {}),
    object: { kind: text(about.kind) ?? '', ...(namespace ? { namespace } : {}), name: text(about.name) ?? '' },
    ...(node ? { node } : {}),
    ...(action ? { action } : {}),
    // what a webhook answered about a pod is no word of AWS
    ...(kind !== 'create-refused' && isThrottled(message) ? { throttled: true } : {}),
    ...(unfit.length > 0 ? { unfit } : {}),
    ...(kind === 'create-refused' ? { refusal: refusalOf(message) } : {}),
    ...(volume ? { volume } : {}),
    count: integer(raw.series?.count) ?? integer(raw.count) ?? 1,
    ...(firstAt ? { firstAt } : {}),
    ...(lastAt ? { lastAt } : {}),
  };
}
