import type { Service } from '../../snapshot/control.ts';
import { defineKubernetesCollector } from '../define-collector.ts';
import type { KubernetesObject } from './access.ts';
import { listAll } from './list-all.ts';
import { integer, list, nameOf, namespaceOf, text, textMap, texts } from './wire-fields.ts';

export const services = defineKubernetesCollector<'services'>({
  section: 'services',
  purpose: 'which Services stand before pods, and how traffic reaches them, is unknown',
  calls: [{ rbac: { group: '', resource: 'services', verbs: ['get', 'list'] }, tier: 'optional' }],
  async collect(kubernetes) {
    const found = await listAll(kubernetes, { group: '', version: 'v1', resource: 'services' }, reduce);
    return { data: found ?? [] };
  },
});

/** Annotations of the AWS load balancer controller and of the in-tree provider that say where an NLB or ALB sends traffic. */
const TARGET_TYPE = 'service.beta.kubernetes.io/aws-load-balancer-nlb-target-type';

function reduce(s: KubernetesObject): Service {
  const { spec = {} } = s;
  const external = text(spec.externalTrafficPolicy);
  const internal = text(spec.internalTrafficPolicy);
  const targetType = text(s.metadata?.annotations?.[TARGET_TYPE]);
  const ips = texts(spec.clusterIPs ?? [spec.clusterIP]).filter((ip) => ip !== 'None');
  return {
    namespace: namespaceOf(s),
    name: nameOf(s),
    type: text(spec.type) ?? 'ClusterIP',
    clusterIps: ips,
    selector: textMap(spec.selector),
    ...(external ? { externalTrafficPolicy: external } : {}),
    ...(internal ? { internalTrafficPolicy: internal } : {}),
    ports: list(spec.ports).map(port),
    ...(targetType ? { targetType } : {}),
  };
}

/** Without a `targetPort` the port itself is meant (core/v1 ServicePort). */
function port(p: KubernetesObject): Service['ports'][number] {
  const number = integer(p.port) ?? 0;
  const name = text(p.name);
  const nodePort = integer(p.nodePort);
  return {
    ...(name ? { name } : {}),
    protocol: text(p.protocol) ?? 'TCP',
    port: number,
    targetPort: String(p.targetPort ?? number),
    ...(nodePort ? { nodePort } : {}),
  };
}
