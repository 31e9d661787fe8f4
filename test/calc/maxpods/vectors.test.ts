import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../../src/calc/catalog/index.ts';
import { effectivePods, karpenterPods } from '../../../src/calc/maxpods/authority-rules.ts';
import { podCapacity } from '../../../src/calc/maxpods/capacity.ts';
import {
  type AuthorityId,
  calculatorPods,
  groupOf,
  kubeReservedMemoryMiB,
  type MaxPodsItem,
  type MaxPodsOptions,
  maxPods,
  parseCniVersion,
  settingsOf,
} from '../../../src/calc/maxpods/index.ts';

interface Vector {
  id: string;
  authority: string;
  instanceType: string | null;
  options: Record<string, unknown>;
  expect: Record<string, unknown>;
}

const { vectors } = JSON.parse(readFileSync('test/vectors/maxpods.json', 'utf8')) as { vectors: Vector[] };
const catalog = await loadCatalog();
const ANY = catalog.get('m5.large')!;
const type = (v: Vector) => (v.instanceType === null ? ANY : catalog.get(v.instanceType)!);

/** Why a vector asks for something that no public function computes; undefined where one does. */
function skipReason({ authority, options, expect: want }: Vector): string | undefined {
  if ('scriptRevision' in options)
    return 'revisions of the script that added up all network cards left the AMIs in 2024';
  if (options.amiRelease === 'before v20251007') return 'nodeadm before its instance table left the AMIs in 2025';
  if ('maxPodsExpression' in options || 'nodeClassCEL' in options || typeof options.maxPods === 'string')
    return 'CEL expressions are evaluated on the node, not here';
  if ('limits' in options || 'limitsOverride' in options) return undefined;
  if (authority === 'max-pods-calculator.sh') {
    if (want.error) return 'refusals of the script: typed input and the catalog make them impossible here';
  }
  if (options.typeInCniTable === false) return 'what ipamd believes beyond what EC2 attaches';
  if (options.ec2Api === 'unavailable') return 'a node that cannot reach EC2: stated as a warning';
  if ('settingsMaxPods' in options || ('customAmi' in options && options.customAmi === true))
    return 'an explicit value or another authority decides';
  return undefined;
}

function optionsOf(options: Record<string, unknown>): MaxPodsOptions {
  const version = parseCniVersion(String(options.cniVersion ?? '1.23.1'));
  expect(version).toBeDefined();
  return {
    prefix: options.prefixDelegation === true,
    customNetworking: options.customNetworking === true,
    sgp: options.podEni === true,
    ipv6: options.ipv6 === true,
    windows: options.os === 'windows' || String(options.amiFamily).startsWith('Windows'),
    excludePrimaryEni: options.excludePrimaryEni === true,
    cniVersion: version!,
    ...(options.maxEni === undefined ? {} : { maxEni: options.maxEni as number }),
    ...(options.unmanagedEnis === undefined ? {} : { unmanagedEnis: options.unmanagedEnis as number }),
    ...(options.reservedENIs === undefined ? {} : { reservedEnis: options.reservedENIs as number }),
  };
}

const authority = (item: MaxPodsItem, id: string) => item.authorities.find((a) => a.id === (id as AuthorityId))!;
const answer = (v: Vector) => authority(maxPods(type(v), optionsOf(v.options)), v.authority);

const CHECKS: Record<string, (v: Vector) => void> = {
  'eni-max-pods.txt': (v) => {
    expect(answer(v).maxPods).toBe(v.expect.listed === false ? null : v.expect.maxPods);
    if (v.expect.maxPods) expect(maxPods(type(v), {}).theoreticalMaxPods).toBe(v.expect.maxPods);
  },
  'max-pods-calculator.sh': (v) => {
    const { maxPods: capped, uncappedMaxPods: uncapped } = answer(v);
    expect(v.options.showMaxAllowed ? uncapped : capped).toBe(v.expect.maxPods);
    const { cniVersion, prefix, customNetworking, maxEni } = optionsOf(v.options);
    const flags = {
      cniVersion: cniVersion!,
      prefix: prefix!,
      customNetworking: customNetworking!,
      ...(maxEni === undefined ? {} : { maxEni }),
    };
    expect(calculatorPods(type(v), flags)).toEqual({ maxPods: capped, uncapped });
  },
  // The table of that date lacked some types the current one lists; the number is the same on both ways.
  'al2-bootstrap': (v) => expect(answer(v).maxPods).toBe(v.expect.maxPods),
  nodeadm: (v) => {
    expect(answer(v).maxPods).toBe(v.expect.maxPods);
    if (v.expect.kubeReservedMemoryMi)
      expect(kubeReservedMemoryMiB(answer(v).maxPods!)).toBe(v.expect.kubeReservedMemoryMi);
  },
  bottlerocket: (v) => {
    expect(answer(v).maxPods).toBe(v.expect.maxPods);
    expect(answer(v).note.startsWith('table row')).toBe(v.expect.via === 'table');
  },
  'managed-node-group': (v) => {
    const types = v.options.instanceTypes as string[];
    const values = types.map((t) => authority(maxPods(catalog.get(t)!, optionsOf(v.options)), v.authority).maxPods!);
    expect(Math.min(...values)).toBe(v.expect.maxPods);
    if (v.options.os === 'linux')
      expect(groupOf(types.map((t) => maxPods(catalog.get(t)!, optionsOf(v.options))))?.maxPods).toBe(v.expect.maxPods);
  },
  karpenter: (v) => {
    const { amiFamily, reservedENIs, efaOnlyOnCard0, podsPerCore, maxPods: given, limitsOverride } = v.options;
    const limits = limitsOverride as { maxEnis: number } | undefined;
    const got = karpenterPods(limits ? { ...type(v), ...limits } : type(v), {
      windows: String(amiFamily).startsWith('Windows'),
      bottlerocket: amiFamily === 'Bottlerocket',
      ...(reservedENIs === undefined ? {} : { reservedEnis: reservedENIs as number }),
      ...(efaOnlyOnCard0 === undefined ? {} : { efaOnlyEnis: efaOnlyOnCard0 as number }),
      ...(given === undefined ? {} : { maxPods: given as number }),
      ...(podsPerCore === undefined ? {} : { podsPerCore: podsPerCore as number }),
    });
    expect(got.maxPods).toBe(v.expect.maxPods);
    const asOption =
      given === undefined && efaOnlyOnCard0 === undefined && podsPerCore === undefined && limits === undefined;
    if (asOption) expect(answer(v).maxPods).toBe(v.expect.maxPods);
  },
  'eks-auto-mode': (v) => expect(answer(v).maxPods).toBe(v.expect.maxPods),
  fargate: (v) => expect(answer(v).maxPods).toBe(v.expect.maxPods),
  'kubelet-default': (v) => {
    if (v.expect.maxPods) expect(answer(v).maxPods).toBe(v.expect.maxPods);
    const { maxPods: given, podsPerCore, cores } = v.options as Record<string, number>;
    if (v.expect.pods) expect(effectivePods(given!, podsPerCore, cores)).toBe(v.expect.pods);
  },
  'ipamd-capacity': (v) => {
    const item = maxPods(type(v), optionsOf(v.options));
    if (v.expect.supported !== undefined) {
      expect(item.supported).toBe(v.expect.supported);
      if (v.expect.podIpsBoundByEnis === false) expect(item.ipsForPods).toBe(2 ** 48);
      else expect(item.ipsForPods).toBe(0);
      return;
    }
    expect({ podIps: item.ipsForPods, enis: item.usableEnis, prefix: item.mode === 'prefix' }).toEqual({
      podIps: v.expect.podIps,
      enis: v.expect.enisForPodIps,
      prefix: v.expect.prefixDelegationEffective,
    });
    expect(podCapacity(type(v), settingsOf(optionsOf(v.options))).ipsForPods).toBe(v.expect.podIps);
  },
  'windows-ip-capacity': (v) => {
    const item = maxPods(type(v), { ...optionsOf(v.options), windows: true });
    expect(item.ipsForPods).toBe(v.expect.privateIPv4Addresses);
    expect(authority(item, 'windows').maxPods).toBe(110);
  },
  'branch-interfaces': (v) => {
    const item = maxPods(type(v), { sgp: true });
    if (v.expect.listed === false) expect([item.branchEnis, item.limits.trunkingCompatible]).toEqual([0, null]);
    else
      expect([item.branchEnis, item.limits.trunkingCompatible]).toEqual([
        v.expect.branchInterfaces,
        v.expect.trunkingCompatible,
      ]);
  },
};

function groupBy(key: (v: Vector) => string): ReadonlyMap<string, Vector[]> {
  const groups = new Map<string, Vector[]>();
  for (const v of vectors) groups.set(key(v), [...(groups.get(key(v)) ?? []), v]);
  return groups;
}

describe('vectors', () => {
  const byAuthority = groupBy((v) => v.authority);

  it.each([...byAuthority])('%s', (id, cases) => {
    const run = cases.filter((v) => skipReason(v) === undefined);
    expect(run.length).toBeGreaterThan(0);
    for (const v of run) {
      try {
        CHECKS[id]!(v);
      } catch (error) {
        throw new Error(`${v.id} ${JSON.stringify(v.options)}: ${(error as Error).message}`);
      }
    }
  });

  it('leaves out only what no function here computes', () => {
    expect(vectors).toHaveLength(1972);
    const reasons = groupBy((v) => skipReason(v) ?? 'run');
    expect(Object.fromEntries([...reasons].map(([reason, cases]) => [reason, cases.length]))).toMatchInlineSnapshot(`
      {
        "CEL expressions are evaluated on the node, not here": 46,
        "a node that cannot reach EC2: stated as a warning": 8,
        "an explicit value or another authority decides": 4,
        "nodeadm before its instance table left the AMIs in 2025": 2,
        "refusals of the script: typed input and the catalog make them impossible here": 4,
        "revisions of the script that added up all network cards left the AMIs in 2024": 33,
        "run": 1872,
        "what ipamd believes beyond what EC2 attaches": 3,
      }
    `);
  });
});
