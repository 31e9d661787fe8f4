/** Another release of the VPC CNI: what it needs, what it changes, and the subnets under its rules. */
import { parseCniVersion } from '../../../calc/maxpods/index.ts';
import { cniIdentity } from '../../facts/cni-identity.ts';
import { section } from '../../facts/define-fact.ts';
import { networkingWith } from '../../facts/networking.ts';
import { policyAgent } from '../../facts/policy-agent.ts';
import { lackingFor, unsafeSteps } from '../version-steps.ts';
import { isWorld, type ProjectionWorld, worldOf } from '../world.ts';
import { ScenarioError, type ScenarioKind } from './scenario.ts';

export const version: ScenarioKind = {
  name: 'version',
  form: 'version=1.23.1',
  summary: 'another release of the VPC CNI: what it needs and what it changes',
  options: [],
  parse: (argument) => {
    const wanted = argument?.replace(/^v/, '') ?? '';
    if (!/^\d+\.\d+\.\d+$/.test(wanted) || !parseCniVersion(wanted))
      throw new ScenarioError(`version=1.23.1: "${argument ?? ''}" is no release`);
    return {
      id: `version=${wanted}`,
      lay: (world) => {
        const inForce = networkingWith(world.inForce, { cniVersion: `v${wanted}` });
        const laid = worldOf(world.run, { ...world.options, inForce });
        return isWorld(laid) ? laid : world;
      },
      growths: (world) => [
        {
          title: `vpc-cni v${wanted}, from ${installed(world) ?? 'an unknown release'}`,
          nodes: [],
          pods: [],
          assumptions: [
            ...unsafeSteps(
              installed(world),
              `v${wanted}`,
              world.inForce,
              world.run.valueOf(policyAgent)?.enabled === true,
            ),
            ...lackingFor(installed(world), `v${wanted}`, world.inForce, {
              identity: world.run.valueOf(cniIdentity),
              region: world.run.valueOf(section('cluster'))?.region,
            }),
            ...notes(installed(world), `v${wanted}`),
          ],
          incomplete:
            installed(world) === undefined
              ? [{ reason: 'the release that runs is not known: neither is what changes' }]
              : [],
        },
      ],
    };
  },
};

/** What is in the snapshot, whatever is laid over it. */
function installed(world: ProjectionWorld): string | undefined {
  const { cni } = world.run.snapshot;
  return cni.status === 'ok' || cni.status === 'partial' ? cni.data.version : undefined;
}

interface Note {
  readonly since: readonly [number, number, number?];
  readonly text: string;
}

/** Read in the CNI's sources and its change log, release by release. */
const NOTES: readonly Note[] = [
  { since: [1, 16, 3], text: 'a pool stops growing once it holds maxPods addresses, in every mode' },
  {
    since: [1, 18],
    text: 'subnet discovery is on by default: subnets tagged kubernetes.io/role/cni get pod ENIs, and aws-node needs ec2:DescribeSubnets',
  },
  { since: [1, 19, 6], text: 'ENABLE_IMDS_ONLY_MODE exists' },
  { since: [1, 20], text: 'ENABLE_MULTI_NIC exists; EFA-only interfaces take a slot; ENIs carry eks:eni:owner' },
  { since: [1, 20, 4], text: 'types that cannot trunk no longer lose an ENI to ENABLE_POD_ENI' },
  {
    since: [1, 22],
    text: 'kubernetes.io/role/cni=0 excludes a subnet, an empty value counts as no tag, and without ec2:DescribeSubnets no ENI is created',
  },
  { since: [1, 22, 1], text: 'with CLUSTER_NAME set, cluster tags of a subnet decide whose pods it serves' },
  { since: [1, 23], text: 'unmanaged ENIs are counted once, not anew with every look' },
];

/** Whether a release is of the note's, or later. */
function has(release: string, { since: [major, minor, patch = 0] }: Note): boolean {
  const own = parseCniVersion(release);
  if (!own) return false;
  if (own.major !== major) return own.major > major;
  return own.minor === minor ? own.patch >= patch : own.minor > minor;
}

function notes(from: string | undefined, towards: string): string[] {
  if (from === undefined) return [];
  return NOTES.flatMap((note) => {
    if (has(towards, note) && !has(from, note)) return [`new: ${note.text}`];
    return has(from, note) && !has(towards, note) ? [`no longer: ${note.text}`] : [];
  });
}
