import * as v from 'valibot';
import { AGENT_SOCKET_RELEASE, atLeastRelease, parseCniVersion, SOCKET_RELEASE } from '../../calc/maxpods/index.ts';
import { some } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { networking } from '../facts/networking.ts';
import { isRecent } from '../facts/node-troubles.ts';
import { behaves } from '../facts/support/cni-release.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { reapplyAddon } from './fixes/upgrade-cni.ts';

const REASONS = ['init', 'env', 'agent', 'probes', 'rules', 'client'] as const;
const evidence = v.object({
  reason: v.picklist(REASONS),
  awsNode: v.string(),
  /** The other version, a port, what is missing, or the pods it keeps waiting. */
  other: v.string(),
  /** Image of each container, with tag and digest as written. */
  images: v.array(v.object({ container: v.string(), image: v.string() })),
});
type Evidence = v.InferOutput<typeof evidence>;

const SYMPTOMS = ['HLT001', 'HLT002', 'HLT003', 'ADD002'];
/** Of ipamd's server before it moved to a Unix socket. */
const IPAMD_PORT = 50051;
const TAG = /:(v?\d+\.\d+\.\d+[^@]*)(?:@.*)?$/;

export const ADD005 = defineCheck({
  code: 'ADD005',
  title: 'Component versions do not match each other',
  severity: 'error',
  worst: 'error',
  grain: 'cluster',
  needs: { cni: section('cni') },
  helps: { events: section('events'), rbac: section('rbac'), networking, fix: fixContext },
  partialOk: true,
  explains: [...SYMPTOMS, 'SGP003'],
  evidence,
  notApplicable: ({ cni }) => (cni.installed ? undefined : 'there is no DaemonSet kube-system/aws-node'),
  evaluate: ({ cni, events, rbac, networking: net, fix }, { now, gapsOf }) => {
    const main = cni.containers.find((c) => c.name === 'aws-node');
    const own = main && tagOf(main.image);
    const said = (events ?? []).filter((e) => e.kind === 'wrong-client-version' && isRecent(e, now));
    if (!main) return [];
    const down = cni.pods.filter((p) => !p.ready).flatMap((p) => p.node ?? []);
    const draft = (
      reason: Evidence['reason'],
      other: string,
      part: Partial<Draft<Evidence>> = {},
    ): Draft<Evidence> => ({
      key: 'aws-node',
      subReason: reason,
      // Without a look at the images, a tag of a mirror may be anything; what aws-node calls itself harms nothing.
      severity: reason === 'env' ? 'info' : reason === 'init' ? 'warning' : 'error',
      confidence: 'derived',
      resources: [{ kind: 'daemonset', id: 'kube-system/aws-node' }],
      scope: { nodes: reason === 'env' ? [] : down },
      evidence: {
        reason,
        awsNode: own ?? main.image,
        other,
        images: [...cni.initContainers, ...cni.containers].map((c) => ({ container: c.name, image: c.image })),
      },
      fixes: reapplyAddon(fix),
      explains: SYMPTOMS,
      ...part,
    });
    const pods = [...new Set(said.map((e) => `${e.object.namespace ?? ''}/${e.object.name}`))].sort();
    const refused =
      pods.length === 0
        ? []
        : [
            draft('client', some(pods), {
              confidence: 'observed',
              scope: { pods, nodes: [...new Set(said.flatMap((e) => e.node ?? []))] },
            }),
          ];
    if (!own) return refused;
    const init = cni.initContainers.find((c) => c.name === 'aws-vpc-cni-init');
    const agent = cni.containers.find((c) => c.name === 'aws-eks-nodeagent');
    const initTag = init && tagOf(init.image);
    const agentTag = agent && tagOf(agent.image);
    const version = main.env.VPC_CNI_VERSION;
    const differs = (tag: string | undefined) =>
      tag !== undefined && release(tag) !== undefined && release(tag) !== release(own);
    const isBehind = (of: typeof SOCKET_RELEASE) =>
      agentTag !== undefined && atLeastRelease(own, of.cni) === true && atLeastRelease(agentTag, of.agent) === false;
    // ipamd listens there no more, so that a probe from an older manifest fails for ever
    const kept = main.probes?.find((p) => p.port === IPAMD_PORT);
    const rules = gapsOf('rbac').length === 0 ? rbac?.rules : undefined;
    const mayPatch = rules?.some(
      (r) => r.resources.some((x) => x === 'cninodes' || x === '*') && r.verbs.some((x) => x === 'patch' || x === '*'),
    );
    const marks = net?.settings.podEni === true && behaves(own, 'cniNode');
    return [
      ...refused,
      ...(initTag !== undefined && differs(initTag) ? [draft('init', initTag)] : []),
      ...(version !== undefined && differs(version) ? [draft('env', version)] : []),
      ...(agentTag !== undefined && (isBehind(SOCKET_RELEASE) || isBehind(AGENT_SOCKET_RELEASE))
        ? [draft('agent', agentTag)]
        : []),
      ...(kept && atLeastRelease(own, SOCKET_RELEASE.cni) === true ? [draft('probes', `:${IPAMD_PORT}`)] : []),
      ...(marks && mayPatch === false
        ? [
            draft('rules', 'patch cninodes', {
              scope: { nodes: cni.pods.flatMap((p) => p.node ?? []) },
              explains: ['SGP003'],
            }),
          ]
        : []),
    ];
  },
  unjudged: ({ networking: net }, { gapsOf }) => {
    const gaps = [...gapsOf('events'), ...(net?.settings.podEni ? gapsOf('rbac') : [])];
    return gaps.length === 0 ? undefined : { count: 1, of: 1, what: 'release', gaps };
  },
  summary: (e) => {
    switch (e.reason) {
      case 'agent':
        return `aws-node ${e.awsNode} runs beside policy agent ${e.other}, which is too old for it: they speak over another socket`;
      case 'init':
        return `the init container is ${e.other} and aws-node ${e.awsNode}: one image was changed without the other`;
      case 'probes':
        return `the probes of aws-node ${e.awsNode} still ask port ${e.other}, on which it listens no more: they fail and it is ended again and again`;
      case 'rules':
        return `aws-node ${e.awsNode} may not ${e.other}, which its release asks of the ClusterRole aws-node: no node tells the control plane that it wants a trunk`;
      case 'client':
        return `aws-node and the plugin on the node are of different releases ("wrong client version"): ${e.other} cannot start`;
      default:
        return `aws-node ${e.awsNode} calls itself ${e.other} (VPC_CNI_VERSION)`;
    }
  },
  verdict: () => 'parts of aws-node are of different releases',
  explanation: {
    why: 'The plugin that the init container installs, ipamd and the policy agent speak a protocol of their own. Parts of different releases refuse each other, and pods get no network.',
    how: 'The tags of the images, where they are versions: init, a warning, the init container of another release than aws-node; agent, aws-node from v1.23.0 on with a policy agent before v1.4.1, or from v1.20.2 on with one before v1.2.5; probes, aws-node from v1.23.0 on with probes of an older manifest on port 50051; rules, security groups for pods and a ClusterRole aws-node that may not patch CNINodes; client, an event of the last hour carries "wrong client version"; env, information, the version in VPC_CNI_VERSION is another. Mirrors that give images other tags are not judged.',
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
