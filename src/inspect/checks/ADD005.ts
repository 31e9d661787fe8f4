import * as v from 'valibot';
import { atLeastRelease, parseCniVersion, SOCKET_RELEASE } from '../../calc/maxpods/index.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { defineCheck } from './define-check.ts';
import { reapplyAddon } from './fixes/upgrade-cni.ts';

const evidence = v.object({
  reason: v.picklist(['init', 'env', 'agent']),
  awsNode: v.string(),
  other: v.string(),
});

const TAG = /:(v?\d+\.\d+\.\d+[^@]*)(?:@.*)?$/;

export const ADD005 = defineCheck({
  code: 'ADD005',
  title: 'Component versions do not match each other',
  severity: 'error',
  worst: 'error',
  grain: 'cluster',
  needs: { cni: section('cni') },
  helps: { fix: fixContext },
  partialOk: true,
  explains: ['HLT001', 'HLT002', 'HLT003', 'ADD002'],
  evidence,
  notApplicable: ({ cni }) => (cni.installed ? undefined : 'there is no DaemonSet kube-system/aws-node'),
  evaluate: ({ cni, fix }) => {
    const main = cni.containers.find((c) => c.name === 'aws-node');
    const own = main && tagOf(main.image);
    if (!main || !own) return [];
    const init = cni.initContainers.find((c) => c.name === 'aws-vpc-cni-init');
    const agent = cni.containers.find((c) => c.name === 'aws-eks-nodeagent');
    const differs = (tag: string | undefined) =>
      tag !== undefined && release(tag) !== undefined && release(tag) !== release(own);
    const agentTag = agent && tagOf(agent.image);
    const oldAgent =
      agentTag !== undefined &&
      atLeastRelease(own, SOCKET_RELEASE.cni) === true &&
      atLeastRelease(agentTag, SOCKET_RELEASE.agent) === false;
    const found: readonly (readonly ['init' | 'env' | 'agent', string | undefined, boolean])[] = [
      ['init', init && tagOf(init.image), differs(init && tagOf(init.image))],
      ['env', main.env.VPC_CNI_VERSION, differs(main.env.VPC_CNI_VERSION)],
      ['agent', agentTag, oldAgent],
    ];
    const down = cni.pods.filter((p) => !p.ready);
    return found.flatMap(([reason, other, wrong]) =>
      wrong
        ? [
            {
              key: 'aws-node',
              subReason: reason,
              // Without a look at the images, a tag of a mirror may be anything; what aws-node calls itself harms nothing.
              severity:
                reason === 'env' ? ('info' as const) : reason === 'init' ? ('warning' as const) : ('error' as const),
              confidence: 'derived' as const,
              resources: [{ kind: 'daemonset' as const, id: 'kube-system/aws-node' }],
              scope: { nodes: reason === 'env' ? [] : down.flatMap((p) => p.node ?? []) },
              evidence: { reason, awsNode: own, other: other ?? '' },
              fixes: reapplyAddon(fix),
            },
          ]
        : [],
    );
  },
  summary: (e) =>
    e.reason === 'agent'
      ? `aws-node ${e.awsNode} runs beside policy agent ${e.other}, which is too old for it: they speak over another socket`
      : e.reason === 'init'
        ? `the init container is ${e.other} and aws-node ${e.awsNode}: one image was changed without the other`
        : `aws-node ${e.awsNode} calls itself ${e.other} (VPC_CNI_VERSION)`,
  explanation: {
    why: 'The plugin that the init container installs, ipamd and the policy agent speak a protocol of their own. Parts of different releases refuse each other, and pods get no network.',
    how: 'The tags of the images, where they are versions: init, a warning, the init container of another release than aws-node; agent, aws-node from v1.23.0 on with a policy agent before v1.4.1; env, information, the version in VPC_CNI_VERSION is another. Mirrors that give images other tags are not judged.',
    fix: 'Apply the whole manifest or the whole add-on version instead of single images.',
    verify: 'kubectl -n kube-system get ds aws-node -o yaml shows images of one release.',
    references: [
      'amazon-vpc-cni-k8s CHANGELOG.md v1.23.0',
      'amazon-vpc-cni-k8s pkg/ipamd/rpc_handler.go',
      'amazon-vpc-cni-k8s docs/troubleshooting.md',
    ],
  },
});

function tagOf(image: string): string | undefined {
  return TAG.exec(image)?.[1];
}

/** `1.23.1` of `v1.23.1-eksbuild.1`. */
function release(tag: string): string | undefined {
  const p = parseCniVersion(tag);
  return p && `${p.major}.${p.minor}.${p.patch}`;
}
