import { describe, expect, it } from 'vitest';
import { loadCatalog } from '../../../src/calc/catalog/index.ts';
import { Run } from '../../../src/inspect/facts/define-fact.ts';
import { DEFAULT_POLICY } from '../../../src/inspect/policy.ts';
import { newKey, redact } from '../../../src/inspect/redact.ts';
import { buildInspection } from '../../../src/inspect/report/inspection.ts';
import { type ClusterSnapshot, parseSnapshot } from '../../../src/inspect/snapshot.ts';
import { shop } from '../../support/shop.ts';
import {
  addon,
  cluster,
  cni,
  denied,
  eni,
  eniConfig,
  node,
  nodegroup,
  pod,
  subnet,
  wholeSnapshot,
} from '../../support/snapshot-builder.ts';

const again = (s: ClusterSnapshot): ClusterSnapshot => parseSnapshot(JSON.parse(JSON.stringify(s)));

async function inspect(of: ClusterSnapshot) {
  return buildInspection(new Run(of, await loadCatalog()), DEFAULT_POLICY, { name: 'vpccni', version: '0' });
}

describe('a redacted snapshot', () => {
  it('leads to the same findings, numbers and coverage', async () => {
    const original = await inspect(shop());
    const redacted = await inspect(again(redact(shop(), newKey())));
    const gist = (r: typeof original) => ({
      findings: r.findings
        .map((f) => [f.code, f.subReason, f.severity, f.confidence, f.resourcesTotal, f.fixes.length].join(' '))
        .sort(),
      coverage: { ...r.coverage, notEvaluated: r.coverage.notEvaluated.map((n) => n.code) },
      verdict: [r.verdict.severity, r.verdict.stuckPods, r.verdict.causes.map((c) => [c.code, c.pods])],
      capacity: r.capacity.map((c) => [
        c.pattern,
        c.mode,
        c.current,
        c.clusterPods,
        c.addresses,
        c.blocks,
        c.roomForNodes,
        c.maxPodsPerNode,
      ]),
      subnets: r.subnets?.map((s) => JSON.stringify([s.addresses, s.blocks, s.sources])).sort(),
    });
    expect(original.findings.length).toBeGreaterThan(3);
    expect(gist(redacted)).toEqual(gist(original));
  });

  it('holds no id, ARN, account or address of the original', () => {
    const text = JSON.stringify(shop());
    const found = new Set(
      text.match(
        /\b(?:subnet|eni|i|sg|vpc|lt)-[0-9a-f]{8,17}\b|arn:aws[^"\s]*|\b\d{12}\b|\b(?:10|100)\.\d+\.\d+\.\d+\b/g,
      ),
    );
    // what AWS owns is called the same everywhere
    for (const name of found) if (name.startsWith('arn:aws:iam::aws:')) found.delete(name);
    expect(found.size).toBeGreaterThan(20);
    // an address may come out as it went in by chance of one key; under two keys none does twice
    const hidden = [redact(shop(), newKey()), redact(shop(), newKey()), redact(shop(), newKey())].map((s) =>
      JSON.stringify(s),
    );
    expect([...found].filter((id) => hidden.every((h) => h.includes(`"${id}"`)))).toEqual([]);
    expect(
      [...found].filter((id) => /^(subnet|eni|i|sg|vpc|arn)/.test(id) && hidden.some((h) => h.includes(id))),
    ).toEqual([]);
  });

  it('differs from file to file, and not within one', () => {
    const key = newKey();
    expect(redact(shop(), key)).toEqual(redact(shop(), key));
    expect(JSON.stringify(redact(shop(), newKey()))).not.toBe(JSON.stringify(redact(shop(), newKey())));
  });

  it('says that it is redacted and drops what was written by hand', () => {
    const s = wholeSnapshot({
      cluster: cluster({
        health: [
          { code: 'SubnetNotFound', message: 'subnet of ada is gone', resourceIds: ['subnet-0a1b2c3d4e5f60718'] },
        ],
      }),
      addons: [
        addon({
          configurationText: 'secret: yes',
          configuration: { env: { WARM_IP_TARGET: '2' }, podLabels: { team: 'ada' } },
        }),
      ],
      networkInterfaces: [eni({ eniId: 'eni-0a1b2c3d4e5f60718', description: 'ada’s appliance' })],
    });
    const r = redact(s, newKey());
    expect(r.redacted).toBe(true);
    const text = JSON.stringify(r);
    expect(text).not.toMatch(/\bada\b|secret/);
    expect(r.addons).toMatchObject({ data: [{ name: 'vpc-cni', configuration: { env: { WARM_IP_TARGET: '2' } } }] });
    expect(r.cluster).toMatchObject({ data: { health: [{ code: 'SubnetNotFound' }] } });
  });

  it('still joins what belongs together', () => {
    const s = wholeSnapshot({
      cluster: cluster({ name: 'prod-eu' }),
      cni: cni({ env: { ENI_CONFIG_LABEL_DEF: 'acme.example/net', CLUSTER_NAME: 'prod-eu' } }),
      eniConfigs: [eniConfig({ name: 'eu-west-1a' }), eniConfig({ name: 'blue' })],
      nodegroups: [nodegroup({ name: 'web' })],
      subnets: [subnet({ tags: { 'kubernetes.io/cluster/prod-eu': 'shared' } })],
      nodes: [
        node({
          name: 'ip-10-0-0-5.eu-west-1.compute.internal',
          labels: {
            'eks.amazonaws.com/nodegroup': 'web',
            'acme.example/net': 'blue',
            'topology.kubernetes.io/zone': 'eu-west-1a',
          },
        }),
      ],
      pods: [pod({ namespace: 'shop', name: 'web-1', owner: 'Deployment/web', labels: { app: 'web' } })],
    });
    const data = redact(s, newKey()) as never as {
      cluster: { data: { name: string } };
      cni: { data: { containers: [{ env: Record<string, string> }] } };
      eniConfigs: { data: { name: string }[] };
      nodegroups: { data: { name: string }[] };
      subnets: { data: { tags: Record<string, string> }[] };
      nodes: { data: { labels: Record<string, string> }[] };
    };
    const [container] = data.cni.data.containers;
    const labels = data.nodes.data[0]!.labels;
    expect(data.eniConfigs.data[0]!.name).toBe('eu-west-1a');
    expect(labels[container.env.ENI_CONFIG_LABEL_DEF!]).toBe(data.eniConfigs.data[1]!.name);
    expect(labels['eks.amazonaws.com/nodegroup']).toBe(data.nodegroups.data[0]!.name);
    expect(container.env.CLUSTER_NAME).toBe(data.cluster.data.name);
    expect(Object.keys(data.subnets.data[0]!.tags)).toEqual([`kubernetes.io/cluster/${data.cluster.data.name}`]);
  });

  it('keeps what was not read unread, with the permission', () => {
    const r = redact(wholeSnapshot({ networkInterfaces: denied('ec2:DescribeNetworkInterfaces') }), newKey());
    expect(r.networkInterfaces).toMatchObject({ status: 'denied', permission: 'ec2:DescribeNetworkInterfaces' });
  });

  it('keeps of a denied list of a namespace the rule, and hides the namespace', () => {
    const unread = {
      kind: 'denied',
      permission: 'list serviceaccounts in payments',
      reason: 'not in payments',
    } as const;
    const serviceAccountSelector = { matchLabels: { a: 'b' }, matchExpressions: [], matchNames: [], unread };
    const policy = { namespace: 'payments', name: 'p', createdAt: '2026-01-01T00:00:00Z', securityGroupIds: [] };
    const whole = wholeSnapshot({
      securityGroupPolicies: { status: 'ok', data: [{ ...policy, serviceAccountSelector }] },
    });
    const { securityGroupPolicies: r } = redact(whole, newKey());
    expect(r).toMatchObject({
      data: [{ serviceAccountSelector: { unread: { kind: 'denied', permission: 'list serviceaccounts' } } }],
    });
    expect(JSON.stringify(r)).not.toContain('payments');
  });

  it('keeps of an environment what is a setting of the CNI', () => {
    const configuration = {
      env: { WARM_IP_TARGET: '2', HTTPS_PROXY: 'http://svc:PLANTED@proxy.acme:3128', PLANTED_KEY: 'PLANTED' },
    };
    const s = wholeSnapshot({
      addons: [addon({ configuration })],
      cni: cni({ env: { ACME_PLANTED: 'PLANTED', ENABLE_POD_ENI: 'ture' } }),
    });
    const r = redact(s, newKey());
    expect(JSON.stringify(r)).not.toMatch(/PLANTED|acme/i);
    expect(r.addons).toMatchObject({ data: [{ configuration: { env: { WARM_IP_TARGET: '2' } } }] });
    expect(r.cni).toMatchObject({ data: { containers: [{ env: { ENABLE_POD_ENI: 'ture' } }] } });
  });

  it.each(['us-acme-prod-1', 'my-bank-2', 'my-bank-2a', 'acme1-az2', '1.2-acme.bank', 'v1.2.3-acme', 'eu-acme-west-1'])(
    'hides a name that is shaped like a Region, a zone or a version: %s',
    (name) => {
      const s = wholeSnapshot({
        cluster: cluster({ name }),
        nodes: [
          node({
            name: 'a',
            labels: { [`node-role.kubernetes.io/${name}`]: '', [`${name}.kubernetes.io/x`]: name, team: name },
            osImage: `${name} OS`,
            kernelVersion: `6.1.0-${name}`,
            kubeletVersion: `v1.34.1-${name}`,
          }),
        ],
        pods: [pod({ name, namespace: name })],
      });
      expect(JSON.stringify(redact(s, newKey()))).not.toContain(name);
    },
  );

  it("keeps what is AWS's own", () => {
    const own = [
      'eu-west-1',
      'us-gov-east-1',
      'us-west-2-lax-1a',
      'us-east-1-wl1-bos-wlz-1',
      'use1-az4',
      'v1.20.4-eksbuild.2',
    ];
    const s = wholeSnapshot({
      nodes: [node({ name: 'a', labels: Object.fromEntries(own.map((o, i) => [`team-${i}`, o])) })],
    });
    const text = JSON.stringify(redact(s, newKey()));
    expect(own.filter((o) => !text.includes(o))).toEqual([]);
  });

  it('hides what a file written by hand says of calls and of what it lacks', () => {
    const source = {
      section: 'PLANTED',
      call: 'list PLANTED',
      requests: 1,
      items: 1,
      milliseconds: 1,
      retries: 0,
      outcome: 'PLANTED',
    };
    const s = {
      ...wholeSnapshot({ nodes: { status: 'failed', kind: 'other', reason: 'PLANTED', needs: 'PLANTED' } as never }),
      sources: [source, { ...source, section: 'pods', call: 'list pods', outcome: 'ok 5, denied 1' }],
    };
    const r = redact(s, newKey());
    expect(JSON.stringify(r)).not.toContain('PLANTED');
    expect(r.sources[1]).toMatchObject({ section: 'pods', call: 'list pods', outcome: 'ok 5, denied 1' });
  });

  it('keeps what policies, quotas and rights say, and no name of a role, group or issuer', () => {
    const account = '111122223333';
    const issuer = 'oidc.eks.eu-west-1.amazonaws.com/id/0123456789ABCDEF';
    const policy = 'arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy';
    const allow = {
      effect: 'Allow' as const,
      actions: ['ec2:CreateTags', '*'],
      notActions: [],
      resources: ['arn:aws:ec2:*:*:network-interface/*', `arn:aws:ec2:eu-west-1:${account}:subnet/subnet-0a1b2c3d`],
      notResources: [],
      conditions: [{ operator: 'StringEquals', key: 'aws:ResourceTag/secret-team', values: ['secret-value'] }],
    };
    const trust = {
      effect: 'Allow' as const,
      actions: ['sts:AssumeRoleWithWebIdentity'],
      principals: [`arn:aws:iam::${account}:oidc-provider/${issuer}`, 'pods.eks.amazonaws.com'],
      conditions: [
        { operator: 'StringEquals', key: `${issuer}:sub`, values: ['system:serviceaccount:kube-system:aws-node'] },
      ],
    };
    const arn = `arn:aws:iam::${account}:role/secret-role`;
    const profile = `arn:aws:iam::${account}:instance-profile/secret-profile`;
    const role = { arn, name: 'secret-role', usedBy: ['aws-node' as const], exists: true, attachedPolicies: [policy] };
    const original = wholeSnapshot({
      cluster: cluster({ oidcIssuer: `https://${issuer}`, roleArn: arn }),
      iam: {
        roles: [{ ...role, statements: [allow], trust: [trust] }],
        instanceProfiles: { [profile]: arn },
        oidcIssuers: [issuer],
      },
      quotas: [{ service: 'vpc', code: 'L-DF5E4CA3', name: 'Network interfaces per Region', value: 5000 }],
      vpcEndpoints: [
        {
          ...{ endpointId: 'vpce-0a1b2c3d', service: 'com.amazonaws.eu-west-1.ecr.api', type: 'Interface' },
          ...{ state: 'available', subnetIds: [], routeTableIds: [], securityGroupIds: [], privateDns: true },
        },
      ],
    });
    const redacted = again(redact(original, newKey()));
    const text = JSON.stringify(redacted);
    for (const secret of ['secret-', account, '0123456789ABCDEF', '0a1b2c3d']) expect(text).not.toContain(secret);
    for (const said of [policy, 'ec2:CreateTags', 'arn:aws:ec2:*:*:network-interface/*', 'pods.eks.amazonaws.com'])
      expect(text).toContain(said);
    for (const said of ['system:serviceaccount:kube-system:aws-node', 'Network interfaces per Region', 'ecr.api'])
      expect(text).toContain(said);
    const told = redacted as unknown as { [section: string]: { data: Record<string, never> } };
    const of = told.cluster!.data as unknown as { oidcIssuer: string; roleArn: string };
    const iam = told.iam!.data as unknown as {
      oidcIssuers: string[];
      roles: { arn: string; name: string; trust: { principals: string[]; conditions: { key: string }[] }[] }[];
    };
    const hidden = of.oidcIssuer.replace('https://', '');
    expect(iam.oidcIssuers).toEqual([hidden]);
    expect(iam.roles[0]!.arn).toBe(of.roleArn);
    expect(iam.roles[0]!.arn.endsWith(`/${iam.roles[0]!.name}`)).toBe(true);
    expect(iam.roles[0]!.trust[0]!.principals[0]).toMatch(new RegExp(`:oidc-provider/${hidden}$`));
    expect(iam.roles[0]!.trust[0]!.conditions[0]!.key).toBe(`${hidden}:sub`);
  });
});
