/** The clusters of docs/projection.md, whose tables say what is expected: the page is reckoned by hand. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Bounded } from '../../../src/inspect/contract/report.ts';
import type { Projection } from '../../../src/inspect/projection/run-scenario.ts';
import { projected } from '../../support/plan-world.ts';
import { cluster, eniConfig, nodegroup, pod } from '../../support/snapshot-builder.ts';
import { World } from '../checks/world.ts';

const PAGE = readFileSync('docs/projection.md', 'utf8');
const ZONES = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'] as const;
const SUBNETS = ['subnet-a', 'subnet-b', 'subnet-c'];
const PREFIXES = { ENABLE_PREFIX_DELEGATION: 'true' };
const CUSTOM = {
  AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true',
  ENI_CONFIG_LABEL_DEF: 'topology.kubernetes.io/zone',
};

function threeZones(running: number, labels = { 'eks.amazonaws.com/nodegroup': 'workers' } as Record<string, string>) {
  const world = new World();
  for (const [i, zone] of ZONES.entries()) world.subnet(SUBNETS[i]!, `10.0.${i}.0/24`, zone);
  for (const home of SUBNETS) world.node(`n-${home}`, { home, primary: 9, further: [9], running, node: { labels } });
  return world;
}

function one(cidr: string): World {
  return new World().subnet('subnet-a', cidr, ZONES[0]);
}

/** Beside the nodes' subnet a /24 for pods. */
function withPods(cidr: string, tags: Record<string, string> = {}): World {
  return one(cidr).subnet('subnet-p', '10.0.8.0/24', ZONES[0], { tags });
}

const eniConfigs = [eniConfig({ name: ZONES[0], subnetId: 'subnet-p' })];

const CLUSTERS: Readonly<Record<number, () => Promise<Projection>>> = {
  1: () => projected(threeZones(5).snapshot(), 'nodes=+3'),
  2: () => {
    const world = one('10.0.0.0/25').node('n', { home: 'subnet-a', primary: 9, further: [5], running: 12 });
    return projected(world.snapshot({ env: { WARM_IP_TARGET: '2', MINIMUM_IP_TARGET: '10' } }), 'nodes=+2');
  },
  3: () => {
    const world = one('10.0.0.0/24').node('n', {
      home: 'subnet-a',
      primary: 3,
      prefixes: true,
      running: 20,
      maxPods: 110,
    });
    return projected(world.snapshot({ env: PREFIXES }), 'nodes=+2');
  },
  4: () => {
    const world = one('10.0.0.0/25').foreign('eni-other', 'subnet-a', 3, {}, 17);
    world.node('n', { home: 'subnet-a', primary: 2, prefixes: true, running: 5, maxPods: 110 });
    return projected(world.snapshot({ env: PREFIXES }), 'nodes=+1');
  },
  5: () => projected(threeZones(9).snapshot({ nodegroups: [managed()] }), 'az-loss=eu-west-1a'),
  6: () => {
    const world = withPods('10.0.0.0/26', { 'kubernetes.io/role/cni': '1' });
    world.node('n', { home: 'subnet-a', pods: 'subnet-p', primary: 9, further: [9], running: 5 });
    return projected(world.snapshot(), 'nodes=+2');
  },
  7: () => {
    const of = threeZones(5, { 'karpenter.sh/nodepool': 'pool' }).snapshot({
      nodegroups: [],
      nodePools: [
        {
          name: 'pool',
          nodeClass: { kind: 'EC2NodeClass', name: 'default' },
          limits: {},
          requirements: [
            { key: 'node.kubernetes.io/instance-type', operator: 'In', values: ['m5.large', 'm5.4xlarge'] },
          ],
        },
      ],
      nodeClasses: [{ kind: 'EC2NodeClass', name: 'default', subnetIds: SUBNETS, securityGroupIds: [], maxPods: 110 }],
    });
    return projected(of, 'nodes=+3', { flags: { nodegroup: 'pool' } });
  },
  8: () => {
    const of = threeZones(5).snapshot({
      nodegroups: [managed()],
      cluster: cluster({ subnetIds: ['subnet-a', 'subnet-b'] }),
    });
    return projected(of, 'upgrade');
  },
  9: () => {
    const world = withPods('10.0.0.0/26');
    world.node('n', { home: 'subnet-a', pods: 'subnet-p', primary: 0, further: [9, 9], running: 5 });
    return projected(world.snapshot({ env: CUSTOM, eniConfigs }), 'nodes=+4');
  },
  10: () => {
    const world = one('10.0.0.0/24').node('n', { home: 'subnet-a', primary: 9, further: [9], running: 5 });
    const at = { instanceId: 'i-n', deviceIndex: 2, networkCardIndex: 0, status: 'attached' };
    world.foreign('eni-t', 'subnet-a', 1, { type: 'trunk', attachment: { ...at, deleteOnTermination: true } });
    for (let i = 0; i < 3; i++) {
      world.foreign(`eni-b${i}`, 'subnet-a', 1, { tags: { 'vpcresources.k8s.aws/trunk-eni-id': 'eni-t' } });
      world.pods.push(
        pod({ name: `safe-${i}`, namespace: 'shop', node: 'n', class: 'branch', branchEniId: `eni-b${i}` }),
      );
    }
    return projected(world.snapshot({ env: { ENABLE_POD_ENI: 'true' } }), 'nodes=+2');
  },
  11: () => {
    const world = one('10.0.0.0/24').node('n', { home: 'subnet-a', running: 20, maxPods: 110 });
    const env = { ENABLE_IPv4: 'false', ENABLE_IPv6: 'true', ...PREFIXES };
    return projected(world.snapshot({ env, cluster: cluster({ ipFamily: 'ipv6' }) }), 'nodes=+3');
  },
  12: () => {
    const world = withPods('10.0.0.0/26');
    world.node('n', {
      home: 'subnet-a',
      pods: 'subnet-p',
      primary: 0,
      further: [3],
      prefixes: true,
      running: 30,
      maxPods: 110,
    });
    return projected(world.snapshot({ env: { ...CUSTOM, ...PREFIXES }, eniConfigs }), 'nodes=+2');
  },
};

function managed() {
  return nodegroup({ subnetIds: SUBNETS, desiredSize: 3, maxSize: 9 });
}

interface Section {
  readonly number: number;
  readonly title: string;
  readonly rows: readonly (readonly string[])[];
  readonly fits: string | undefined;
}

function sections(): readonly Section[] {
  return PAGE.split(/^## (?=\d+\. )/m)
    .slice(1)
    .map((text) => {
      const [, number = '', title = ''] = /^(\d+)\. (.+)$/m.exec(text) ?? [];
      const rows = [...text.matchAll(/^\| (subnet-.+) \|$/gm)].map((m) => m[1]!.split('|').map((cell) => cell.trim()));
      return { number: Number(number), title, rows, fits: /^Nodes that fit: (.+)$/m.exec(text)?.[1] };
    });
}

/** As the page writes it. */
function written(n: Bounded): string {
  return typeof n === 'number' ? String(n) : `${n.min} to ${n.max}`;
}

describe('clusters worked out on paper', () => {
  const all = sections();

  it('are twelve, each with a table', () => {
    expect(all.map((s) => s.number)).toEqual(Object.keys(CLUSTERS).map(Number));
    expect(all.every((s) => s.rows.length > 0)).toBe(true);
  });

  it.each(all.map((s) => [s.number, s.title, s] as const))('%i. %s', async (number, _, { rows, fits }) => {
    const plan = await CLUSTERS[number]!();
    const told = plan.subnets.map(({ subnetId, addresses, blocks }) => [
      subnetId,
      ...[addresses.before, addresses.need, addresses.after].map(written),
      ...(blocks ? [blocks.before, blocks.need, blocks.after].map(written) : []),
    ]);
    expect(told).toEqual(rows.map((r) => r.filter((cell) => cell !== '')));
    if (fits !== undefined) expect(written(plan.nodesUntilExhaustion!)).toBe(fits);
  });
});
