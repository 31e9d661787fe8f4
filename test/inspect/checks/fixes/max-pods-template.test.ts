import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { intoNewGroup, maxPodsUserData } from '../../../../src/inspect/checks/fixes/max-pods-template.ts';
import { cluster, nodegroup } from '../../../support/snapshot-builder.ts';

describe('user data that sets maxPods', () => {
  it('is a multi-part document with a NodeConfig for AL2023', () => {
    const text = atob(maxPodsUserData('AL2023_ARM_64_STANDARD', 20)!);
    const [, boundary] = /boundary="([^"]+)"/.exec(text) ?? [];
    const [head, part, end] = text.split(`--${boundary}`);
    expect(head).toMatch(/^MIME-Version: 1\.0\nContent-Type: multipart\/mixed; boundary="\/\/"\n\n$/);
    expect(end).toBe('--\n');
    const [type, ...body] = part!.trimStart().split('\n\n');
    expect(type).toBe('Content-Type: application/node.eks.aws');
    const [config] = parseAllDocuments(body.join('\n\n'));
    expect(config?.toJS()).toEqual({
      apiVersion: 'node.eks.aws/v1alpha1',
      kind: 'NodeConfig',
      spec: { kubelet: { config: { maxPods: 20 } } },
    });
  });

  it('is a table of settings for Bottlerocket, and none for images that read another form', () => {
    expect(atob(maxPodsUserData('BOTTLEROCKET_ARM_64', 20)!)).toBe('[settings.kubernetes]\nmax-pods = 20\n');
    expect(['AL2_x86_64', 'WINDOWS_CORE_2022_x86_64', 'CUSTOM', undefined].map((t) => maxPodsUserData(t, 20))).toEqual(
      Array(4).fill(undefined),
    );
  });
});

it('gives the disk of Bottlerocket to its data volume, and calls files by names that need no quotes', () => {
  const fix = { cluster: cluster(), region: 'eu-west-1' };
  const old = nodegroup({ name: 'a_b', amiType: 'BOTTLEROCKET_x86_64', subnetIds: ['subnet-1a'] });
  const [made] = intoNewGroup(fix, old, [old], 'eA==', 20);
  expect(made?.commands[0]).toMatch(/"\/dev\/xvdb".* > lt-a-b-2\.json$/);
  expect(made?.commands[2]).toMatch(/--launch-template-data file:\/\/lt-a-b-2\.json /);
});

it('calls the template as EC2 lets one be called, however long the names are', () => {
  const fix = { cluster: cluster({ name: 'c'.repeat(100) }), region: 'eu-west-1' };
  const old = nodegroup({ name: 'g'.repeat(60), amiType: 'AL2023_x86_64_STANDARD', subnetIds: ['subnet-1a'] });
  const [made] = intoNewGroup(fix, old, [old], 'eA==', 20);
  const [, name] = /--launch-template-name (\S+)/.exec(made!.commands[2]!)!;
  expect(name).toMatch(/^c{100}-g{27}$/);
});
