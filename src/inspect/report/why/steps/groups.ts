/**
 * The security groups a pod's packets meet, and why it got those: they are read from the ENI that holds the address, and the
 * configuration is named as the reason (a setting may have changed since).
 */
import type { Link } from '../../../contract/why.ts';
import { section } from '../../../facts/define-fact.ts';
import { eniConfigResolution } from '../../../facts/eni-config-resolution.ts';
import { networking } from '../../../facts/networking.ts';
import { podGroups } from '../../../facts/pod-groups.ts';
import type { NetworkInterface } from '../../../snapshot/ec2.ts';
import type { PodPlace } from '../place.ts';
import { link, type Scene } from '../scene.ts';

interface Reason {
  readonly why: string;
  /** What the configuration would give; undefined where it is not known. */
  readonly expected?: readonly string[];
}

export function groupsLink(scene: Scene, place: PodPlace, eni: NetworkInterface | undefined): Link {
  const outside = place.node?.platform === 'hybrid';
  if (outside) return link('groups', 'skipped', 'none: a hybrid node is outside the VPC', { securityGroupIds: null });
  const branch = branchEni(scene, place) ?? eni;
  const { why, expected } = reasonOf(scene, place, branch);
  if (!branch) {
    const unread = scene.missing(section('networkInterfaces'));
    return link(
      'groups',
      'unknown',
      `its groups are not known${unread ? `: ${unread}` : ': its ENI was not found'}; they would come ${why}`,
      { securityGroupIds: null },
    );
  }
  const has = branch.securityGroupIds;
  const differs = expected !== undefined && !sameSet(has, expected);
  const now = differs
    ? `; that says ${expected.length > 0 ? expected.join(', ') : 'none'} now: it applies to new ENIs only`
    : '';
  return link('groups', 'ok', `${groupsText(scene, has)} ${why}${now}`, {
    securityGroupIds: has,
    eniId: branch.eniId,
    configured: expected ?? null,
  });
}

/** The branch ENI the controller wrote on the pod, where it has one. */
function branchEni(scene: Scene, { pod }: PodPlace): NetworkInterface | undefined {
  if (pod.branchEniId === undefined) return undefined;
  return scene.get(section('networkInterfaces'))?.find((e) => e.eniId === pod.branchEniId);
}

function reasonOf(scene: Scene, { pod, node }: PodPlace, eni: NetworkInterface | undefined): Reason {
  const primary = node?.enis?.primary;
  if (pod.class === 'host-network') return { why: 'of the primary ENI of its node, for it is on the host network' };
  if (pod.class === 'branch' || pod.class === 'fargate') {
    const chosen = scene.get(podGroups)?.(pod);
    if (!chosen)
      return { why: `by a SecurityGroupPolicy that is not known (${scene.missing(section('securityGroupPolicies'))})` };
    if (chosen.policies.length > 0) {
      const names = chosen.policies.map((p) => `${p.namespace}/${p.name}`).join(' and ');
      return { why: `by SecurityGroupPolicy ${names}`, expected: chosen.groupIds };
    }
    return {
      why:
        pod.class === 'fargate'
          ? 'of the cluster, as no SecurityGroupPolicy selects it'
          : 'by a SecurityGroupPolicy that is gone',
    };
  }
  if (eni !== undefined && eni === primary) return { why: 'of the primary ENI of its node, which holds its address' };
  const net = scene.get(networking);
  if (!net) return { why: `for a reason that is not known (${scene.missing(networking)})` };
  const choice = net.settings.customNetworking && node ? scene.get(eniConfigResolution)?.get(node.name) : undefined;
  if (choice?.eniConfig && choice.eniConfig.securityGroupIds.length > 0)
    return { why: `by ENIConfig ${choice.name}`, expected: choice.eniConfig.securityGroupIds };
  if (choice?.eniConfig)
    return { why: `of the primary ENI, as ENIConfig ${choice.name} names none`, expected: primary?.securityGroupIds };
  if (net.settings.customNetworking) return { why: 'by an ENIConfig that is not known' };
  return { why: 'of the primary ENI, whose groups further ENIs copy', expected: primary?.securityGroupIds };
}

function sameSet(a: readonly string[], b: readonly string[]): boolean {
  return new Set(a).size === new Set(b).size && a.every((x) => b.includes(x));
}

/** `sg-0a1 (web), sg-0b2`; a group whose name was not read stands by its id alone. */
export function groupsText(scene: Scene, ids: readonly string[]): string {
  const groups = scene.get(section('securityGroups'));
  const names = new Map(groups?.map((g) => [g.groupId, g.name]));
  if (ids.length === 0) return 'no group';
  return ids.map((id) => (names.get(id) ? `${id} (${names.get(id)})` : id)).join(', ');
}
