import { describe, expect, it } from 'vitest';
import { moveAddon, offeredBack, offeredFrom } from '../../../../src/inspect/checks/fixes/upgrade-cni.ts';
import { addon, cluster } from '../../../support/snapshot-builder.ts';

const offer = (...versions: string[]) => ({
  addon: 'vpc-cni',
  kubernetesVersion: '1.34',
  versions: versions.map((version) => ({ version, default: false })),
});
const GOOD = { major: 1, minor: 22, patch: 4 };
const fix = { cluster: cluster(), region: 'eu-west-1', addon: addon({ version: 'v1.23.1-eksbuild.1' }) };

describe('a release that an offer does not hold', () => {
  const without = offer('v1.23.1-eksbuild.1', 'v1.22.3-eksbuild.2', 'v1.21.1-eksbuild.1');

  it('is given no version: none is made up', () => {
    expect(offeredBack(without, GOOD)).toEqual({ release: 'v1.22.4', patchesOnly: true });
    const [told] = moveAddon(fix, offeredBack(without, GOOD), without);
    expect(told?.title).toBe('Neither v1.22.4 nor a later patch of it is offered for Kubernetes 1.34');
    expect(told?.commands).toEqual([
      expect.stringMatching(/^aws eks describe-addon-versions --addon-name vpc-cni --kubernetes-version 1\.34 /),
    ]);
    expect(JSON.stringify(told)).not.toContain('v1.22.4-eksbuild');
    const older = offer('v1.21.1-eksbuild.1');
    expect(offeredFrom(older, GOOD).version).toBeUndefined();
    expect(moveAddon(fix, offeredFrom(older, GOOD), older)[0]?.title).toBe(
      'No release from v1.22.4 on is offered for Kubernetes 1.34',
    );
  });

  it('is taken as EKS calls it where it is there, and as it would be called where the offer was not read', () => {
    const held = offer('v1.23.1-eksbuild.1', 'v1.22.5-eksbuild.3');
    expect(offeredBack(held, GOOD).version).toBe('v1.22.5-eksbuild.3');
    expect(offeredFrom(held, GOOD).version).toBe('v1.22.5-eksbuild.3');
    expect(offeredBack(undefined, GOOD).version).toBe('v1.22.4-eksbuild.1');
    expect(moveAddon(fix, offeredBack(held, GOOD), held)[0]?.commands[0]).toMatch(
      /update-addon .*--addon-version v1\.22\.5-eksbuild\.3 /,
    );
  });

  it('is named by its release where something else than the add-on installed aws-node', () => {
    const [told] = moveAddon({ ...fix, addon: undefined }, offeredBack(without, GOOD), without);
    expect(told?.title).toBe('Move aws-node to v1.22.4 by what installed it');
  });
});
