/** Variables of aws-node changed: what its nodes then take or give back. Nodes of another pattern or mode stay until replaced. */
import { type NetworkingChange, networkingWith } from '../../facts/networking.ts';
import { isWorld, worldOf } from '../world.ts';
import { ScenarioError, type ScenarioKind } from './scenario.ts';

const FORM = 'set:VARIABLE=VALUE[,…]';

const VARIABLES: readonly string[] = [
  'WARM_ENI_TARGET',
  'WARM_IP_TARGET',
  'MINIMUM_IP_TARGET',
  'WARM_PREFIX_TARGET',
  'MAX_ENI',
  'ENABLE_PREFIX_DELEGATION',
  'AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG',
  'ENABLE_POD_ENI',
  'ENABLE_SUBNET_DISCOVERY',
  'ENABLE_MULTI_NIC',
];

export const set: ScenarioKind = {
  name: 'set',
  form: FORM,
  summary: 'variables of aws-node changed: what its nodes take or give back',
  options: [],
  parse: (argument) => {
    const env = variables(argument ?? '');
    const words = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    return {
      id: `set:${words.join(',')}`,
      lay: (world) => {
        const change: NetworkingChange = { env };
        const inForce = networkingWith(world.inForce, change);
        const laid = worldOf(world.run, { ...world.options, pair: undefined, inForce, trims: true });
        return isWorld(laid) ? laid : world;
      },
      growths: () => [
        {
          title: `with ${words.join(' ')}`,
          nodes: [],
          pods: [],
          assumptions: [
            'nodes give back only whole idle prefixes and idle addresses; those of another mode stay until replaced',
          ],
        },
      ],
    };
  },
};

function variables(argument: string): Record<string, string> {
  const env: Record<string, string> = {};
  for (const part of argument.split(',')) {
    const [, name = '', value = ''] = /^([A-Za-z0-9_]+)=(.+)$/.exec(part.trim()) ?? [];
    if (name === '') throw new ScenarioError(`${FORM}: "${part}" is no VARIABLE=VALUE`);
    if (!VARIABLES.includes(name))
      throw new ScenarioError(`${FORM}: ${name} changes no address; known are ${VARIABLES.join(', ')}`);
    const wellFormed = /_TARGET$|^MAX_ENI$/.test(name) ? /^-?\d{1,6}$/.test(value) : /^(true|false)$/.test(value);
    if (!wellFormed) throw new ScenarioError(`${FORM}: ${name} does not take "${value}"`);
    env[name] = value;
  }
  return env;
}
