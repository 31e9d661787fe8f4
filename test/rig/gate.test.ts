/**
 * `gate` before a change is applied, on live clusters: a plan of Terraform that fits, one that lacks addresses, one that lacks
 * /28 blocks alone, one that cannot be judged. The verdict and the code are the same in every format.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Ajv } from 'ajv';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Gate } from '../../src/inspect/contract/plan.ts';
import { junitErrors, sarifErrors } from '../support/published-schemas.ts';
import { viewerRights } from './build/kube-base.ts';
import { wipe } from './build/wipe.ts';
import { fillRig, type Rig, type RigServers, startServers } from './rig.ts';
import { node, type Small, small } from './scenarios/small.ts';
import { missingServers } from './servers/missing.ts';
import { type Ended, vpccni } from './support/vpccni.ts';

const missing = Object.values(missingServers(console.error)).filter(Boolean).join('; ');

const MOST = 40;

/** Nodes and their pods in /24 subnets; the control plane's interfaces in subnets of their own. */
const NARROW: Pick<Small, 'subnets' | 'cluster' | 'groups'> = {
  subnets: {
    'nodes-a': { cidr: '10.0.0.0/24', zone: 'eu-west-1a', role: 'nodes', layout: 'scatter' },
    'nodes-b': { cidr: '10.0.1.0/24', zone: 'eu-west-1b', role: 'nodes', layout: 'scatter' },
    'control-a': { cidr: '10.0.250.0/27', zone: 'eu-west-1a', role: 'control-plane', layout: 'loose' },
    'control-b': { cidr: '10.0.250.32/27', zone: 'eu-west-1b', role: 'control-plane', layout: 'loose' },
  },
  cluster: { subnets: ['control-a', 'control-b'], interfacesIn: ['control-a', 'control-b'] },
  groups: {
    main: {
      kind: 'managed',
      subnets: ['nodes-a', 'nodes-b'],
      instanceTypes: ['m5.large'],
      min: 1,
      max: MOST,
      template: false,
    },
  },
};

/**
 * Twelve pods on an m5.large: 9 × (1 + ⌈12 ÷ 9⌉) = 27 slots on three ENIs, 30 addresses. Of a /24's 251, 221 are free. Six nodes
 * more in each zone leave 221 − 180 = 41, room for another; with eight 221 − 240 = −19.
 */
const singles = small({
  name: 'gate-singles',
  story: 'A /24 in each zone, single addresses.',
  ...NARROW,
  nodes: { a: node('a', 12), b: node('b', 12) },
  told: [],
});

/**
 * Prefixes. With ten pods a node holds 1 + ⌈10 ÷ 16⌉ = 2 of the fourteen blocks of zone a; of the other twelve Lambda has broken
 * up eleven. One more node wants two, and 251 − 12 − 33 = 206 addresses are free.
 */
const broken = small({
  name: 'gate-blocks',
  story: 'A /24 in each zone, that of zone a broken up, prefixes.',
  ...NARROW,
  cni: { env: { ENABLE_PREFIX_DELEGATION: 'true', WARM_PREFIX_TARGET: '1' } },
  services: [0, ...Array.from({ length: 11 }, (_, i) => i + 3)].map((i) => ({
    kind: 'lambda' as const,
    name: 'orders',
    subnet: 'nodes-a',
    count: 1,
    at: `10.0.0.${i * 16 + 5}`,
  })),
  nodes: { a: node('a', 10, { maxPods: 110 }), b: node('b', 10, { maxPods: 110 }) },
  told: [],
});

const FORMATS = ['table', 'json', 'yaml', 'csv', 'markdown', 'junit', 'github', 'sarif'] as const;
type Format = (typeof FORMATS)[number];

const followsOurs = new Ajv({ strict: false, logger: false }).compile(
  JSON.parse(readFileSync('schema/gate.schema.json', 'utf8')),
);

/** Holds a report against the schema that is published for its format. */
const VALID: Partial<Record<Format, (text: string) => Promise<unknown>>> = {
  json: async (text) => (followsOurs(JSON.parse(text)) ? [] : followsOurs.errors),
  junit: async (text) => [
    ...(await junitErrors(text, 'jenkins-junit.xsd')),
    // the copy of Ant's schema is older than its skipped tests
    ...(text.includes('<skipped') ? [] : await junitErrors(text, 'JUnit.xsd')),
  ],
  sarif: async (text) => sarifErrors(text),
};

/** How a format tells of what fails; of nothing, where nothing does. */
const FAILURE: Partial<Record<Format, RegExp>> = {
  json: /"severity": "error"/,
  yaml: /severity: error/,
  junit: /<failure /,
  github: /^::error /m,
  sarif: /"level": "error"/,
};

interface Case {
  readonly what: string;
  /** Nodes of the group once the change is applied. */
  readonly desired: number;
  readonly code: number;
  readonly codes: readonly string[];
  readonly reason: RegExp;
  readonly denied?: string;
}

const ON_SINGLES: readonly Case[] = [
  { what: 'a change that fits', desired: 14, code: 0, codes: [], reason: /gate: pass · exit 0 · every scenario fits/ },
  {
    what: 'a change that lacks addresses',
    desired: 18,
    code: 1,
    codes: ['SUB002', 'SUB002'],
    reason: /gate: fail · exit 1 · .*short of 19 addresses/,
  },
  {
    what: 'the change that fits where interfaces may not be listed',
    desired: 14,
    code: 3,
    codes: [],
    reason: /gate: incomplete · exit 3 · .*ec2:DescribeNetworkInterfaces/,
    denied: 'DescribeNetworkInterfaces',
  },
];

const ON_BLOCKS: readonly Case[] = [
  {
    what: 'a change that lacks /28 blocks alone',
    desired: 3,
    code: 1,
    codes: ['PFX002'],
    reason: /gate: fail · exit 1 · .*short of [12] \/28 blocks?/,
  },
];

describe.skipIf(missing)(`gating a change${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let servers: RigServers;
  let filled = 0;
  beforeAll(async () => {
    servers = await startServers(console.error);
  });
  afterAll(() => servers?.stop());

  describe.each([
    { scenario: singles, cases: ON_SINGLES },
    { scenario: broken, cases: ON_BLOCKS },
  ])('$scenario.name', ({ scenario, cases }) => {
    let rig: Rig;
    beforeAll(async () => {
      await wipe(servers.kube);
      rig = await fillRig(servers, scenario, filled++ === 0 ? viewerRights() : []);
    });
    afterEach(() => rig?.faults.clear());

    const gate = ({ desired }: Case, format: Format): Promise<Ended> => {
      const file = join(dirname(rig.kubeconfig), `plan-${desired}.json`);
      writeFileSync(file, JSON.stringify(planTo(desired, rig)));
      return vpccni(rig, ['gate', '--cluster', scenario.name, '--context', 'viewer', '--change', file, '-o', format]);
    };

    describe.each(cases)('$what', (one) => {
      it.each(FORMATS)('ends the same as %s', async (format) => {
        if (one.denied) await rig.faults.set([{ service: 'ec2', action: one.denied, kind: 'deny' }]);
        const { code, stdout, stderr } = await gate(one, format);
        const last = stderr.trimEnd().split('\n').at(-1) ?? '';
        expect({ code, last }).toEqual({ code: one.code, last: expect.stringMatching(one.reason) });
        const tells = FAILURE[format];
        if (tells) expect(tells.test(stdout)).toBe(one.code === 1);
        if (format === 'json') {
          const { verdict, exitCode, findings, change } = JSON.parse(stdout) as Gate;
          const errors = findings.filter((f) => f.severity === 'error').map((f) => f.code);
          expect({ verdict, exitCode, errors }).toEqual({
            verdict: one.code === 0 ? 'pass' : one.code === 1 ? 'fail' : 'incomplete',
            exitCode: one.code,
            errors: one.codes,
          });
          expect(change).toMatchObject({ notUnderstood: [], effects: [{ address: 'aws_eks_node_group.main' }] });
        }
        expect(await VALID[format]?.(stdout)).toEqual(VALID[format] && []);
      });
    });
  });
});

/** As `terraform show -json` writes a plan that sets the size of the group, as far as it is read. */
function planTo(desired: number, { scenario, ids }: Rig): object {
  const group = (size: number) => ({
    cluster_name: scenario.cluster.name,
    node_group_name: 'main',
    subnet_ids: ['nodes-a', 'nodes-b'].map((key) => ids.subnets[key]),
    instance_types: ['m5.large'],
    scaling_config: [{ desired_size: size, max_size: MOST, min_size: 1 }],
  });
  const change = { actions: ['update'], before: group(2), after: group(desired), after_unknown: {} };
  return {
    format_version: '1.2',
    terraform_version: '1.13.4',
    resource_changes: [
      {
        address: 'aws_eks_node_group.main',
        mode: 'managed',
        type: 'aws_eks_node_group',
        name: 'main',
        provider_name: 'registry.terraform.io/hashicorp/aws',
        change,
      },
    ],
  };
}
