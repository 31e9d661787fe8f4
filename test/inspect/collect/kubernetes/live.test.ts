/** aws-node's own log and metrics, which are read on request alone. */
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { COLLECTORS, collectorsFor } from '../../../../src/inspect/collect/index.ts';
import { cniLogs, signsOf } from '../../../../src/inspect/collect/kubernetes/aws-node-logs.ts';
import { cniMetrics, valuesOf } from '../../../../src/inspect/collect/kubernetes/aws-node-metrics.ts';
import { chosenPods, MOST_PODS_ASKED } from '../../../../src/inspect/collect/kubernetes/sample.ts';
import { requiredPermissions } from '../../../../src/inspect/collect/permissions.ts';
import { cniLogsSchema, cniMetricsSchema } from '../../../../src/inspect/snapshot/live.ts';
import { cni } from '../../../support/snapshot-builder.ts';
import { collect, fakeAccess } from './fake-access.ts';

const PODS = '/api/v1/namespaces/kube-system/pods';
const pod = (n: number, part: object = {}) => ({
  name: `aws-node-${n}`,
  node: `n${String(n).padStart(2, '0')}`,
  ready: true,
  phase: 'Running',
  restarts: 0,
  containers: [],
  ...part,
});
const crashed = pod(1, {
  ready: false,
  restarts: 4,
  containers: [{ name: 'aws-node', init: false, ready: false, restarts: 4, waitingReason: 'CrashLoopBackOff' }],
});

describe('logs', () => {
  it('are told by what their lines are about, and no line is kept', async () => {
    const access = fakeAccess({
      [`${PODS}/aws-node-1/log?container=aws-node&tailLines=200&previous=true`]: [
        '{"level":"error","msg":"Unable to reach API Server"}',
        '{"level":"error","msg":"api error UnauthorizedOperation: operation error EC2: CreateNetworkInterface, secret-name"}',
        'starting',
        '',
      ].join('\n'),
      [`${PODS}/aws-node-2/log?container=aws-node&tailLines=200`]: 'all well\n',
    });
    const { data, missing } = await collect(cniLogs, access, { cni: cni({ pods: [crashed, pod(2)] }) });
    expect(missing).toEqual([]);
    expect(v.safeParse(cniLogsSchema, data).success).toBe(true);
    expect(data).toEqual([
      {
        pod: 'aws-node-1',
        node: 'n01',
        container: 'aws-node',
        previous: true,
        lines: 3,
        signs: [
          { sign: 'api-server-unreachable', lines: 1 },
          { sign: 'unauthorized', lines: 1, action: 'ec2:CreateNetworkInterface' },
        ],
      },
      { pod: 'aws-node-2', node: 'n02', container: 'aws-node', previous: false, lines: 1, signs: [] },
    ]);
    expect(JSON.stringify(data)).not.toContain('secret-name');
  });

  it('name the right they lack', async () => {
    const access = fakeAccess({ [`${PODS}/aws-node-2/log?container=aws-node&tailLines=200`]: 'denied' });
    const { data, missing } = await collect(cniLogs, access, { cni: cni({ pods: [pod(2)] }) });
    expect(data).toEqual([]);
    expect(missing?.map((g) => g.permission)).toHaveLength(1);
  });

  it.each([
    ['dial tcp 172.20.0.1:443: i/o timeout', 'api-server-unreachable'],
    ['Invalid Network Policy Mode: foo', 'policy-mode-invalid'],
    ['listen tcp :8162: bind: address already in use', 'port-taken'],
    ['api error InsufficientFreeAddressesInSubnet: …', 'no-address'],
    ['api error RequestLimitExceeded: Request limit exceeded.', 'throttled'],
  ])('reads %s', (line, sign) => {
    expect(signsOf(line).signs).toEqual([{ sign, lines: 1 }]);
  });
});

describe('metrics', () => {
  const TEXT = `# HELP awscni_assigned_ip_addresses The number of IP addresses assigned to pods
# TYPE awscni_assigned_ip_addresses gauge
awscni_assigned_ip_addresses 12
awscni_eni_allocated 2
awscni_ipamd_error_count{fn="increaseDatastorePoolFailed"} 3
awscni_ipamd_error_count{fn="nodeInit"} 1
awscni_aws_api_error_count{api="CreateNetworkInterface",error="UnauthorizedOperation"} 7
awscni_force_removed_ips 1
go_goroutines 41
`;

  it('are those of addresses and calls, summed over their labels', async () => {
    const access = fakeAccess({ [`${PODS}/aws-node-2%3A61678/proxy/metrics`]: TEXT });
    const { data } = await collect(cniMetrics, access, { cni: cni({ pods: [pod(2), pod(3, { phase: 'Pending' })] }) });
    expect(v.safeParse(cniMetricsSchema, data).success).toBe(true);
    expect(data).toEqual([
      {
        pod: 'aws-node-2',
        node: 'n02',
        values: {
          awscni_assigned_ip_addresses: 12,
          awscni_eni_allocated: 2,
          awscni_ipamd_error_count: 4,
          awscni_force_removed_ips: 1,
        },
        awsErrors: { UnauthorizedOperation: 7 },
        unauthorized: { CreateNetworkInterface: 7 },
      },
    ]);
  });

  it('take nothing from a page that is none', () => {
    expect(valuesOf('<html>not found</html>')).toEqual({ values: {}, awsErrors: {}, unauthorized: {} });
  });
});

describe('the pods that are asked', () => {
  const many = Array.from({ length: 90 }, (_, i) => pod(i));

  it('are 20 at most, spread over the nodes, those that do not run well first', () => {
    const chosen = chosenPods([...many, { ...crashed, name: 'aws-node-x', node: 'z' }]);
    expect(chosen).toHaveLength(MOST_PODS_ASKED);
    expect(chosen[0]?.name).toBe('aws-node-x');
    expect(new Set(chosen.map((p) => p.name)).size).toBe(MOST_PODS_ASKED);
    expect(chosen.at(-1)!.node! > 'n80').toBe(true);
  });

  it('are all of a small cluster, and none without a node', () => {
    expect(chosenPods([pod(1), pod(2), { ...pod(3), node: undefined }]).map((p) => p.name)).toEqual([
      'aws-node-1',
      'aws-node-2',
    ]);
  });
});

describe('rights', () => {
  it('are asked for only with what needs them', () => {
    const asks = (of: Parameters<typeof collectorsFor>[0]) =>
      requiredPermissions(collectorsFor(of)).rules.flatMap((r) => r.resources.filter((x) => x.startsWith('pods/')));
    expect(collectorsFor({})).toEqual(COLLECTORS);
    expect(asks({})).toEqual([]);
    expect(asks({ logs: true })).toEqual(['pods/log']);
    expect(asks({ logs: true, metrics: true }).sort()).toEqual(['pods/log', 'pods/proxy']);
  });
});
