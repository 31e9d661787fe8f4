import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../src/calc/catalog/index.ts';
import { nodeCapacity, nodeLimits, parseSettings } from '../../src/calc/ipamd/index.ts';
import { maxPods } from '../../src/calc/maxpods/index.ts';

const catalog = await loadCatalog();

describe('max pods and the model of ipamd', () => {
  it('give every type the same addresses and branch ENIs, whatever is set', () => {
    const different: string[] = [];
    const seen = new Set<string>();
    for (const name of catalog.names) {
      const type = catalog.get(name)!;
      const limits = JSON.stringify([nodeLimits(type), type.trunkingCompatible]);
      if (seen.has(limits)) continue;
      seen.add(limits);
      for (const prefix of [false, true])
        for (const customNetworking of [false, true])
          for (const sgp of [false, true])
            for (const maxEni of [undefined, 1, 2, 3])
              for (const unmanagedEnis of [0, 1]) {
                if (unmanagedEnis >= Math.min(maxEni ?? type.maxEnis, type.maxEnis)) continue;
                const item = maxPods(type, {
                  prefix,
                  customNetworking,
                  sgp,
                  unmanagedEnis,
                  ...(maxEni ? { maxEni } : {}),
                });
                const settings = parseSettings(
                  {
                    ENABLE_PREFIX_DELEGATION: String(prefix),
                    AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: String(customNetworking),
                    ENABLE_POD_ENI: String(sgp),
                    ...(maxEni ? { MAX_ENI: String(maxEni) } : {}),
                  },
                  { defaults: 'manifest' },
                );
                const capacity = nodeCapacity(settings, nodeLimits(type), { unmanagedEnis });
                const branches = capacity.trunkENIs > 0 && type.trunkingCompatible ? capacity.branchENILimit : 0;
                if (item.ipsForPods !== capacity.maxPodIPs || item.branchEnis !== branches)
                  different.push(`${name} ${JSON.stringify({ prefix, customNetworking, sgp, maxEni, unmanagedEnis })}`);
              }
    }
    expect(different).toEqual([]);
  });

  it('give no prefix to a type whose hypervisor is unknown', () => {
    for (const name of ['cr1.8xlarge', 'hs1.8xlarge']) {
      expect(nodeLimits(catalog.get(name)!).prefixCapable, name).toBe(false);
      expect(maxPods(catalog.get(name)!, { prefix: true }), name).toMatchObject({ mode: 'secondary', ipsForPods: 232 });
    }
  });
});
