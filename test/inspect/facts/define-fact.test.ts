import { describe, expect, it } from 'vitest';
import { defineFact, notTold, section } from '../../../src/inspect/facts/define-fact.ts';
import { denied, node, partial, runOf, snapshot } from '../../support/snapshot-builder.ts';

const count = defineFact({
  id: 'count',
  needs: { nodes: section('nodes') },
  helps: { pods: section('pods') },
  derive: ({ nodes, pods }) => ({ nodes: nodes.length, pods: pods?.count }),
});

describe('a fact', () => {
  it('is unknown for the reasons of its needs', async () => {
    const run = await runOf(snapshot({ nodes: denied('nodes:list') }));
    expect(run.get(count)).toEqual({
      known: false,
      missing: [{ kind: 'denied', section: 'nodes', permission: 'nodes:list', reason: 'nodes:list was denied' }],
    });
    expect(run.valueOf(count)).toBeUndefined();
  });

  it('is known without its helps, and carries what they lack as a caveat, not as a gap', async () => {
    const run = await runOf(snapshot({ nodes: [node({ name: 'a' })], pods: denied('pods:list') }));
    expect(run.get(count)).toMatchObject({
      known: true,
      value: { nodes: 1, pods: undefined },
      gaps: [],
      caveats: [{ permission: 'pods:list' }],
    });
  });

  it('carries the hole of a partly read need as a gap, through other facts', async () => {
    const above = defineFact({ id: 'above', needs: { count }, derive: (v) => v.count.nodes });
    const run = await runOf(snapshot({ nodes: partial([node({ name: 'a' })], 'nodes:list'), pods: [] }));
    expect(run.get(above)).toMatchObject({ known: true, value: 1, gaps: [{ permission: 'nodes:list' }], caveats: [] });
  });

  it('a partly read help is a caveat', async () => {
    const above = defineFact({ id: 'above', needs: {}, helps: { count }, derive: (v) => v.count?.nodes });
    const run = await runOf(snapshot({ nodes: partial([node({ name: 'a' })], 'nodes:list'), pods: [] }));
    expect(run.get(above)).toMatchObject({ known: true, value: 1, gaps: [], caveats: [{ permission: 'nodes:list' }] });
  });

  it('is computed once a run', async () => {
    let calls = 0;
    const fact = defineFact({ id: 'once', needs: {}, derive: () => ++calls });
    const run = await runOf(snapshot());
    expect([run.valueOf(fact), run.valueOf(fact)]).toEqual([1, 1]);
  });

  it('can say that its sources do not tell', async () => {
    const fact = defineFact({
      id: 'mute',
      needs: {},
      derive: (): number | ReturnType<typeof notTold> => notTold('why'),
    });
    expect((await runOf(snapshot())).get(fact)).toMatchObject({ known: false, missing: [{ reason: 'why' }] });
  });
});
