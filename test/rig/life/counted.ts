import { AssignPrivateIpAddressesCommand, DescribeSubnetsCommand } from '@aws-sdk/client-ec2';
import { createPodEni } from '../build/aws-nodes.ts';
import { need } from '../build/ids.ts';
import { holdingsOf, modeOf, TRUNKS } from '../scenarios/holdings.ts';
import { limitsOf } from '../scenarios/plan.ts';
import type { NodeSpec, Pools, Scenario } from '../scenarios/types.ts';
import { eniConfigOf, nodePools } from './ipamd.ts';
import { type NodePool, tried } from './pools.ts';
import { mayCall, nameOfRole } from './roles.ts';
import { instanceIdOf, type World } from './world.ts';

/** A release whose pool does not grow (calc/maxpods/cni-releases.ts has it too, from the same report). */
const STALLS = /^v1\.16\.3/;

/** Releases that keep the slot of a trunk on types that take none (fixed in v1.20.4). */
const KEEPS_SLOT = /^v1\.(?:1?\d\.|20\.[0-3](?!\d))/;

/**
 * ipamd on the nodes of a counted scenario: every node gets what the rules (holdings.ts) give it for the pods it has now, as far
 * as its subnets go. Nothing is given back.
 */
export async function keepCounted(world: World, env: Record<string, string>, version: string): Promise<void> {
  const scenario: Scenario = { ...world.scenario, daemonSets: [], cni: { ...world.scenario.cni, env, handSet: {} } };
  const { custom, ipv6, branch } = modeOf(scenario);
  if (ipv6 || STALLS.test(version)) return;
  const role = nameOfRole(world.ids.nodeRoleArn);
  if (!(await mayCall(world, role, 'AmazonEKS_CNI_Policy', 'ec2:CreateNetworkInterface'))) return;
  for (const pool of await nodePools(world)) {
    if (pool.node.spec.unschedulable && env.AWS_MANAGE_ENIS_NON_SCHEDULABLE !== 'true') continue;
    const labels = pool.node.metadata.labels ?? {};
    const zone = labels['topology.kubernetes.io/zone'] ?? '';
    const config = custom ? await eniConfigOf(world, pool.node, env) : undefined;
    if (custom && !(config && (await zoneOf(world, config.subnet)) === zone)) continue;
    const spec: NodeSpec = {
      group: '',
      zone,
      type: labels['node.kubernetes.io/instance-type'] ?? '',
      maxPods: Number(pool.node.status.allocatable.pods),
      ageMinutes: 0,
      apps: pool.pods,
    };
    const lost = branch && !TRUNKS.has(spec.type) && KEEPS_SLOT.test(version) ? 1 : 0;
    const most = limitsOf(spec.type).enis - lost;
    const wanted = holdingsOf(scenario, spec).enis.slice(custom ? 1 : 0, most);
    let short: Pools = {};
    for (const [i, pools] of wanted.entries())
      short = plus(short, await fill(world, pool, i, pools, config?.subnet, custom));
    // what its subnet would not give is asked of a further ENI, which may be of another (`ipamd.go:increaseDatastorePool`)
    const used = Math.max(wanted.length, pool.enis.length);
    if (amount(short) > 0 && used < most) await fill(world, pool, used, short, config?.subnet, custom);
  }
}

const plus = (a: Pools, b: Pools): Pools => ({
  singles: (a.singles ?? 0) + (b.singles ?? 0),
  prefixes: (a.prefixes ?? 0) + (b.prefixes ?? 0),
});
const amount = ({ singles = 0, prefixes = 0 }: Pools): number => singles + prefixes;

async function zoneOf({ aws }: World, subnet: string): Promise<string | undefined> {
  const found = await aws.ec2.send(new DescribeSubnetsCommand({ SubnetIds: [subnet] })).catch(() => undefined);
  return found?.Subnets?.[0]?.AvailabilityZone;
}

async function fill(
  world: World,
  pool: NodePool,
  i: number,
  { singles = 0, prefixes = 0 }: Pools,
  subnet: string | undefined,
  custom: boolean,
): Promise<Pools> {
  const { aws, ids, scenario } = world;
  let id = pool.enis[i]?.NetworkInterfaceId;
  const held = pool.enis[i];
  if (!id) {
    const { enis } = limitsOf(pool.node.metadata.labels?.['node.kubernetes.io/instance-type'] ?? '');
    const deviceIndex = i + (custom ? 1 : 0);
    if (deviceIndex >= enis) return { singles, prefixes };
    const own = pool.enis[0]?.SubnetId ?? need(ids.subnets, Object.keys(ids.subnets)[0] ?? '');
    id = await tried(
      createPodEni(aws, {
        cluster: scenario.cluster.name,
        instanceId: instanceIdOf(pool.node),
        subnetId: subnet ?? (await roomiest(world, own)),
        groups: [ids.clusterSecurityGroup],
        createdAt: new Date(),
        deviceIndex,
        prefixes: 0,
      }),
    );
  }
  if (!id) return { singles, prefixes };
  /** How many of them were not to be had. */
  const more = async (count: number, as: 'SecondaryPrivateIpAddressCount' | 'Ipv4PrefixCount'): Promise<number> => {
    for (let n = 0; n < count; n++)
      if (!(await tried(aws.ec2.send(new AssignPrivateIpAddressesCommand({ NetworkInterfaceId: id, [as]: 1 })))))
        return count - n;
    return 0;
  };
  const wantSingles = await more(
    singles - ((held?.PrivateIpAddresses?.length ?? 1) - 1),
    'SecondaryPrivateIpAddressCount',
  );
  const wantPrefixes = await more(prefixes - (held?.Ipv4Prefixes?.length ?? 0), 'Ipv4PrefixCount');
  return { singles: wantSingles, prefixes: wantPrefixes };
}

/** Subnet discovery: of the node's own and those tagged for pods in its zone, the one with most room (`awsutils.go:createENI`). */
async function roomiest({ aws, ids }: World, own: string): Promise<string> {
  const { Subnets = [] } = await aws.ec2.send(
    new DescribeSubnetsCommand({ Filters: [{ Name: 'vpc-id', Values: [ids.vpc] }] }),
  );
  const zone = Subnets.find((s) => s.SubnetId === own)?.AvailabilityZone;
  const fit = Subnets.filter(
    (s) =>
      s.SubnetId === own ||
      (s.AvailabilityZone === zone && s.Tags?.some((t) => t.Key === 'kubernetes.io/role/cni' && t.Value === '1')),
  );
  fit.sort((a, b) => (b.AvailableIpAddressCount ?? 0) - (a.AvailableIpAddressCount ?? 0));
  return fit[0]?.SubnetId ?? own;
}
