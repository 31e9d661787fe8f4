import { describe, expect, it } from 'vitest';
import { type NodeRoomInputs, nodeRoomFixes, nodeRoomInputs } from '../../../../src/inspect/checks/fixes/node-room.ts';
import { subnetRoomFixes, subnetRoomInputs } from '../../../../src/inspect/checks/fixes/subnet-room.ts';
import { inputsOf } from '../../../../src/inspect/facts/define-fact.ts';
import { cluster, type GivenSections, nodegroup, runOf } from '../../../support/snapshot-builder.ts';
import { World } from '../world.ts';

const TAG = { 'kubernetes.io/cluster/prod': 'owned' };

/** Zones a and b with a full node subnet each, c with room; one node in b. */
const places = () =>
  new World()
    .subnet('subnet-a', '10.0.0.0/28', 'eu-west-1a')
    .subnet('subnet-b', '10.0.0.64/26', 'eu-west-1b')
    .subnet('subnet-c', '10.0.8.0/24', 'eu-west-1c')
    .node('n1', { home: 'subnet-b', primary: 9, further: [9], running: 12 })
    .node('n2', { home: 'subnet-c', primary: 9, further: [9], running: 12 })
    .hide('subnet-a', 11);

async function fixesFor(world: World, more: GivenSections) {
  const run = await runOf(world.snapshot(more));
  const from = inputsOf(run, nodeRoomInputs) as NodeRoomInputs;
  return nodeRoomFixes(from, from.subnets!.find((s) => s.subnetId === 'subnet-a')!);
}
const commandsFor = async (world: World, more: GivenSections) =>
  (await fixesFor(world, more)).flatMap((f) => f.commands);

describe('room for nodes', () => {
  it('a managed group without nodes is made again in a new subnet, and the old one deleted once that is active', async () => {
    const [fix] = await fixesFor(places(), {
      nodegroups: [
        nodegroup({ name: 'small', subnetIds: ['subnet-a'] }),
        nodegroup({ name: 'small-2', subnetIds: [] }),
      ],
    });
    expect(fix!.title).toBe('Launch nodes of small in 1 new subnet of 4,091 addresses (eu-west-1a)');
    expect(fix!.commands).toEqual([
      expect.stringMatching(/^aws ec2 create-subnet .*eu-west-1a --cidr-block 10\.0\.16\.0\/20 /),
      expect.stringMatching(/^aws eks describe-nodegroup .*small --query.*> ng-small-3\.json$/),
      expect.stringMatching(/\| xargs '-I\{\}' aws eks create-nodegroup .* --region eu-west-1 --subnets='\{\}'$/),
      expect.stringMatching(
        /^aws eks wait nodegroup-active .* small-3 .*&& aws eks delete-nodegroup --cluster-name prod --nodegroup-name small --region eu-west-1$/,
      ),
    ]);
    expect(fix!.changes).toMatch(/small, without nodes, is deleted once the new one is active\.$/);
  });

  it('all full subnets of a group are left at once, whichever of them is asked about; sizes together are those of before', async () => {
    const world = places().hide('subnet-b', 38);
    const groups = [
      nodegroup({
        name: 'all',
        subnetIds: ['subnet-a', 'subnet-b', 'subnet-c'],
        minSize: 2,
        desiredSize: 4,
        maxSize: 9,
      }),
    ];
    world.nodes.forEach((n, i) => {
      world.nodes[i] = { ...n, labels: { ...n.labels, 'eks.amazonaws.com/nodegroup': 'all' } };
    });
    const run = await runOf(world.snapshot({ nodegroups: groups }));
    const from = inputsOf(run, nodeRoomInputs) as NodeRoomInputs;
    const asked = ['subnet-a', 'subnet-b'].map((id) =>
      nodeRoomFixes(from, from.subnets!.find((s) => s.subnetId === id)!),
    );
    expect(asked[1]).toEqual(asked[0]);
    const text = asked[0]!.flatMap((f) => f.commands).join('\n');
    expect(text.match(/create-subnet/g)).toHaveLength(2);
    expect(text).toMatch(
      /Values=10\.0\.16\.0\/20,10\.0\.32\.0\/20 --query='Subnets\[\]\.SubnetId' .* \| grep '\^subnet-' \| xargs aws eks create-nodegroup --cli-input-json file:\/\/ng-all-2\.json --scaling-config minSize=0,maxSize=7,desiredSize=2 --region eu-west-1 --subnets subnet-c$/m,
    );
    expect(text).toContain('--scaling-config minSize=2,maxSize=2,desiredSize=2');
  });

  it('an Auto Scaling group gets the other subnet beside its own', async () => {
    const group = (name: string, subnetIds: string[]) => ({
      name,
      minSize: 1,
      maxSize: 4,
      desiredCapacity: 1,
      subnetIds,
      instanceIds: [],
      tags: TAG,
    });
    const made = await commandsFor(places(), { nodegroups: [], autoScalingGroups: [group('own', ['subnet-a'])] });
    expect(made.at(-1)).toMatch(
      /\| xargs '-I\{\}' aws autoscaling update-auto-scaling-group --auto-scaling-group-name own --vpc-zone-identifier='subnet-a,\{\}' --region eu-west-1$/,
    );
    const world = places().subnet('subnet-a2', '10.0.9.0/24', 'eu-west-1a');
    const there = await commandsFor(world, {
      nodegroups: [],
      autoScalingGroups: [group('own', ['subnet-a']), group('other', ['subnet-a2'])],
    });
    expect(there).toEqual([
      'aws autoscaling update-auto-scaling-group --auto-scaling-group-name own --vpc-zone-identifier subnet-a,subnet-a2 --region eu-west-1',
    ]);
  });

  it('a node class finds it by its tags, or gets another term', async () => {
    const nodeClass = (subnetSelector: { id?: string; tags: Record<string, string> }[]) => ({
      nodegroups: [],
      nodeClasses: [
        { kind: 'EC2NodeClass', name: 'default', subnetIds: ['subnet-a'], securityGroupIds: ['sg-1'], subnetSelector },
      ],
    });
    const byTags = await commandsFor(places(), nodeClass([{ tags: { 'karpenter.sh/discovery': 'prod' } }]));
    expect(byTags).toEqual([
      expect.stringMatching(/create-subnet .*Tags=\[\{Key=karpenter\.sh\/discovery,Value=prod\}\]/),
    ]);
    const byIds = await commandsFor(places(), nodeClass([{ id: 'subnet-a', tags: {} }]));
    expect(byIds.at(-1)).toMatch(
      /xargs '-I\{\}' kubectl patch ec2nodeclass default --type json -p '\[\{"op":"add","path":"\/spec\/subnetSelectorTerms\/-","value":\{"id":"\{\}"\}\}\]'$/,
    );
  });

  it('a new subnet beside a public one gives public addresses too', async () => {
    const world = new World()
      .subnet('subnet-a', '10.0.0.0/28', 'eu-west-1a', { mapPublicIp: true })
      .subnet('subnet-c', '10.0.8.0/24', 'eu-west-1c')
      .node('n2', { home: 'subnet-c', primary: 9, further: [9], running: 12 })
      .hide('subnet-a', 11);
    const commands = await commandsFor(world, { nodegroups: [nodegroup({ name: 'small', subnetIds: ['subnet-a'] })] });
    expect(commands[1]).toMatch(
      /xargs '-I\{\}' aws ec2 modify-subnet-attribute --subnet-id='\{\}' --map-public-ip-on-launch --region eu-west-1$/,
    );
  });

  it.each<[string, GivenSections]>([
    ['nobody launches there', { nodegroups: [nodegroup({ subnetIds: ['subnet-c'] })] }],
    ['the group launches nothing', { nodegroups: [nodegroup({ subnetIds: ['subnet-a'], minSize: 0, maxSize: 0 })] }],
    ['a new subnet needs IPv6 too', { cluster: cluster({ ipFamily: 'ipv6' }) }],
  ])('nothing where %s', async (_, more) => {
    expect(await fixesFor(places(), more)).toEqual([]);
  });
});

describe('room in a subnet', () => {
  const titlesFor = async (free: number, draws: boolean, env = {}) => {
    const run = await runOf(
      places().snapshot({ nodegroups: [nodegroup({ name: 'small', subnetIds: ['subnet-a'] })], env }),
    );
    const from = inputsOf(run, subnetRoomInputs) as Parameters<typeof subnetRoomFixes>[0];
    const subnet = from.subnets!.find((s) => s.subnetId === 'subnet-a')!;
    return subnetRoomFixes(from, { subnet, addresses: 10, blocks: 0, free, draws }).map((f) =>
      f.title.split(' ').slice(0, 2).join(' '),
    );
  };

  it('is for nodes alone where none can be launched and no pod lives there', async () => {
    expect(await titlesFor(0, false)).toEqual(['Launch nodes']);
    expect(await titlesFor(0, true)).toEqual(['Create a', 'Launch nodes']);
    expect(await titlesFor(3, false)).toEqual(['Create a', 'Launch nodes']);
    expect(await titlesFor(12, true)).toEqual(['Create a']);
  });

  it('is never for pods in an IPv6 cluster, where they take none of these addresses', async () => {
    const env = { ENABLE_IPv6: 'true', ENABLE_IPv4: 'false', ENABLE_PREFIX_DELEGATION: 'true' };
    expect(await titlesFor(0, true, env)).toEqual(['Launch nodes']);
  });
});
