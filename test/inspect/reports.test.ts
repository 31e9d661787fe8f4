/** Clusters as people reported them, each with what an expert would say of it, and what would be wrong to say. */
import { readdirSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../src/calc/catalog/index.ts';
import type { Inspection } from '../../src/inspect/contract/report.ts';
import { Run } from '../../src/inspect/facts/define-fact.ts';
import { DEFAULT_POLICY } from '../../src/inspect/policy.ts';
import { buildInspection } from '../../src/inspect/report/inspection.ts';
import { parseSnapshot } from '../../src/inspect/snapshot.ts';

const FOLDER = 'test/fixtures/reports';

interface Expected {
  /** Errors and warnings that nothing accounts for, as `severity id`; one of each pattern, and no other. */
  readonly roots: readonly RegExp[];
  readonly verdict?: RegExp;
  /** Of all commands of all fixes. */
  readonly commands?: readonly RegExp[];
  readonly never?: readonly RegExp[];
  /** Any message, of findings at information level too. */
  readonly says?: readonly RegExp[];
  readonly notEvaluated?: readonly string[];
  readonly elsewhere?: readonly (readonly [waitsFor: string, pods: number])[];
}

const QUIET: Expected = { roots: [] };
const DELETES_PODS = /delete pod/;
const TOUCHES_AWS_NODE = /aws-node/;

const REPORTS: Readonly<Record<string, Expected>> = {
  'volume-wait-without-events': { ...QUIET, elsewhere: [['unknown', 2]], never: [DELETES_PODS] },
  'volume-wait-with-event': { ...QUIET, elsewhere: [['volume', 1]], never: [DELETES_PODS] },
  'parked-aws-node': { ...QUIET, says: [/3 nodes by another CNI \(cilium\)/], never: [TOUCHES_AWS_NODE] },
  'cluster-health-free-addresses': { roots: [/^error SUB004\/health:c1$/] },
  'cluster-health-ip-not-available': {
    roots: [/^error SUB004\/health:c1$/],
    commands: [/update-cluster-config/],
    says: [/IP_NOT_AVAILABLE .*subnet-0e5cfcd804850357d \(us-east-1a\) 2 free/],
  },
  'policy-agent-crashes': { roots: [/^error HLT002\/crash:aws-node$/], never: [/ logs .*-c aws-node/] },
  'trunk-slot-not-in-maxpods': {
    roots: [/^warning MAX001\/trunk:managed\/ng\/m5\.large$/],
    never: [/update-nodegroup-version/],
  },
  'smallest-type-of-group': {
    roots: [
      /^warning MAX005\/near:c1$/,
      /^warning MAX002:managed\/ng\/m5\.xlarge$/,
      /^warning MAX002:managed\/ng\/t3\.medium$/,
    ],
    commands: [/update-nodegroup-version/],
  },
  'scheduling-for-cpu': QUIET,
  't3-medium-full': {
    roots: [/^error MAX005:c1$/],
    says: [/1 pod is Pending .*1 of 1 node is at maxPods: 17 of 17 pods, 15 of 15 .*110 instead of 17/],
    commands: [/ENABLE_PREFIX_DELEGATION/],
  },
  't3-micro-full': { roots: [/^error MAX005:c1$/], says: [/5 pods are Pending .*34 instead of 4/] },
  'group-degraded': { roots: [/^error NOD007\/launch:ng$/], says: [/AsgInstanceLaunchFailures for node group ng/] },
  'nodeclass-subnet-with-room': {
    roots: [/^error SUB001:subnet-a1$/, /^warning SUB004:c1$/],
    commands: [/create-tags --resources subnet-a2 --tags Key=kubernetes\.io\/role\/cni,Value=1/],
    never: [/create-subnet/],
  },
  'annotation-refused': {
    roots: [/^error HLT007\/annotation:branch-eni$/, /^warning MAX001\/trunk:/],
    verdict: /the annotation of the pod is refused \(HLT007\)/,
    never: [DELETES_PODS],
  },
  'unknown-type': {
    roots: [/^error HLT001:/],
    says: [/whether the node is full cannot be told: nothing is known of instance type m99\.large/],
    notEvaluated: ['MAX001', 'SUB001'],
  },
  'unknown-type-quiet': { ...QUIET, notEvaluated: ['MAX001', 'SUB001'] },
  'ipv6-at-the-ipv4-number': {
    roots: [/^warning MAX002:managed\/ng\/m5\.large$/, /^warning MAX005\/near:c1$/],
    says: [/29 pods though 110/],
  },
  'folded-add-on': { roots: [/^error CUS001\/az:us-east-1c$/], verdict: /^1 node in us-east-1c asks .*\(CUS001\)$/ },
  'controller-refused': {
    roots: [/^error IAM001:resource-controller$/, /^error MAX001\/trunk:managed\/main\/m5\.xlarge$/],
    verdict: /^3 pods have no address .*on full nodes \(MAX001\)/,
    commands: [/cordon/, /delete pod .*web-2/],
    never: [/update-nodegroup-version/],
  },
  'trunk-asked-of-t3': {
    roots: [/^error MAX001\/trunk:managed\/main\/t3\.large$/, /^warning SGP002:managed\/main\/t3\.large$/],
    commands: [/--addon-version v1\.20\.4/],
    never: [/attach-role-policy/, /update-nodegroup-version/],
  },
  // 18 addresses, 2 branch pods and 2 on the host network: 22 is neither too many nor too few
  'branch-pods-at-20': {
    roots: [/^warning CFG002\/container:DISABLE_TCP_EARLY_DEMUX$/],
    says: [/20 pods though 22 would/],
  },
  'branch-pods-at-29': { roots: [/^warning MAX001\/trunk:/, /^warning CFG002\/container:/], says: [/7 too many/] },
  'annotation-of-role-lost': {
    roots: [/^error IAM001:aws-node$/],
    commands: [/annotate serviceaccount aws-node eks\.amazonaws\.com\/role-arn=\S+\/cni-irsa/],
    never: [/attach-role-policy/],
  },
  'auto-and-hybrid-beside': {
    roots: [/^error PLT003:aws-node$/, /^error PLT006\/no-cni:hybrid$/, /^warning PLT001\/ineffective:c1$/],
    says: [/SecurityGroupPolicy apps\/apps has no effect on 1 pod/],
    never: [DELETES_PODS],
  },
  'leaks-of-two-clusters': {
    roots: [
      /^error LEK001\/cleanup-off:/,
      /^error SUB001:/,
      /^warning SUB005:/,
      /^warning CFG006\/no-cleanup:/,
      /^warning NOD004:/,
    ],
    commands: [/delete-network-interface .*eni-04ae6479841920b89/, /delete-network-interface .*eni-0c83719ec4c617bdf/],
    says: [/4 ENIs .*another cluster/],
  },
  'daemonsets-denied': { roots: [/^warning HLT001:/], notEvaluated: ['PFX001', 'PFX002'] },
  'pods-denied': {
    roots: [
      /^error LEK001\/cleanup-off:/,
      /^error SUB001:/,
      /^warning SUB005:/,
      /^warning CFG006\/no-cleanup:/,
      /^warning NOD004:/,
    ],
    says: [/9 of 251 addresses free; one more node needs 10/],
  },
  'pods-denied-degraded': { roots: [/^error ADD002:vpc-cni$/], notEvaluated: ['HLT002', 'HLT003'] },
  'untagged-leak-of-other-cluster': { ...QUIET, never: [/delete-network-interface/] },
  'one-class-two-types': {
    roots: [/^warning MAX001\/static:karpenter\/np\/m5\.large$/, /^warning MAX001\/static:karpenter\/np\/t3\.medium$/],
    commands: [/"maxPods":17/],
    never: [/"maxPods":29/],
  },
  'reservation-over-aws-addresses': QUIET,
  'fargate-full': {
    roots: [/^error PLT004\/exhausted:fp$/, /^warning PLT004\/single-zone:fp$/],
    says: [/no address free/],
  },
};

async function inspected(name: string): Promise<Inspection> {
  const json = JSON.parse(gunzipSync(readFileSync(`${FOLDER}/${name}.json.gz`)).toString('utf8'));
  return buildInspection(new Run(parseSnapshot(json), await loadCatalog()), DEFAULT_POLICY, {
    name: 'vpccni',
    version: '0',
  });
}

describe('reported clusters', () => {
  it('have each their expectation', () => {
    expect(readdirSync(FOLDER).sort()).toEqual(
      Object.keys(REPORTS)
        .map((n) => `${n}.json.gz`)
        .sort(),
    );
  });

  it.each(Object.entries(REPORTS))('%s', async (name, wanted) => {
    const report = await inspected(name);
    const roots = report.findings
      .filter((f) => f.severity !== 'info' && !f.causedBy)
      .map((f) => `${f.severity} ${f.id}`);
    for (const pattern of wanted.roots) expect(roots.join('\n')).toMatch(new RegExp(pattern.source, 'm'));
    expect(roots).toHaveLength(wanted.roots.length);
    if (wanted.verdict) expect(report.verdict.text).toMatch(wanted.verdict);
    const commands = report.findings.filter((f) => !f.causedBy).flatMap((f) => f.fixes.flatMap((x) => x.commands));
    for (const pattern of wanted.commands ?? []) expect(commands.join('\n')).toMatch(pattern);
    for (const pattern of wanted.never ?? []) expect(commands.filter((c) => pattern.test(c))).toEqual([]);
    const messages = report.findings.map((f) => f.message).join('\n');
    for (const pattern of wanted.says ?? []) expect(messages).toMatch(pattern);
    const missing = report.coverage.notEvaluated.map((n) => n.code);
    for (const code of wanted.notEvaluated ?? []) expect(missing).toContain(code);
    expect(report.waitingElsewhere?.map((w) => [w.waitsFor, w.pods.length]) ?? []).toEqual(wanted.elsewhere ?? []);
  });

  it('deletes none of another cluster among the leaks of two', async () => {
    const report = await inspected('leaks-of-two-clusters');
    const commands = report.findings.flatMap((f) => f.fixes.flatMap((x) => x.commands));
    const ids = commands.flatMap((c) => /delete-network-interface .*(eni-[0-9a-f]+)/.exec(c)?.[1] ?? []);
    expect([...new Set(ids)].sort()).toEqual(['eni-04ae6479841920b89', 'eni-0c83719ec4c617bdf']);
  });
});
