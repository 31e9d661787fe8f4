import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maySelect, policiesOf, selects } from '../../../src/inspect/facts/pod-groups.ts';
import type { SecurityGroupPolicy } from '../../../src/inspect/snapshot/kubernetes.ts';
import { podsOf } from '../../../src/inspect/snapshot/pods.ts';
import { pod, podTable } from '../../support/snapshot-builder.ts';

const namespace = fc.constantFrom('shop', 'pay');
const labels = fc.dictionary(fc.constantFrom('app', 'tier', '__proto__'), fc.constantFrom('a', 'b'), { maxKeys: 2 });
const selector = fc.record({
  matchLabels: labels,
  matchExpressions: fc.subarray([{ key: 'tier', operator: 'Exists', values: [] as string[] }]),
});
const policy: fc.Arbitrary<SecurityGroupPolicy> = fc
  .record(
    {
      namespace,
      podSelector: selector,
      serviceAccountSelector: fc.record({
        matchLabels: fc.dictionary(fc.constant('team'), fc.constant('x')),
        matchExpressions: fc.subarray([{ key: 'team', operator: 'Exists', values: [] as string[] }]),
        matchNames: fc.subarray(['default']),
      }),
      securityGroupIds: fc.subarray(['sg-1']),
    },
    { requiredKeys: ['namespace', 'securityGroupIds'] },
  )
  .map((p) => ({ name: 'p', createdAt: '2026-01-01T00:00:00Z', ...p }));

describe('policiesOf', () => {
  it('finds what asking every policy finds, in its order', () => {
    fc.assert(
      fc.property(fc.array(policy, { maxLength: 12 }), namespace, labels, (policies, inNamespace, carried) => {
        const [one] = podsOf(podTable([pod({ name: 'x', node: 'n', namespace: inNamespace, labels: carried })]));
        for (const by of [selects, maySelect])
          expect(policiesOf(policies, one!, by)).toEqual(policies.filter((p) => by(p, one!)));
      }),
      { numRuns: 500 },
    );
  });
});

describe('a policy that asks service accounts for a name and labels', () => {
  const wants = (selected?: string[]): SecurityGroupPolicy => ({
    ...{ namespace: 'shop', name: 'p', createdAt: '2026-01-01T00:00:00Z', securityGroupIds: ['sg-1'] },
    serviceAccountSelector: {
      ...{ matchNames: ['pay'], matchLabels: { team: 'x' }, matchExpressions: [] },
      ...(selected ? { selected } : {}),
    },
  });
  const [one] = podsOf(podTable([pod({ name: 'x', node: 'n', namespace: 'shop', serviceAccount: 'pay' })]));

  it('selects where both are known to hold', () => {
    expect([selects(wants(['pay']), one!), maySelect(wants(['pay']), one!)]).toEqual([true, false]);
    expect([selects(wants([]), one!), maySelect(wants([]), one!)]).toEqual([false, false]);
  });

  it('may select, and no more, where the labels were not read', () => {
    expect([selects(wants(), one!), maySelect(wants(), one!)]).toEqual([false, true]);
  });
});
