import { describe, expect, it } from 'vitest';
import { type RenewFixInputs, renewFixInputs, renewNodes } from '../../../../src/inspect/checks/fixes/renew-nodes.ts';
import { inputsOf } from '../../../../src/inspect/facts/define-fact.ts';
import { nodeGroupOf } from '../../../../src/inspect/facts/support/node-group.ts';
import {
  denied,
  type GivenSections,
  node,
  nodegroup,
  runOf,
  wholeSnapshot,
} from '../../../support/snapshot-builder.ts';

const LABEL = 'eks.amazonaws.com/nodegroup';
const of = (group: string, ...names: string[]) =>
  names.map((name) => node({ name, instanceId: `i-${name}`, labels: { [LABEL]: group } }));
const THREE = of('workers', 'a', 'b', 'c');

async function fixesFor(leaving: ReturnType<typeof of>, more: GivenSections = {}) {
  const run = await runOf(wholeSnapshot({ nodes: THREE, nodegroups: [nodegroup()], ...more }));
  const from = inputsOf(run, renewFixInputs) as RenewFixInputs;
  return renewNodes(
    from,
    leaving.map((n) => ({ node: n, group: nodeGroupOf(n) })),
    'New nodes do better.',
  );
}
const titles = async (...args: Parameters<typeof fixesFor>) => (await fixesFor(...args)).map((f) => f.title);
const ONE_BY_ONE = ['Replace 3 nodes one by one'];

describe('nodes that a new one does better than', () => {
  it('are left to EKS where a whole managed group goes, with the way one by one beside it', async () => {
    const [roll, oneByOne, ...more] = await fixesFor(THREE);
    expect(roll).toMatchObject({
      title: 'Roll managed group workers: EKS replaces 3 nodes',
      commands: ['aws eks update-nodegroup-version --cluster-name prod --nodegroup-name workers --region eu-west-1'],
      changes: expect.stringMatching(/^New nodes do better\. EKS drains each node first/),
    });
    expect(roll!.commands.join()).not.toContain('--force');
    expect(oneByOne!.title).toBe(ONE_BY_ONE[0]);
    expect(oneByOne!.commands).toHaveLength(3);
    expect(more).toEqual([]);
  });

  it.each<[string, GivenSections]>([
    ['others of the group stay', { nodes: [...THREE, ...of('workers', 'd')] }],
    ['the image is not chosen by EKS', { nodegroups: [nodegroup({ amiType: 'CUSTOM' })] }],
    ['the group is unknown to EKS', { nodegroups: [nodegroup({ name: 'other' })] }],
    ['node groups could not be read', { nodegroups: denied('eks:DescribeNodegroup') }],
  ])('go one by one where %s', async (_, more) => {
    expect(await titles(THREE, more)).toEqual(ONE_BY_ONE);
  });

  it('go one by one where they are two', async () => {
    const two = of('workers', 'a', 'b');
    expect(await titles(two, { nodes: two })).toEqual(['Replace 2 nodes one by one']);
  });

  it('of several groups: each roll ends before the next begins', async () => {
    const nodes = [...THREE, ...of('second', 'd', 'e', 'f'), node({ name: 'own', labels: {} })];
    const [roll] = await fixesFor(nodes, { nodes, nodegroups: [nodegroup(), nodegroup({ name: 'second' })] });
    expect(roll!.title).toBe(
      'Roll managed groups workers and second: EKS replaces 6 nodes, replace 1 other node one by one',
    );
    expect(roll!.commands.map((c) => c.replace(/--\S+ \S+/g, '').trim())).toEqual([
      expect.stringMatching(/^aws eks update-nodegroup-version +&& aws eks wait nodegroup-active$/),
      expect.stringMatching(/^aws eks update-nodegroup-version +&& aws eks wait nodegroup-active$/),
      expect.stringMatching(/^kubectl drain own/),
    ]);
  });
});
