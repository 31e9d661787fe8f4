/** Ports on which the API server asks webhooks that pods of some nodes answer. */
import { isLive } from '../../facts/demand.ts';
import type { Service, Webhook } from '../../snapshot/control.ts';
import { type PodTable, podsOf } from '../../snapshot/pods.ts';

export interface WebhookPort {
  readonly name: string;
  /** Undefined where the Service names the port of the container. */
  readonly port?: number;
}

interface Sources {
  readonly webhooks: readonly Webhook[] | undefined;
  readonly services: readonly Service[] | undefined;
  readonly pods: PodTable | undefined;
}

const HTTPS = 443;

/** Of pods that have an address of aws-node on these nodes; host-network pods are reached by the groups of the node. */
export function webhookPorts(
  { webhooks, services, pods }: Sources,
  nodes: ReadonlySet<string>,
): readonly WebhookPort[] {
  if (!webhooks || !services || !pods || webhooks.length === 0) return [];
  const here = podsOf(pods).filter((p) => p.class === 'ordinary' && isLive(p) && nodes.has(p.node ?? ''));
  const found = new Map<string, WebhookPort>();
  for (const { service } of webhooks) {
    const target = services.find((s) => `${s.namespace}/${s.name}` === service);
    const wanted = Object.entries(target?.selector ?? {});
    if (!target || wanted.length === 0) continue;
    if (!here.some((p) => p.namespace === target.namespace && wanted.every(([k, x]) => p.labels[k] === x))) continue;
    const asked = target.ports.find((p) => p.port === HTTPS) ?? target.ports[0];
    const port = Number(asked?.targetPort);
    const name = `${target.namespace}/${target.name}`;
    found.set(name, { name, ...(Number.isInteger(port) ? { port } : {}) });
  }
  return [...found.values()];
}
