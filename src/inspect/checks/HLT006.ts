import * as v from 'valibot';
import { atLeastRelease, parseCniVersion } from '../../calc/maxpods/index.ts';
import type { Fix } from '../contract/finding.ts';
import { some, things } from '../contract/words.ts';
import { section } from '../facts/define-fact.ts';
import { networking } from '../facts/networking.ts';
import { nodesServedByCni } from '../facts/platforms.ts';
import { groupBy } from '../facts/support/group-by.ts';
import { nodeGroupOf } from '../facts/support/node-group.ts';
import type { Node } from '../snapshot/kubernetes.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { nodeResources } from './support/resources.ts';

const evidence = v.object({
  reason: v.picklist(['mac-policy', 'nm-cloud-setup', 'nftables']),
  osImage: v.string(),
  nodes: v.array(v.string()),
  cniVersion: v.string(),
  /** AMI type of their node groups, where EKS tells it. */
  /** Null where node groups were not read. */
  amiTypes: v.nullable(v.array(v.string())),
});
type Evidence = v.InferOutput<typeof evidence>;
type Reason = Evidence['reason'];

/** Releases from which aws-node keeps the addresses of veths itself, and speaks to nftables. */
const KEEPS_MAC = parseCniVersion('1.20.1')!;
const NFTABLES = parseCniVersion('1.12.1')!;

export const HLT006 = defineCheck({
  code: 'HLT006',
  title: 'Operating system is known to break pod networking',
  severity: 'warning',
  grain: 'group',
  needs: { nodes: nodesServedByCni, networking },
  helps: { nodegroups: section('nodegroups') },
  partialOk: true,
  evidence,
  evaluate: ({ nodes, networking: net, nodegroups }): Draft<Evidence>[] => {
    const release = net.cniVersion ?? '';
    const amiType = (n: Node) => {
      const group = nodeGroupOf(n);
      return group.kind === 'managed' ? nodegroups?.find((g) => g.name === group.name)?.amiType : undefined;
    };
    const found = nodes.served.flatMap((n) => reasonsOf(n, release).map((reason) => ({ node: n, reason })));
    return [...groupBy(found, (f) => `${f.reason}/${f.node.osImage}`).values()].map((members): Draft<Evidence> => {
      const { reason } = members[0]!;
      const names = members.map((m) => m.node.name);
      const { osImage } = members[0]!.node;
      return {
        key: osImage,
        subReason: reason,
        // Canonical's images for EKS carry the remedy, and look the same from here
        severity: reason === 'mac-policy' && /^Ubuntu/.test(osImage) ? 'info' : 'warning',
        confidence: 'heuristic',
        resources: nodeResources(names),
        scope: { nodes: names },
        evidence: {
          reason,
          osImage,
          nodes: names,
          cniVersion: release,
          amiTypes: nodegroups ? [...new Set(members.flatMap((m) => amiType(m.node) ?? []))].sort() : null,
        },
        fixes: [remedy(reason)],
      };
    });
  },
  summary: (e) =>
    `${things(e.nodes.length, 'node')} (${some(e.nodes, 2)}) run ${e.osImage}, ${
      e.reason === 'mac-policy'
        ? `where systemd gives the veths of pods other MAC addresses, and aws-node ${e.cniVersion} does not expect it`
        : e.reason === 'nm-cloud-setup'
          ? 'where nm-cloud-setup takes away the routing rules that aws-node makes for pods'
          : `which has nftables alone, and aws-node ${e.cniVersion} writes iptables of old`
    }`,
  explanation: {
    why: 'The host undoes after every pod start what the plugin set up: pods run and reach nothing, on these nodes alone.',
    how: 'From the name of the operating system, so only ever a suspicion. mac-policy: Ubuntu 22.04 and later, Debian 12, Flatcar with aws-node before v1.20.1, where systemd rewrites MAC addresses (MACAddressPolicy=persistent); information on Ubuntu, since the images Canonical makes for EKS are mended. nm-cloud-setup: Red Hat Enterprise Linux, CentOS Stream, Rocky and AlmaLinux from 8 on, if that service runs. nftables: the same from 9 on with aws-node before v1.12.1. Amazon Linux and Bottlerocket are in order. Whether the FORWARD chain of iptables drops cannot be seen.',
    fix: 'Put the remedy into the image or the user data of the nodes, and replace them; update aws-node.',
    verify:
      'sudo bash /opt/cni/bin/aws-cni-support.sh on such a node collects rules and links; pods there reach the cluster DNS.',
    references: [
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2103',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/3155',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/3354',
      'https://github.com/flatcar/Flatcar/issues/278',
      'amazon-vpc-cni-k8s docs/troubleshooting.md',
    ],
  },
});

function reasonsOf({ osImage }: Node, release: string): Reason[] {
  const [, major = '0', minor = '0'] = /(\d+)(?:\.(\d+))?/.exec(osImage) ?? [];
  const number = Number(major) + Number(minor.slice(0, 2)) / 100;
  const before = (r: typeof KEEPS_MAC) => atLeastRelease(release, r) === false;
  if (/^Ubuntu/.test(osImage)) return number >= 22.04 && before(KEEPS_MAC) ? ['mac-policy'] : [];
  if (/^Debian/.test(osImage)) return number >= 12 && before(KEEPS_MAC) ? ['mac-policy'] : [];
  if (/^Flatcar/.test(osImage)) return before(KEEPS_MAC) ? ['mac-policy'] : [];
  if (!/^(?:Red Hat Enterprise Linux|CentOS Stream|Rocky Linux|AlmaLinux)/.test(osImage)) return [];
  if (Number(major) < 8) return [];
  return ['nm-cloud-setup', ...(Number(major) >= 9 && before(NFTABLES) ? (['nftables'] as const) : [])];
}

/** What is to be done on a node is told, not printed as a command: a script of fixes runs somewhere else. */
function remedy(reason: Reason): Fix {
  const base = { effect: 'node-replacement' as const, commands: [] };
  if (reason === 'mac-policy')
    return {
      ...base,
      title: 'Tell systemd to leave MAC addresses alone, or move aws-node to v1.20.1 or later',
      changes:
        'On the nodes, by user data or image: /etc/systemd/network/99-default.link.d/aws-cni.conf with the lines [Link] and MACAddressPolicy=none. Pods started afterwards keep the addresses the plugin gives them.',
    };
  if (reason === 'nm-cloud-setup')
    return {
      ...base,
      title: 'Switch nm-cloud-setup off',
      changes:
        'On the nodes, by user data or image: sudo systemctl disable --now nm-cloud-setup.timer nm-cloud-setup.service, and a restart of the node. The rules of aws-node stay then.',
    };
  return {
    ...base,
    title: 'Move aws-node to v1.12.1 or later',
    changes: 'Later releases choose between iptables and nftables by what the node has.',
  };
}
