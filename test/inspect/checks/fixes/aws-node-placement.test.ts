import { describe, expect, it } from 'vitest';
import { getOnto } from '../../../../src/inspect/checks/fixes/aws-node-placement.ts';
import { HLT003 } from '../../../../src/inspect/checks/HLT003.ts';
import { DEFAULT_POLICY } from '../../../../src/inspect/policy.ts';
import { cluster, cni, runOf } from '../../../support/snapshot-builder.ts';
import { plain } from '../cases/worlds.ts';

const placed = (nodeSelector: Record<string, string>) =>
  cni({ placement: { nodeSelector, computeTypesExcluded: [], toleratesAll: false, tolerations: [] } });
const asked = (nodeSelector: Record<string, string>) =>
  Object.entries(nodeSelector).map(([key, value]) => ({ key, operator: 'In', values: [value] }));
const onto = (nodeSelector: Record<string, string>, taints: readonly { key: string; effect: string }[] = []) =>
  getOnto({ cluster: cluster(), region: 'eu-west-1', cni: placed(nodeSelector) }, ['n3'], {
    by: 'node-selector',
    asks: asked(nodeSelector),
    taints,
  });

describe('a node that the selector of aws-node leaves out', () => {
  it.each([
    'kubernetes.io/arch',
    'topology.kubernetes.io/zone',
    'eks.amazonaws.com/nodegroup',
    'karpenter.sh/nodepool',
  ])('is given no label that tells what it is: %s', (key) => {
    expect(onto({ [key]: 'x' }).map((f) => f.commands.join())).toEqual([expect.stringMatching(/ patch ds aws-node /)]);
  });

  it('may be given one of the user', () => {
    expect(onto({ 'example.com/pool': 'general' }).at(-1)?.commands).toEqual([
      'kubectl label node n3 example.com/pool=general --overwrite',
    ]);
  });

  it('is told to be kept off still where it has a taint too', () => {
    const [first] = onto({ pool: 'a' }, [{ key: 'dedicated', effect: 'NoSchedule' }]);
    expect(first?.changes).toMatch(/ After that dedicated:NoSchedule keeps it off still: look again\.$/);
  });
});

it('takes out all that any of the nodes lacks, and calls no taint a selector', async () => {
  const world = plain();
  const label = [{ pool: 'a' }, {}] as const;
  const of = world.snapshot({
    pods: world.pods.filter((p) => !p.name.startsWith('aws-node')),
    nodes: world.nodes.map((n, i) => ({
      ...n,
      labels: { ...n.labels, ...label[i] },
      taints: [{ key: 'dedicated', effect: 'NoSchedule' }],
    })),
    cni: { ...placed({ pool: 'a', size: 'big' }), pods: [] },
  });
  const result = HLT003.run(await runOf(of), DEFAULT_POLICY);
  const [found] = result.kind === 'evaluated' ? result.findings : [];
  expect(found?.evidence).toMatchObject({ nodes: 2, because: 'node-selector', keptOffBy: ['pool=a', 'size=big'] });
  expect(found?.fixes[0]?.commands[0]).toMatch(/nodeSelector\/size.*nodeSelector\/pool/);
});
