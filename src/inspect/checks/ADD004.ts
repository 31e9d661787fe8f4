import * as v from 'valibot';
import {
  atLeastRelease,
  behind,
  formatCniVersion,
  OLDEST_RECOMMENDED,
  parseCniVersion,
  RELEASES_CHECKED,
} from '../../calc/maxpods/index.ts';
import { section } from '../facts/define-fact.ts';
import { fixContext } from '../facts/fix-context.ts';
import { networking } from '../facts/networking.ts';
import { type Draft, defineCheck } from './define-check.ts';
import { moveAddon, stepsTo } from './fixes/upgrade-cni.ts';

const evidence = v.object({
  version: v.string(),
  kubernetes: v.string(),
  /** Oldest release recommended for this Kubernetes version; null where the table has none. */
  recommended: v.nullable(v.string()),
  /** What EKS offers as the default; null where the offer was not read. */
  default: v.nullable(v.string()),
  minorsBehind: v.nullable(v.number()),
  /** Releases to pass, one minor release at a time. */
  path: v.nullable(v.array(v.string())),
  tableChecked: v.string(),
});
type Evidence = v.InferOutput<typeof evidence>;

/** Minor releases behind the default from which fixes are many and the way there is long. */
const FAR = 3;

export const ADD004 = defineCheck({
  code: 'ADD004',
  title: 'Old version of the CNI',
  severity: 'warning',
  grain: 'cluster',
  needs: { networking },
  helps: { cluster: section('cluster'), versions: section('addonVersions'), fix: fixContext },
  partialOk: true,
  evidence,
  evaluate: ({ networking: net, cluster, versions, fix }): Draft<Evidence>[] => {
    const release = net.cniVersion;
    const own = release === undefined ? undefined : parseCniVersion(release);
    const kubernetes = cluster?.version ?? versions?.kubernetesVersion;
    if (release === undefined || !own || kubernetes === undefined) return [];
    const recommended = OLDEST_RECOMMENDED[kubernetes];
    const offered = (versions?.versions ?? []).flatMap((o) => {
      const parsed = parseCniVersion(o.version);
      return parsed ? [{ ...o, parsed }] : [];
    });
    const usual = offered.find((o) => o.default);
    const minors = usual ? behind(own, usual.parsed) : undefined;
    const old = recommended !== undefined && atLeastRelease(release, recommended) === false;
    if (!old && (minors === undefined || minors <= FAR)) return [];
    const target =
      usual ?? (recommended && { version: `v${formatCniVersion(recommended)}-eksbuild.1`, parsed: recommended });
    const path = target ? stepsTo(fix, target.version, versions) : [];
    return [
      {
        key: 'vpc-cni',
        confidence: 'derived',
        resources: [{ kind: 'daemonset', id: 'kube-system/aws-node' }],
        scope: {},
        evidence: {
          version: release,
          kubernetes,
          recommended: recommended ? formatCniVersion(recommended) : null,
          default: usual?.version ?? null,
          minorsBehind: minors ?? null,
          path: versions ? (path ?? null) : null,
          tableChecked: RELEASES_CHECKED,
        },
        fixes: target ? moveAddon(fix, target.version, versions) : [],
      },
    ];
  },
  unjudged: ({ cluster, versions }, { gapsOf }) => {
    const gaps = [...(versions ? [] : gapsOf('versions')), ...(cluster ? [] : gapsOf('cluster'))];
    return gaps.length === 0 ? undefined : { count: 1, of: 1, what: 'release', gaps };
  },
  summary: (e) =>
    `aws-node ${e.version} is ${
      e.minorsBehind !== null && e.minorsBehind > FAR
        ? `${e.minorsBehind} minor releases behind ${e.default}, the default of EKS`
        : `older than ${e.recommended}, the oldest recommended`
    } for Kubernetes ${e.kubernetes}${e.path && e.path.length > 1 ? `; the way there is ${e.path.join(', ')}` : ''}`,
  explanation: {
    why: 'Leaks, livelocks and limits of newer instance types are mended in later releases only. The longer the way, the more steps an update in need takes.',
    how: `The release that runs, against the oldest recommended for the Kubernetes version (a table held against its sources on ${RELEASES_CHECKED}), and against the default that DescribeAddonVersions names: a warning where it is older than the one, or more than three minor releases behind the other. Patch releases are left alone.`,
    fix: 'Update one minor release at a time, each with its latest patch release.',
    verify: 'vpccni inspect shows the new version of the CNI.',
    references: [
      'https://docs.aws.amazon.com/eks/latest/userguide/managing-vpc-cni.html',
      'amazon-vpc-cni-k8s README.md',
      'https://github.com/aws/amazon-vpc-cni-k8s/issues/2321',
    ],
  },
});
