import { describe, expect, it } from 'vitest';
import { cniAddon } from '../../../src/inspect/facts/addon.ts';
import { networking } from '../../../src/inspect/facts/networking.ts';
import { addon, cni, denied, runOf, snapshot } from '../../support/snapshot-builder.ts';

async function settings(env: Record<string, string | undefined>, configuration?: Record<string, unknown>) {
  const run = await runOf(snapshot({ cni: cni({ env }), addons: [addon({ configuration })] }));
  return run.valueOf(networking)!;
}

describe('networking', () => {
  it('reads the shipped manifest as the default pattern with secondary addresses', async () => {
    expect(await settings({})).toMatchObject({
      pattern: 'default',
      mode: 'secondary',
      cniVersion: 'v1.23.1-eksbuild.1',
      eniConfigLabelKey: 'k8s.amazonaws.com/eniConfig',
      eniConfigAnnotationKey: 'k8s.amazonaws.com/eniConfig',
      settings: { warmEniTarget: 1, subnetDiscovery: true },
    });
  });

  it('names each pattern and mode by its switches', async () => {
    expect(await settings({ ENABLE_POD_ENI: 'true' })).toMatchObject({ pattern: 'sgp' });
    const custom = { AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true', ENI_CONFIG_LABEL_DEF: 'topology.kubernetes.io/zone' };
    expect(await settings(custom)).toMatchObject({
      pattern: 'custom',
      eniConfigLabelKey: 'topology.kubernetes.io/zone',
      eniConfigAnnotationKey: 'k8s.amazonaws.com/eniConfig',
    });
    expect(await settings({ ...custom, ENABLE_POD_ENI: '1' })).toMatchObject({ pattern: 'custom+sgp' });
    expect(await settings({ ENABLE_PREFIX_DELEGATION: 'true' })).toMatchObject({ mode: 'prefix' });
    const v6 = { ENABLE_IPv4: 'false', ENABLE_IPv6: 'true', ENABLE_PREFIX_DELEGATION: 'true' };
    expect(await settings(v6)).toMatchObject({ mode: 'ipv6' });
  });

  it('takes the binary default where a variable is missing, whatever the manifest ships', async () => {
    const n = await settings({ WARM_PREFIX_TARGET: undefined, ENABLE_IPv4: undefined });
    expect(n.settings).toMatchObject({ warmPrefixTarget: 0, ipv4: false });
  });

  it('does not believe in subnet discovery before v1.18', async () => {
    const old = await runOf(snapshot({ cni: cni({ version: 'v1.17.1' }) }));
    expect(old.valueOf(networking)!.settings.subnetDiscovery).toBe(false);
  });

  it('says where each setting comes from and what it comes to', async () => {
    const n = await settings(
      { WARM_IP_TARGET: '5', MINIMUM_IP_TARGET: 'many', ENABLE_POD_ENI: 'yes' },
      { env: { WARM_IP_TARGET: '5', ENABLE_PREFIX_DELEGATION: 'true' } },
    );
    const row = (name: string) => n.settingsInForce.find((s) => s.name === name);
    expect(row('WARM_IP_TARGET')).toEqual({
      name: 'WARM_IP_TARGET',
      value: '5',
      effective: '5',
      origin: 'addon-configuration',
    });
    expect(row('WARM_ENI_TARGET')).toMatchObject({ value: '1', effective: '1, not in force', origin: 'daemonset' });
    expect(row('ENABLE_POD_ENI')).toMatchObject({ value: 'yes', effective: 'false' });
    expect(row('ENABLE_POD_ENI')!.note).toMatch(/not a boolean/);
    expect(row('MINIMUM_IP_TARGET')).toMatchObject({ value: 'many', effective: 'unset' });
    expect(row('MAX_ENI')).toMatchObject({ value: null, effective: 'unset', origin: 'default' });
    expect(row('ENABLE_PREFIX_DELEGATION')!.note).toBe("the add-on's configuration says true");
  });

  it('does not guess a variable that is taken from an object that was not read', async () => {
    const c = cni();
    const containers = [{ ...c.containers[0]!, unresolved: ['WARM_IP_TARGET'] }];
    const run = await runOf(snapshot({ cni: { ...c, containers } }));
    const n = run.valueOf(networking)!;
    expect(n.unresolved).toEqual(['WARM_IP_TARGET']);
    expect(n.settingsInForce.find((s) => s.name === 'WARM_IP_TARGET')).toMatchObject({
      value: null,
      effective: 'unknown',
    });
  });

  it('is unknown where a variable that decides the pattern is such a one', async () => {
    const c = cni();
    const containers = [{ ...c.containers[0]!, unresolved: ['MY_NODE_NAME', 'ENABLE_POD_ENI'] }];
    const run = await runOf(snapshot({ cni: { ...c, containers } }));
    expect(run.get(networking)).toMatchObject({
      known: false,
      missing: [{ reason: 'ENABLE_POD_ENI of aws-node is taken from an object that was not read' }],
    });
  });

  it('is unknown where aws-node is not installed or was not read', async () => {
    const absent = await runOf(snapshot({ cni: cni({ installed: false }) }));
    expect(absent.get(networking)).toMatchObject({
      known: false,
      missing: [{ reason: expect.stringContaining('aws-node') }],
    });
    const unread = await runOf(snapshot({ cni: denied('daemonsets:get') }));
    expect(unread.get(networking)).toMatchObject({ known: false, missing: [{ permission: 'daemonsets:get' }] });
  });
});

describe('the add-on', () => {
  it('is undefined where the CNI is not one, and unknown where add-ons were not read', async () => {
    expect((await runOf(snapshot({ addons: [] }))).get(cniAddon)).toMatchObject({ known: true, value: undefined });
    expect((await runOf(snapshot({ addons: denied('eks:ListAddons') }))).get(cniAddon).known).toBe(false);
    expect((await runOf(snapshot({ addons: [addon({ name: 'coredns' }), addon()] }))).valueOf(cniAddon)?.name).toBe(
      'vpc-cni',
    );
  });
});
