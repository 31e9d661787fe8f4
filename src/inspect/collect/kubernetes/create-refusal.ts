/**
 * What refused the pod of a controller, from the event FailedCreate: `Error creating: pods "web-x" is forbidden: exceeded quota: …`.
 * Texts of kube-apiserver: admission plug-ins resourcequota, limitranger, podsecurity, serviceaccount, priority, webhook and
 * validating admission policies.
 */
import type { Refusal } from '../../snapshot/kubernetes.ts';

/** By the text that names it, the more particular first: what a webhook answers may speak of anything. */
const TEXTS: readonly (readonly [RegExp, Refusal['by']])[] = [
  [/admission webhook "([^"]+)" denied the request/, 'webhook'],
  [/failed calling webhook "([^"]+)"/, 'webhook-silent'],
  [/ValidatingAdmissionPolicy '([^']+)'/, 'policy'],
  [/exceeded quota: ([^,\s]+)/, 'quota'],
  [/failed quota: ([^:\s]+): must specify/, 'quota-unset'],
  [/violates PodSecurity "([a-z]+)/, 'pod-security'],
  [/serviceaccount "([^"]+)" not found/, 'service-account'],
  [/no PriorityClass with name (\S+) was found/, 'priority-class'],
  [/(?:maximum|minimum) \S+ usage per (?:Container|Pod)|max limit to request ratio per/, 'limit-range'],
];

export function refusalOf(message: string): Refusal {
  for (const [pattern, by] of TEXTS) {
    const found = pattern.exec(message);
    if (!found) continue;
    const name = found[1];
    const amounts = by === 'quota' ? ofQuota(message) : by === 'limit-range' ? ofLimitRange(message) : [];
    const unset = by === 'quota-unset' ? unsetIn(message) : [];
    return {
      by,
      ...(name ? { name } : {}),
      ...(amounts.length > 0 ? { amounts } : {}),
      ...(unset.length > 0 ? { unset } : {}),
    };
  }
  return { by: 'other' };
}

type Amount = NonNullable<Refusal['amounts']>[number];

/** `requested: limits.cpu=1,pods=1, used: limits.cpu=4,pods=10, limited: limits.cpu=4,pods=10`: those that are exceeded. */
function ofQuota(message: string): Amount[] {
  const parts = /requested: (\S+?), used: (\S+?), limited: (\S+)/.exec(message);
  if (!parts) return [];
  const [asked, used, limit] = parts.slice(1).map(pairs) as [Pairs, Pairs, Pairs];
  return [...asked].flatMap(([resource, quantity]): Amount[] => {
    const allowed = limit.get(resource);
    const taken = used.get(resource);
    return allowed === undefined
      ? []
      : [{ resource, asked: quantity, ...(taken === undefined ? {} : { used: taken }), limit: allowed }];
  });
}

type Pairs = ReadonlyMap<string, string>;

function pairs(text: string): Pairs {
  return new Map(
    text.split(',').flatMap((pair): [string, string][] => {
      const [name, value] = pair.split('=');
      return name && value ? [[name, value]] : [];
    }),
  );
}

/** `maximum cpu usage per Container is 1, but limit is 2`. */
function ofLimitRange(message: string): Amount[] {
  const told = message.matchAll(/(?:maximum|minimum) (\S+) usage per \w+ is ([^,\s]+), but \w+ is ([^,\s\].]+)/g);
  return [...told].map(([, resource, limit, asked]) => ({ resource: resource!, asked: asked!, limit: limit! }));
}

/** `must specify limits.cpu for: web,proxy; limits.memory for: web`. */
function unsetIn(message: string): string[] {
  const list = /must specify (.+)$/.exec(message)?.[1] ?? '';
  return list.split('; ').flatMap((part) => /^(\S+)(?: for: .*)?$/.exec(part.trim())?.[1]?.split(',') ?? []);
}
