/** Settings of aws-node, with the value each had. */
import { networking } from '../../../facts/networking.ts';
import { type ChangeDraft, matched, type Pair, type Topics } from '../draft.ts';

const TOPICS: readonly (readonly [RegExp, Topics])[] = [
  [/^ENABLE_PREFIX_DELEGATION$/, ['PFX', 'MAX', 'SUB', 'HLT']],
  [/^(AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG|ENI_CONFIG_)/, ['CUS', 'MAX', 'SUB', 'HLT', 'ADD']],
  [/^(ENABLE_POD_ENI|POD_SECURITY_GROUP_ENFORCING_MODE)$/, ['SGP', 'MAX', 'HLT']],
  [/^(WARM_|MINIMUM_IP_TARGET|ENABLE_SUBNET_DISCOVERY)/, ['SUB', 'PFX', 'HLT']],
  [/^MAX_ENI$/, ['MAX', 'NOD', 'HLT']],
  [/NETWORK_POLICY/, ['NPL', 'HLT']],
  [/SNAT|EXTERNAL|MTU|VETH/, ['RTE']],
  [/^ENABLE_IPv|V6|V4/, ['IP6', 'CFG', 'HLT']],
];

export function settingChanges(pair: Pair): readonly ChangeDraft[] {
  const values = pair.both('settings of aws-node', networking);
  if (!values) return [];
  const [then, now] = values.map((n) => n.settingsInForce);
  return matched(then!, now!, (s) => s.name).flatMap(({ key, was, is }): ChangeDraft[] => {
    const before = was?.value ?? null;
    const after = is?.value ?? null;
    if (before === after && was?.effective === is?.effective) return [];
    if (before === after && (!was || !is)) return [];
    const text = (value: string | null, effective: string | undefined) => value ?? `unset (${effective ?? 'default'})`;
    return [
      {
        kind: 'setting',
        subject: key,
        before: text(before, was?.effective),
        after: text(after, is?.effective),
        statement: `${key} of aws-node was ${text(before, was?.effective)} and is ${text(after, is?.effective)}`,
        topics: TOPICS.find(([pattern]) => pattern.test(key))?.[1] ?? ['CFG', 'HLT'],
        touches: {},
        weight: 1,
      },
    ];
  });
}
