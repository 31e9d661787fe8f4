import { describe, expect, it } from 'vitest';
import { KUBERNETES_COLLECTORS } from '../../../src/inspect/collect/kubernetes/index.ts';
import { assertAnswered, NOT_THROUGH_EKS, NothingAnswered } from '../../../src/inspect/collect/nothing-answered.ts';
import type { Section } from '../../../src/inspect/snapshot/section.ts';
import { emptySections, type Sections } from '../../../src/inspect/snapshot.ts';

const without = emptySections('switched off by --no-aws');
const deny = (what: string): Section<never> => ({
  status: 'denied',
  permission: `list ${what}`,
  reason: `${what} is forbidden: User "nobody"`,
});
/** Kubernetes refuses everything; custom kinds in `data` are what it has of them. */
const refused = (data: Partial<Sections> = {}): Sections => ({
  ...without,
  ...Object.fromEntries(KUBERNETES_COLLECTORS.map((c) => [c.section, deny(c.section)])),
  ...data,
});

describe('assertAnswered', () => {
  it('takes the absence of custom kinds for no answer', () => {
    const absent = refused({
      eniConfigs: { status: 'ok', data: [] },
      policyEndpoints: { status: 'ok', data: [] },
      nodeClasses: { status: 'partial', data: [], missing: [{ permission: 'list x', reason: 'no' }] },
    });
    expect(() => assertAnswered(absent)).toThrow(NothingAnswered);
  });

  it.each<[string, Partial<Sections>]>([
    ['a custom kind that has objects', { eniConfigs: { status: 'ok', data: [{ name: 'a', securityGroupIds: [] }] } }],
    ['an empty list of a kind every cluster has', { nodes: { status: 'ok', data: [] } }],
    ['an AWS section, empty or not', { subnets: { status: 'ok', data: [] } }],
  ])('is content with %s', (_, data) => {
    expect(() => assertAnswered(refused(data))).not.toThrow();
  });

  it('does not count who asked', () => {
    const caller = {
      status: 'ok',
      data: { arn: 'a', account: '1', partition: 'aws' },
    } as unknown as Sections['caller'];
    expect(() => assertAnswered(refused({ caller }))).toThrow(NothingAnswered);
  });

  it('says in one line who is refused, and how much', () => {
    expect(() => assertAnswered(refused())).toThrow(
      /^nothing could be read; AWS: switched off by --no-aws; Kubernetes: nodes is forbidden: User "nobody", and 16 more denied \(vpccni permissions .*\)$/,
    );
  });

  it('says once that there are no credentials, without which EKS could not be asked either', () => {
    const why = 'no AWS credentials: set AWS_PROFILE';
    const all = {
      ...emptySections(why),
      ...Object.fromEntries(
        KUBERNETES_COLLECTORS.map((c) => [c.section, { status: 'failed', reason: `${NOT_THROUGH_EKS}${why}` }]),
      ),
    } as Sections;
    expect(() => assertAnswered(all)).toThrow(
      /^nothing could be read: no AWS credentials: set AWS_PROFILE; and there is no kubeconfig$/,
    );
  });
});
