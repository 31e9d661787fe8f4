import * as v from 'valibot';
import { atLeastRelease, parseCniVersion } from '../../calc/maxpods/index.ts';
import { section } from '../facts/define-fact.ts';
import { type FixContext, fixContext } from '../facts/fix-context.ts';
import type { AddonVersions } from '../snapshot/aws.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { moveAddon } from './fixes/upgrade-cni.ts';

const evidence = v.object({
  version: v.string(),
  kubernetesVersion: v.string(),
  /** It is about the next Kubernetes version, not the present one. */
  ofNext: v.boolean(),
  default: v.nullable(v.string()),
  supported: v.array(v.string()),
});
type Evidence = v.InferOutput<typeof evidence>;

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
    if (!addon || versions.versions.length === 0) return [];
    if (versions.versions.some((o) => o.version === addon.version)) return notLater(addon.version, versions, fix);
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
          ofNext: false,
          default: versions.versions.find((o) => o.default)?.version ?? null,
          supported: versions.versions.map((o) => o.version),
        },
        fixes: moveAddon(fix, wanted, versions),
      },
    ];
  },
  summary: (e) =>
    `vpc-cni ${e.version} is not among the ${e.supported.length} versions that EKS offers for Kubernetes ${e.kubernetesVersion}${e.ofNext ? ', the next one: update it before the cluster' : ''}${e.default === null ? '' : ` (default ${e.default})`}`,
  explanation: {
    why: 'EKS neither updates nor supports it there. It runs on by luck, and the next change of the add-on may be refused.',
    how: 'The version of the managed add-on is absent from DescribeAddonVersions for the Kubernetes version of the cluster: an error where it is older than all of those, a warning where it lies among them, as one that was withdrawn. A later one is left alone. next-minor, a warning: it is offered for the present Kubernetes version and not for the next one. Self-managed installations are not judged.',
    fix: 'Move the add-on to the default version of this Kubernetes version, one minor release at a time.',
    verify: 'aws eks describe-addon shows the new version as ACTIVE.',
    references: [
      'https://docs.aws.amazon.com/eks/latest/userguide/managing-vpc-cni.html',
      'https://docs.aws.amazon.com/eks/latest/APIReference/API_DescribeAddonVersions.html',
    ],
  },
});

/** Offered now and no more after the next update of the cluster: first to a version that both offer. */
function notLater(version: string, versions: AddonVersions, fix: FixContext): Draft<Evidence>[] {
  const { next } = versions;
  if (!next || next.versions.length === 0 || next.versions.includes(version)) return [];
  const both = versions.versions.filter((o) => next.versions.includes(o.version));
  const wanted = (both.find((o) => o.default) ?? both[0])?.version;
  return [
    {
      key: 'vpc-cni',
      subReason: 'next-minor',
      severity: 'warning',
      confidence: 'derived',
      resources: [{ kind: 'addon', id: 'vpc-cni' }],
      scope: {},
      evidence: {
        version,
        kubernetesVersion: next.kubernetesVersion,
        ofNext: true,
        default: null,
        supported: next.versions,
      },
      fixes: wanted === undefined ? [] : moveAddon(fix, wanted, versions),
    },
  ];
}
