import { describe, expect, it } from 'vitest';
import type { Pod } from '../../../../src/inspect/snapshot/pods.ts';
import type { SectionData } from '../../../../src/inspect/snapshot.ts';
import { cni, denied, eni, type GivenSections, pod, wholeSnapshot } from '../../../support/snapshot-builder.ts';
import { custom, customSections, plain } from '../../checks/cases/worlds.ts';
import { story } from './tell.ts';

async function told(of: Parameters<typeof story>[0], name: string) {
  const why = await story(of, name);
  const link = (step: string) => why.chain.find((l) => l.step === step);
  const says = (step: string) => link(step)?.statement;
  return { why, link, says };
}

const policy = (
  namespace: string,
  name: string,
  app: string,
  groups: string[],
): SectionData<'securityGroupPolicies'>[number] => ({
  namespace,
  name,
  createdAt: '2026-10-01T00:00:00Z',
  podSelector: { matchLabels: { app }, matchExpressions: [] },
  securityGroupIds: groups,
});

/** A trunk on n1 with one branch ENI in its own group, and the pod that has it. */
function branched(over: GivenSections & { readonly env?: Record<string, string> } = {}, part: Partial<Pod> = {}) {
  const world = plain();
  world.enis.push(
    eni({
      eniId: 'eni-trunk',
      type: 'trunk',
      subnetId: 'subnet-0a',
      attachedTo: 'i-n1',
      device: 2,
      primaryIp: '10.0.0.90',
    }),
    eni({
      eniId: 'eni-0b1',
      type: 'branch',
      subnetId: 'subnet-0a',
      primaryIp: '10.0.0.91',
      securityGroupIds: ['sg-db', 'sg-dns'],
      tags: { 'vpcresources.k8s.aws/trunk-eni-id': 'eni-trunk' },
    }),
  );
  world.pods.push(
    pod({
      name: 'pay-1',
      namespace: 'shop',
      node: 'n1',
      ip: '10.0.0.91',
      class: 'branch',
      branchEniId: 'eni-0b1',
      labels: { app: 'pay' },
      ...part,
    }),
  );
  const { env, ...sections } = over;
  return world.snapshot({
    securityGroupPolicies: [policy('shop', 'pay', 'pay', ['sg-db']), policy('shop', 'dns', 'pay', ['sg-dns', 'sg-db'])],
    securityGroups: [
      { groupId: 'sg-db', name: 'db' },
      { groupId: 'sg-node', name: 'nodes' },
    ],
    env: { ENABLE_POD_ENI: 'true', ...env },
    ...sections,
  });
}

describe('a running pod', () => {
  it('by default has an address of a secondary slot, and the groups of the primary', async () => {
    const { why, link, says } = await told(plain().snapshot(), 'shop/web-n1-2');
    expect(why.state).toBe('running');
    expect(says('address')).toMatch(/^10\.0\.0\.\d+, secondary address 3 of 9 of eni-n1-0$/);
    expect(link('subnet')?.evidence).toMatchObject({ subnetId: 'subnet-0a', zone: 'eu-west-1a' });
    expect(says('groups')).toBe('sg-node of the primary ENI of its node, which holds its address');
    expect((await told(plain().snapshot(), 'shop/web-n1-11')).says('groups')).toBe(
      'sg-node of the primary ENI, whose groups further ENIs copy',
    );
    expect(says('restart')).toMatch(/get an address of subnet-0a by the default pattern; the node has 6 idle$/);
    expect(why.enis?.map((e) => e.slots.length)).toEqual([9, 9]);
  });

  it('under custom networking has them from the ENIConfig', async () => {
    const { link, says } = await told(custom().snapshot(customSections), 'shop/web-a1-17');
    expect(says('groups')).toBe('sg-pods (pods) by ENIConfig eu-west-1a');
    expect(says('address')).toMatch(/^100\.64\.0\.\d+, in prefix 100\.64\.0\.\d+\/28 of eni-a1-1$/);
    expect(link('subnet')?.evidence.subnetId).toBe('subnet-pa');
    expect(says('restart')).toMatch(/subnet-pa by ENIConfig eu-west-1a; the node has 12 idle$/);
  });

  it('keeps the groups its ENI was made with when the ENIConfig names others', async () => {
    const world = custom();
    for (const [i, eni] of world.enis.entries()) world.enis[i] = { ...eni, securityGroupIds: ['sg-node'] };
    const { says } = await told(world.snapshot(customSections), 'shop/web-a1-17');
    expect(says('groups')).toBe('sg-node by ENIConfig eu-west-1a; that says sg-pods now: it applies to new ENIs only');
  });

  it('that is not ready says so, and what to read', async () => {
    const world = plain();
    world.pods.push(pod({ name: 'ill', namespace: 'shop', node: 'n1', ip: '10.0.0.14', unready: true }));
    const { why, link } = await told(world.snapshot(), 'shop/ill');
    expect([why.state, link('ready')?.status]).toEqual(['running', 'broken']);
    expect(why.summary).toMatch(/^shop\/ill runs with 10\.0\.0\.14.*, and says that it is not ready$/);
    expect(why.fixes.flatMap((f) => f.commands).join()).toMatch(/kubectl .*-n shop describe pod ill$/);
  });

  it('on a hybrid node has nothing of the VPC', async () => {
    const world = plain().node('mi-1', {
      home: 'subnet-0a',
      node: { instanceId: undefined, labels: { 'eks.amazonaws.com/compute-type': 'hybrid' } },
    });
    world.pods.push(pod({ name: 'far', namespace: 'shop', node: 'mi-1', ip: '10.99.0.9' }));
    const { why, says } = await told(world.snapshot(), 'shop/far');
    expect(says('address')).toBe('10.99.0.9, of a hybrid node, outside the VPC');
    expect(says('groups')).toBe('none: a hybrid node is outside the VPC');
    expect(why.chain.filter((l) => l.status === 'unknown')).toEqual([]);
  });

  it('with a branch ENI has them from its policies', async () => {
    const { link, says } = await told(branched(), 'shop/pay-1');
    expect(says('address')).toBe('10.0.0.91, primary address of eni-0b1');
    expect(says('groups')).toBe('sg-db (db), sg-dns by SecurityGroupPolicy shop/pay and shop/dns');
    expect(link('groups')?.evidence).toMatchObject({
      securityGroupIds: ['sg-db', 'sg-dns'],
      configured: ['sg-db', 'sg-dns'],
    });
    expect(says('snat')).toMatch(/^not translated: in strict mode/);
    expect(says('restart')).toMatch(
      /^made anew it would get a branch ENI with sg-db, sg-dns by shop\/pay and shop\/dns$/,
    );
  });

  it('keeps the groups of a policy that is gone, and would get others', async () => {
    const { says } = await told(branched({ securityGroupPolicies: [] }), 'shop/pay-1');
    expect(says('groups')).toBe('sg-db (db), sg-dns by a SecurityGroupPolicy that is gone');
    expect(says('restart')).toMatch(/by the default pattern/);
  });

  it('that started before its policy keeps the groups of the node, and would get a branch ENI', async () => {
    const { says } = await told(
      branched({}, { class: 'ordinary', branchEniId: undefined, ip: '10.0.0.6' }),
      'shop/pay-1',
    );
    expect(says('groups')).toMatch(/^sg-node \(nodes\) of the primary/);
    expect(says('restart')).toMatch(/branch ENI with sg-db, sg-dns/);
  });

  it.each([
    [{}, /^seen as 10\.0\.0\.13 by everything outside 10\.0\.0\.0\/16$/],
    [{ AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS: '10.50.0.0/16' }, /outside 10\.0\.0\.0\/16, 10\.50\.0\.0\/16$/],
    [{ AWS_VPC_K8S_CNI_EXTERNALSNAT: 'true' }, /^not translated on the node/],
    [{ AWS_VPC_K8S_CNI_EXTERNALSNAT: 'yes' }, /^seen as/],
    [{ ENABLE_POD_ENI: 'true', POD_SECURITY_GROUP_ENFORCING_MODE: 'standard' }, /^seen as/],
  ])('with %j', async (env, says) => {
    const name = 'ENABLE_POD_ENI' in env ? 'shop/pay-1' : 'shop/web-n1-2';
    expect(
      (await told('ENABLE_POD_ENI' in env ? branched({ env }) : plain().snapshot({ env }), name)).says('snat'),
    ).toMatch(says);
  });

  it('of an IPv6 cluster has an address of the /80', async () => {
    const of = wholeSnapshot({
      ...plain().sections({ env: { ENABLE_IPv4: 'false', ENABLE_IPv6: 'true', ENABLE_PREFIX_DELEGATION: 'true' } }),
      networkInterfaces: [
        eni({
          eniId: 'eni-n1-0',
          subnetId: 'subnet-0a',
          attachedTo: 'i-n1',
          primaryIp: '10.0.0.4',
          ipv6Prefixes: ['2600:db8:0:a:1::/80'],
          securityGroupIds: ['sg-node'],
        }),
      ],
      pods: [pod({ name: 'v6', namespace: 'shop', node: 'n1', ip: '2600:db8:0:a:1::7' })],
    });
    const { says } = await told(of, 'shop/v6');
    expect(says('address')).toBe('2600:db8:0:a:1::7, in prefix 2600:db8:0:a:1::/80 of eni-n1-0');
    expect(says('snat')).toBe('its IPv6 address is never translated');
  });

  it('on the host network has what its node has', async () => {
    const world = plain();
    world.pods.push(pod({ name: 'mon', namespace: 'ops', node: 'n1', ip: '10.0.0.13', class: 'host-network' }));
    const { says } = await told(world.snapshot(), 'ops/mon');
    expect(says('address')).toBe('the address of its node: 10.0.0.13, primary address of eni-n1-0');
    expect(says('groups')).toMatch(/for it is on the host network$/);
  });

  it('says what is not known, and which right would tell', async () => {
    const blind = {
      networkInterfaces: denied('ec2:DescribeNetworkInterfaces'),
      networkPolicies: denied('list networkpolicies.networking.k8s.io'),
    };
    const { why, link, says } = await told(plain().snapshot(blind), 'shop/web-n1-2');
    expect([link('address')?.status, link('groups')?.status, link('network-policy')?.status]).toEqual([
      'unknown',
      'unknown',
      'unknown',
    ]);
    expect(says('groups')).toMatch(/not known: ec2:DescribeNetworkInterfaces was denied/);
    expect(why.caveats.join()).toContain('list networkpolicies');
  });
});

describe('network policies of a pod', () => {
  const agent = {
    name: 'aws-eks-nodeagent',
    image: 'agent:v1.4.2',
    env: {},
    unresolved: [],
    args: ['--enable-network-policy=true'],
  };
  const enforcing = (mode = 'standard') => {
    const base = cni({
      env: { NETWORK_POLICY_ENFORCING_MODE: mode },
      configMap: { 'enable-network-policy-controller': 'true' },
    });
    return { ...base, containers: [...base.containers, agent] };
  };
  const selecting = (name: string, matchLabels: Record<string, string>) => ({
    namespace: 'shop',
    name,
    podSelector: { matchLabels, matchExpressions: [] },
  });

  async function policies(over: GivenSections, part: Partial<Pod> = {}) {
    const world = plain();
    world.pods.push(
      pod({
        name: 'db-0',
        namespace: 'shop',
        node: 'n1',
        ip: '10.0.0.5',
        labels: { app: 'db', 'statefulset.kubernetes.io/pod-name': 'db-0' },
        ...part,
      }),
      pod({
        name: 'db-1',
        namespace: 'shop',
        node: 'n1',
        ip: '10.0.0.6',
        labels: { app: 'db', 'statefulset.kubernetes.io/pod-name': 'db-1' },
      }),
    );
    const { link } = await told(world.snapshot(over), 'shop/db-0');
    return [link('network-policy')?.status, link('network-policy')?.statement];
  }

  it.each<[string, GivenSections, Partial<Pod>, string, RegExp]>([
    ['none, and nothing enforces', {}, {}, 'ok', /no network policy selects it: everything is allowed/],
    [
      'one, and nothing enforces it',
      { networkPolicies: [selecting('lock', { app: 'db' })] },
      {},
      'broken',
      /selected by lock, and nothing enforces that/,
    ],
    [
      'one, enforced',
      { networkPolicies: [selecting('lock', {})], cni: enforcing() },
      {},
      'ok',
      /selected by lock; enforced \(standard mode\)/,
    ],
    [
      'one with its directions',
      { networkPolicies: [{ ...selecting('lock', {}), directions: { ingress: 2, egress: 0 } }], cni: enforcing() },
      {},
      'ok',
      /selected by lock \(ingress: 2 rules, egress: denied\); enforced/,
    ],
    ['none, in strict mode', { cni: enforcing('strict') }, {}, 'ok', /in strict mode everything is denied/],
    [
      'one, on the host network',
      { networkPolicies: [selecting('lock', {})], cni: enforcing() },
      { class: 'host-network' },
      'broken',
      /never restricted/,
    ],
    [
      'one of its neighbour of the same name stem',
      { networkPolicies: [selecting('one', { 'statefulset.kubernetes.io/pod-name': 'db-1' })], cni: enforcing() },
      {},
      'ok',
      /no network policy selects it; one binds it too/,
    ],
  ])('are %s', async (_, over, part, status, says) => {
    expect(await policies(over, part)).toEqual([status, expect.stringMatching(says)]);
  });
});
