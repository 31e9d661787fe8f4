import type { Scenario } from '../types.ts';

/** A second range for pods, with a subnet in each zone. */
export const POD_RANGES: Pick<Scenario, 'vpcCidrs' | 'eniConfigs'> = {
  vpcCidrs: ['10.0.0.0/16', '100.64.0.0/16'],
  eniConfigs: { 'eu-west-1a': 'pods-a', 'eu-west-1b': 'pods-b' },
};

export const POD_SUBNETS: Scenario['subnets'] = {
  'pods-a': { cidr: '100.64.0.0/19', zone: 'eu-west-1a', role: 'pods', layout: 'loose' },
  'pods-b': { cidr: '100.64.32.0/19', zone: 'eu-west-1b', role: 'pods', layout: 'loose' },
};

export const CUSTOM_ENV = {
  AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true',
  ENI_CONFIG_LABEL_DEF: 'topology.kubernetes.io/zone',
};

export const ZONE_C: Scenario['subnets'] = {
  'nodes-c': { cidr: '10.0.32.0/20', zone: 'eu-west-1c', role: 'nodes', layout: 'loose' },
  'public-c': { cidr: '10.0.242.0/24', zone: 'eu-west-1c', role: 'public', layout: 'loose' },
};
