import * as v from 'valibot';
import { atLeastRelease, parseCniVersion } from '../../calc/maxpods/index.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { defineCheck } from './define-check.ts';
import { moveAddon } from './fixes/upgrade-cni.ts';

const evidence = v.object({
  version: v.string(),
  kubernetesVersion: v.string(),
  default: v.nullable(v.string()),
  supported: v.array(v.string()),
});

export const ADD003 = defineCheck({
  code: 'ADD003',
  title: 'Version not supported for this cluster version',
  severity: 'error',
  grain: 'cluster',
  needs: { addons: section('addons'), versions: section('addonVersions') },
  helps: { fix: fixContext },
  partialOk: ['addons'],
  evidence,
  notApplicable: ({ addons }) =>
    addons.some((a) => a.name === 'vpc-cni') ? undefined : 'aws-node is not installed as a managed add-on',
  evaluate: ({ addons, versions, fix }) => {
    const addon = addons.find((a) => a.name === 'vpc-cni');
    if (!addon || versions.versions.length === 0 || versions.versions.some((o) => o.version === addon.version))
      return [];
    const offered = versions.versions.flatMap((o) => parseCniVersion(o.version) ?? []);
    // One later than all that are offered was withdrawn or is on its way, which says nothing of this Kubernetes version.
    if (offered.every((release) => atLeastRelease(addon.version, release) !== false)) return [];
    const older = offered.every((release) => atLeastRelease(addon.version, release) === false);
    const wanted = versions.versions.find((o) => o.default)?.version ?? versions.versions[0]!.version;
    return [
      {
        key: 'vpc-cni',
        severity: older ? 'error' : 'warning',
        confidence: 'derived',
        resources: [{ kind: 'addon', id: 'vpc-cni' }],
        scope: {},
        evidence: {
          version: addon.version,
          kubernetesVersion: versions.kubernetesVersion,
          default: versions.versions.find((o) => o.default)?.version ?? null,
          supported: versions.versions.map((o) => o.version),
        },
        fixes: moveAddon(fix, wanted),
      },
    ];
  },
  summary: (e) =>
    `vpc-cni ${e.version} is not among the ${e.supported.length} versions that EKS offers for Kubernetes ${e.kubernetesVersion}${e.default === null ? '' : ` (default ${e.default})`}`,
  explanation: {
    why: 'EKS neither updates nor supports it there. It runs on by luck, and the next change of the add-on may be refused.',
    how: 'The version of the managed add-on is absent from DescribeAddonVersions for the Kubernetes version of the cluster: an error where it is older than all of those, a warning where it lies among them, as one that was withdrawn. A later one is left alone. Self-managed installations are not judged.',
    fix: 'Move the add-on to the default version of this Kubernetes version, one minor release at a time.',
    verify: 'aws eks describe-addon shows the new version as ACTIVE.',
    references: [
      'https://docs.aws.amazon.com/eks/latest/userguide/managing-vpc-cni.html',
      'https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeAddonVersions.html',
    ],
  },
});
