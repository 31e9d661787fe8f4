import { describe, expect, it } from 'vitest';
import { type End, type Flow, type GroupRules, groupRules } from '../../../src/inspect/facts/group-rules.ts';
import type { SectionData } from '../../../src/inspect/snapshot.ts';
import { denied, runOf, snapshot } from '../../support/snapshot-builder.ts';

type Rule = SectionData<'securityGroupRules'>['rules'][number];
const DNS: Flow = { protocol: 'udp', port: 53 };
const to = (groupIds: string[], cidrs: string[] = []): End => ({ groupIds, cidrs });
const rule = (part: Partial<Rule>): Rule => ({ groupId: 'sg-a', egress: true, protocol: '-1', ...part });

async function rulesOf(rules: Rule[], lists: SectionData<'prefixLists'> | 'denied' = []): Promise<GroupRules> {
  const of = snapshot({
    securityGroupRules: { groupIds: ['sg-a', 'sg-b'], rules },
    prefixLists: lists === 'denied' ? denied('ec2:GetManagedPrefixListEntries') : lists,
  });
  return (await runOf(of)).valueOf(groupRules)!;
}
const out = async (part: Partial<Rule>, other: End, flow = DNS, lists?: SectionData<'prefixLists'> | 'denied') =>
  (await rulesOf([rule(part)], lists)).allows(['sg-a'], 'out', flow, other);

describe('what security groups allow', () => {
  it.each<[string, Partial<Rule>, End, Flow, boolean]>([
    ['everything to everyone', { cidr: '0.0.0.0/0' }, to([], ['10.0.0.9/32']), DNS, true],
    ['the group at the other end', { peerGroupId: 'sg-b' }, to(['sg-x', 'sg-b']), DNS, true],
    ['another group', { peerGroupId: 'sg-x' }, to(['sg-b'], ['10.0.0.9/32']), DNS, false],
    ['a range that holds it', { cidr: '10.0.0.0/16' }, to([], ['10.0.4.0/24']), DNS, true],
    ['a range that holds a part of it', { cidr: '10.0.4.0/25' }, to([], ['10.0.4.0/24']), DNS, false],
    ['a range that holds one of two', { cidr: '10.0.0.0/16' }, to([], ['10.0.4.0/24', '10.1.0.0/24']), DNS, false],
    ['the port', { protocol: 'udp', fromPort: 53, toPort: 53, cidr: '0.0.0.0/0' }, to([], ['10.0.0.9/32']), DNS, true],
    [
      'ports around it',
      { protocol: '17', fromPort: 1, toPort: 99, cidr: '0.0.0.0/0' },
      to([], ['10.0.0.9/32']),
      DNS,
      true,
    ],
    [
      'the next port',
      { protocol: 'udp', fromPort: 54, toPort: 99, cidr: '0.0.0.0/0' },
      to([], ['10.0.0.9/32']),
      DNS,
      false,
    ],
    [
      'the other protocol',
      { protocol: 'tcp', fromPort: 53, toPort: 53, cidr: '0.0.0.0/0' },
      to([], ['10.0.0.9/32']),
      DNS,
      false,
    ],
    [
      'all ports of it',
      { protocol: 'udp', fromPort: -1, toPort: -1, cidr: '0.0.0.0/0' },
      to([], ['10.0.0.9/32']),
      DNS,
      true,
    ],
    ['anything at all', { protocol: 'icmp', cidr: '0.0.0.0/0' }, to([], ['10.0.0.9/32']), { protocol: 'any' }, true],
    ['IPv6 by an IPv4 rule', { cidr: '0.0.0.0/0' }, to([], ['::/0']), { protocol: 'any' }, false],
    ['IPv6 by one of its own', { cidr: '::/0' }, to([], ['2001:db8::/64']), DNS, true],
    ['IPv6 by a narrower one', { cidr: '2001:db8::/72' }, to([], ['2001:db8::/64']), DNS, false],
    ['the way in by a rule out', { egress: false, cidr: '0.0.0.0/0' }, to([], ['10.0.0.9/32']), DNS, false],
  ])('%s', async (_, part, other, flow, expected) => {
    expect(await out(part, other, flow)).toBe(expected);
  });

  it('looks into prefix lists, and says that it does not know where one was not read', async () => {
    const list = { prefixListId: 'pl-1', cidrs: ['10.0.0.0/8'] };
    const other = to([], ['10.9.9.9/32']);
    expect(await out({ prefixListId: 'pl-1' }, other, DNS, [list])).toBe(true);
    expect(await out({ prefixListId: 'pl-1' }, to([], ['11.0.0.1/32']), DNS, [list])).toBe(false);
    expect(await out({ prefixListId: 'pl-1' }, other, DNS, 'denied')).toBeUndefined();
  });

  it('does not know a group that was not asked for, unless another one allows it', async () => {
    const rules = await rulesOf([rule({ peerGroupId: 'sg-b' })]);
    expect(rules.allows(['sg-unread'], 'out', DNS, to(['sg-b']))).toBeUndefined();
    expect(rules.allows(['sg-unread', 'sg-a'], 'out', DNS, to(['sg-b']))).toBe(true);
    expect(rules.lets(['sg-b'], 'out')).toBe(false);
    expect(rules.lets(['sg-unread'], 'out')).toBeUndefined();
  });

  it.each<[boolean | undefined, Partial<Rule>[], Partial<Rule>[]]>([
    [true, [{ cidr: '10.0.0.0/8', protocol: 'tcp', fromPort: 443, toPort: 443 }], [{ cidr: '0.0.0.0/0' }]],
    [false, [{ cidr: '0.0.0.0/0' }], [{ cidr: '0.0.0.0/0', protocol: 'tcp', fromPort: 0, toPort: 65535 }]],
    [
      false,
      [{ cidr: '0.0.0.0/0', protocol: 'tcp', fromPort: 80, toPort: 90 }],
      [{ cidr: '0.0.0.0/0', protocol: 'tcp', fromPort: 85, toPort: 90 }],
    ],
    [true, [{ peerGroupId: 'sg-b' }, { cidr: '::/0' }], []],
    [undefined, [{ prefixListId: 'pl-unread' }], [{ cidr: '0.0.0.0/0' }]],
  ])('tells whether one lets out no more than the other: %s', async (expected, left, right) => {
    const rules = await rulesOf([...left.map(rule), ...right.map((r) => rule({ ...r, groupId: 'sg-b' }))]);
    expect(rules.tighter(['sg-a'], ['sg-b'])).toBe(expected);
  });
});
