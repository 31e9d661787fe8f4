import type { CniMetrics } from '../../snapshot/live.ts';
import { defineKubernetesCollector } from '../define-collector.ts';
import { optionalParts } from './optional-parts.ts';
import { chosenPods } from './sample.ts';

/** Where ipamd serves its metrics (amazon-vpc-cni-k8s utils/prometheusmetrics). */
const PORT = 61678;
const ERRORS = 'awscni_aws_api_error_count';
const UNAUTHORIZED = 'UnauthorizedOperation';

/** What is kept of them. */
const KEPT: ReadonlySet<string> = new Set([
  'awscni_total_ip_addresses',
  'awscni_assigned_ip_addresses',
  'awscni_ip_max',
  'awscni_eni_allocated',
  'awscni_eni_max',
  'awscni_total_ipv4_prefixes',
  'awscni_no_available_ip_addresses',
  'awscni_ipamd_error_count',
  'awscni_ec2api_req_count',
  'awscni_ec2api_error_count',
  'awscni_force_removed_enis',
  'awscni_force_removed_ips',
  'awscni_ipamd_action_inprogress',
  'awscni_pod_eni_error_count',
]);

export const cniMetrics = defineKubernetesCollector<'cniMetrics'>({
  section: 'cniMetrics',
  purpose: 'what ipamd counts of its own addresses and calls is unknown (asked for by --metrics)',
  calls: [{ rbac: { group: '', resource: 'pods/proxy', verbs: ['get'], namespace: 'kube-system' }, tier: 'optional' }],
  async collect(kubernetes, ctx) {
    const cni = await ctx.need('cni');
    const parts = optionalParts();
    const running = chosenPods(cni.pods).filter((p) => p.phase === 'Running');
    const read = await Promise.all(
      running.map(async (pod) => {
        const path = `/api/v1/namespaces/kube-system/pods/${encodeURIComponent(`${pod.name}:${PORT}`)}/proxy/metrics`;
        const text = await parts.read(kubernetes.text(path), undefined);
        return text === undefined
          ? []
          : [{ pod: pod.name, ...(pod.node ? { node: pod.node } : {}), ...valuesOf(text) }];
      }),
    );
    return { data: read.flat(), missing: parts.missing };
  },
});

/** The text format of Prometheus: `name{label="value"} 1.5`. Sums over labels; errors of AWS by their code. */
export function valuesOf(text: string): Pick<CniMetrics[number], 'values' | 'awsErrors' | 'unauthorized'> {
  const values: Record<string, number> = {};
  const awsErrors: Record<string, number> = {};
  const unauthorized: Record<string, number> = {};
  for (const line of text.split('\n')) {
    const [, name = '', labels = '', written = ''] = /^([a-z_]+)(?:\{([^}]*)\})? ([0-9.eE+-]+)/.exec(line) ?? [];
    const value = Number(written);
    if (name === '' || !Number.isFinite(value)) continue;
    if (KEPT.has(name)) values[name] = (values[name] ?? 0) + value;
    const code = name === ERRORS ? /(?:^|,)error="([A-Za-z.]{1,80})"/.exec(labels)?.[1] : undefined;
    if (code !== undefined) awsErrors[code] = (awsErrors[code] ?? 0) + value;
    const api = code === UNAUTHORIZED ? /(?:^|,)api="([A-Za-z]{1,80})"/.exec(labels)?.[1] : undefined;
    if (api !== undefined) unauthorized[api] = (unauthorized[api] ?? 0) + value;
  }
  return { values, awsErrors, unauthorized };
}
