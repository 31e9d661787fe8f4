import type { GivenSections } from '../../../support/snapshot-builder.ts';
import { addon, eniConfig, VPC } from '../../../support/snapshot-builder.ts';
import { ACCOUNT, World } from '../world.ts';

export const ZONE_LABEL = 'topology.kubernetes.io/zone';
export const CUSTOM = { AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true', ENI_CONFIG_LABEL_DEF: ZONE_LABEL };
export const CUSTOM_PREFIX = { ...CUSTOM, ENABLE_PREFIX_DELEGATION: 'true' };

export const TWO_RANGES: GivenSections['vpc'] = {
  vpcId: VPC,
  ownerId: ACCOUNT,
  cidrs: [
    { cidr: '10.0.0.0/16', state: 'associated' },
    { cidr: '100.64.0.0/16', state: 'associated' },
  ],
  ipv6Cidrs: [],
};

/** Two nodes in one zone on single addresses, everything in order. */
export function plain(): World {
  return new World()
    .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
    .subnet('subnet-0b', '10.0.1.0/24', 'eu-west-1b')
    .node('n1', { home: 'subnet-0a', primary: 9, further: [9], running: 12 })
    .node('n2', { home: 'subnet-0b', primary: 9, further: [9], running: 12 });
}

/** Custom networking with prefixes: one node in each of two zones, each with its ENIConfig. */
export function custom(): World {
  return new World()
    .subnet('subnet-na', '10.0.0.0/24', 'eu-west-1a')
    .subnet('subnet-nb', '10.0.1.0/24', 'eu-west-1b')
    .subnet('subnet-pa', '100.64.0.0/24', 'eu-west-1a')
    .subnet('subnet-pb', '100.64.1.0/24', 'eu-west-1b')
    .node('a1', { home: 'subnet-na', pods: 'subnet-pa', further: [2], prefixes: true, maxPods: 110, running: 20 })
    .node('b1', { home: 'subnet-nb', pods: 'subnet-pb', further: [2], prefixes: true, maxPods: 110, running: 20 });
}

export const customSections = {
  env: CUSTOM_PREFIX,
  vpc: TWO_RANGES,
  eniConfigs: [
    eniConfig({ name: 'eu-west-1a', subnetId: 'subnet-pa', securityGroupIds: ['sg-pods'] }),
    eniConfig({ name: 'eu-west-1b', subnetId: 'subnet-pb', securityGroupIds: ['sg-pods'] }),
  ],
  addons: [addon({ configuration: { env: CUSTOM_PREFIX } })],
  securityGroups: [{ groupId: 'sg-pods', vpcId: VPC, name: 'pods' }],
};
