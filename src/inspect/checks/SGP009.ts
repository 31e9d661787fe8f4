import * as v from 'valibot';
import { parseGoBool } from '../../calc/ipamd/index.ts';
import { listed, some, things, verb } from '../contract/words.ts';
import { branchPods, podName } from '../facts/branch-pods.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { networking } from '../facts/networking.ts';
import { isStrict } from '../facts/support/pod-traffic.ts';
import type { Pod } from '../snapshot/pods.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { setOnInit } from './fixes/settings.ts';
import { podResources } from './support/resources.ts';

const evidence = v.object({
  pods: v.array(v.string()),
  /** Of those, the ones that run and are not ready. */
  unready: v.array(v.string()),
  /** Kinds of probes: `http readiness`. */
  probes: v.array(v.string()),
  container: v.string(),
  value: v.string(),
  /** The variable stands on the container aws-node, where it does nothing. */
  misplaced: v.boolean(),
});
type Evidence = v.InferOutput<typeof evidence>;

const INIT = 'aws-vpc-cni-init';
const DEMUX = 'DISABLE_TCP_EARLY_DEMUX';

export const SGP009 = defineCheck({
  code: 'SGP009',
  title: 'Probes of pods with security groups fail: TCP early demux is on',
  severity: 'warning',
  worst: 'error',
  grain: 'cluster',
  patterns: ['sgp', 'custom+sgp'],
  needs: { networking, cni: section('cni'), pods: section('pods'), branch: branchPods },
  helps: { fix: fixContext },
  partialOk: true,
  evidence,
  evaluate: ({ networking: net, cni, branch, fix }): readonly Draft<Evidence>[] => {
    const init = cni.initContainers.find((c) => c.name === INIT);
    if (!isStrict(net) || !init || init.unresolved.includes(DEMUX) || parseGoBool(init.env[DEMUX] ?? '')) return [];
    const probed = branch.filter((p) => overTcp(p).length > 0);
    if (probed.length === 0) return [];
    const names = probed.map(podName).sort();
    const unready = probed.filter((p) => p.unready).map(podName);
    return [
      {
        key: 'aws-node',
        severity: unready.length > 0 ? 'error' : 'warning',
        confidence: 'derived',
        resources: podResources([...unready, ...names.filter((n) => !unready.includes(n))]),
        scope: { pods: unready.length > 0 ? unready : names },
        evidence: {
          pods: names,
          unready,
          probes: [...new Set(probed.flatMap(overTcp))].sort(),
          container: INIT,
          value: init.env[DEMUX] ?? '',
          misplaced: parseGoBool(net.env[DEMUX] ?? '') ?? false,
        },
        fixes: setOnInit(fix, { [DEMUX]: 'true' }, 'Let the init container turn TCP early demux off'),
      },
    ];
  },
  unjudged: ({ pods, branch }) =>
    pods.probes || branch.length === 0
      ? undefined
      : {
          count: branch.length,
          of: branch.length,
          what: 'pod',
          gaps: [{ kind: 'not-told', reason: 'probes of pods were not collected' }],
        },
  summary: (e) =>
    `${things(e.pods.length, 'pod')} with security groups (${some(e.pods)}) ${verb(e.pods.length, 'has', 'have')} ${listed(e.probes)} probes, and ${DEMUX} of ${e.container} is ${e.value === '' ? 'not set' : e.value}${
      e.misplaced ? ' (on aws-node, where it is set, it does nothing)' : ''
    }${e.unready.length > 0 ? `; ${things(e.unready.length, 'pod')} ${verb(e.unready.length, 'is', 'are')} not ready` : ''}`,
  explanation: {
    why: 'In strict mode the answer to a probe comes back over the trunk, and with early demux the kernel hands it to the wrong path: kubelet sees a timeout, kills the container or keeps the pod out of its Service, while the pod itself is in order.',
    how: 'Strict enforcing mode, DISABLE_TCP_EARLY_DEMUX not true on the init container aws-vpc-cni-init, and pods on branch ENIs with TCP, HTTP or gRPC probes; commands are not concerned. An error where such a pod runs and is not ready. Standard mode is not concerned. On the container aws-node, or under env instead of init.env of the add-on, the variable does nothing.',
    fix: 'Set DISABLE_TCP_EARLY_DEMUX on the init container; it works from the next start of aws-node on, node by node.',
    verify: 'kubectl get pods shows them READY once aws-node has restarted on their nodes.',
    references: [
      'https://docs.aws.amazon.com/eks/latest/best-practices/sgpp.html',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/1212',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/1269',
    ],
  },
});

function overTcp(pod: Pod): string[] {
  return (pod.probes ?? []).filter((p) => p.by !== 'exec').map((p) => `${p.by} ${p.kind}`);
}
