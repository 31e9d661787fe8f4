/** 2,000 mutated plans and manifests: none brings a reader down, and what matters never passes unnoticed. */
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { ChangeError, type Laid } from '../../../../src/inspect/projection/changes/reading.ts';
import { type ClusterSnapshot, parseSnapshot } from '../../../../src/inspect/snapshot.ts';
import { lay, unpacked } from '../../../support/change-world.ts';
import { MANIFESTS } from '../../../support/manifests.ts';
import { dice, type Json, mutated, ODD } from '../../../support/mutations.ts';

const base = (): ClusterSnapshot => parseSnapshot(JSON.parse(unpacked('odd/snapshot.json')));

/** What a change comes to: two that differ are told apart, or named. */
function fingerprint({ snapshot, effects, notUnderstood, unknowns, removals }: Laid): string {
  const { nodegroups, subnets, pods, nodePools, eniConfigs, cni } = snapshot;
  return JSON.stringify([
    effects,
    notUnderstood,
    unknowns,
    removals,
    nodegroups,
    subnets,
    pods,
    nodePools,
    eniConfigs,
    cni,
  ]);
}

async function survives(value: unknown, over: ClusterSnapshot): Promise<Laid | undefined> {
  try {
    return await lay(value, over);
  } catch (error) {
    if (error instanceof ChangeError) return undefined;
    throw error;
  }
}

describe('mutated changes', () => {
  it('never bring a reader down', async () => {
    const roll = dice(7);
    const over = base();
    const plans = ['plan-count-shrunk', 'plan-import', 'plan-ipam', 'plan-deposed'].map((p) =>
      unpacked(`odd/${p}.json`),
    );
    const known = unpacked('custom-networking-known/plan.json');
    const documents = parseAllDocuments(MANIFESTS).map((d) => JSON.stringify(d.toJS()));
    for (let i = 0; i < 1500; i++) {
      const text = i % 3 === 0 ? [...plans, known][roll(5)]! : documents[roll(documents.length)]!;
      let value = JSON.parse(text) as Json;
      for (let n = roll(3); n >= 0; n--) value = mutated(value, roll);
      await survives(value, over);
    }
  }, 120_000);

  it('never pass unnoticed where a size, a type, a subnet or a range is another', async () => {
    const roll = dice(11);
    const over = base();
    const text = unpacked('odd/plan-targeted.json');
    const sound = fingerprint((await survives(JSON.parse(text), over))!);
    const other: readonly ((group: { readonly scaling_config: readonly object[] }) => void)[] = [
      (g) => Object.assign(g.scaling_config[0]!, { max_size: 10 + roll(1000) }),
      (g) => Object.assign(g.scaling_config[0]!, { desired_size: 4 + roll(5) }),
      (g) => Object.assign(g.scaling_config[0]!, { max_size: ODD[roll(8)] }),
      (g) => Object.assign(g, { instance_types: [['m5.xlarge', 'm9.huge', 'c6i.4xlarge'][roll(3)]] }),
      (g) => Object.assign(g, { subnet_ids: [`subnet-${roll(1e6)}`] }),
      (g) => Object.assign(g, { subnet_ids: ODD[roll(5)] }),
    ];
    for (let i = 0; i < 500; i++) {
      const plan = JSON.parse(text);
      const change = plan.resource_changes.find((r: { type: string }) => r.type === 'aws_eks_node_group').change;
      const before = JSON.stringify(change.after);
      other[i % other.length]!(change.after);
      if (JSON.stringify(change.after) === before) continue;
      const laid = await survives(plan, over);
      expect(laid === undefined || fingerprint(laid) !== sound, JSON.stringify(change.after)).toBe(true);
    }
  }, 60_000);
});
