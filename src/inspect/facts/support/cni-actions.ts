/** What aws-node asks of EC2, by what it is set to do (amazon-vpc-cni-k8s: docs/iam-policy.md, pkg/awsutils/awsutils.go). */
import { parseGoBool } from '../../../calc/ipamd/index.ts';
import type { Networking } from '../networking.ts';
import { behaves } from './cni-release.ts';
import type { IamResource } from './iam-policy.ts';

export interface CniAction {
  readonly action: string;
  readonly resource: IamResource;
  /** Without it the next pod or node gets no address. */
  readonly hot: boolean;
  /** What needs it, to be read after "for". */
  readonly use: string;
}

const act = (name: string, use: string, hot: boolean, resource: IamResource = 'network-interface'): CniAction => ({
  action: `ec2:${name}`,
  resource: name.startsWith('Describe') ? '*' : resource,
  hot,
  use,
});

const DESCRIBES: readonly CniAction[] = [
  act('DescribeNetworkInterfaces', 'the start of aws-node', true),
  act('DescribeInstances', 'attaching ENIs', true),
  act('DescribeInstanceTypes', 'the limits of types that aws-node does not know', false),
  act('DescribeTags', 'the tags of ENIs', false),
];

const ENIS: readonly CniAction[] = [
  act('CreateNetworkInterface', 'further ENIs', true),
  act('AttachNetworkInterface', 'further ENIs', true),
  act('ModifyNetworkInterfaceAttribute', 'further ENIs', true),
  act('DetachNetworkInterface', 'giving ENIs back', false),
  act('DeleteNetworkInterface', 'giving ENIs back', false),
];

export function requiredActions(net: Networking): readonly CniAction[] {
  const { settings, env } = net;
  if (settings.ipv6)
    return [
      act('AssignIpv6Addresses', 'the /80 of each node', true),
      ...DESCRIBES,
      act('CreateTags', 'the tags of ENIs', false),
      ...(parseGoBool(env.ENABLE_MULTI_NIC ?? '') ? ENIS : []),
    ];
  return [
    act('AssignPrivateIpAddresses', settings.prefixDelegation ? 'prefixes' : 'addresses', true),
    act('UnassignPrivateIpAddresses', 'giving addresses back', false),
    ...ENIS,
    ...DESCRIBES,
    act('CreateTags', 'the tags of further ENIs', true),
  ];
}

/** Before v1.22.0 aws-node falls back to the node's own subnet where it may not look at subnets. */
export function subnetAction(net: Networking): CniAction | undefined {
  if (!net.settings.subnetDiscovery) return undefined;
  return act('DescribeSubnets', 'finding subnets', behaves(net.cniVersion, 'subnetsReadAtStart'));
}
