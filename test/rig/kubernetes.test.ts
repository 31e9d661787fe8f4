/** What vpccni reads from a real API server, with which rights, and what it says of those that lack. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { KUBERNETES_COLLECTORS } from '../../src/inspect/collect/kubernetes/index.ts';
import { kubeconfigConnection } from '../../src/inspect/collect/kubernetes/kubeconfig/index.ts';
import { openSession } from '../../src/inspect/collect/kubernetes/session.ts';
import { requiredPermissions } from '../../src/inspect/collect/permissions.ts';
import type { Sections } from '../../src/inspect/snapshot.ts';
import { buildCustomKinds } from './build/kube-base.ts';
import { KubeWriter } from './build/kube-writer.ts';
import { missingServers } from './servers/missing.ts';
import { heard, KubernetesUnderTest } from './support/kubernetes.ts';

const missing = missingServers(console.error).apiServer;
const SECTIONS = KUBERNETES_COLLECTORS.map((c) => c.section);

describe.skipIf(missing)(`rights on a real API server${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let api: KubernetesUnderTest;
  beforeAll(async () => {
    api = await KubernetesUnderTest.start();
  });
  afterAll(() => api?.stop());

  const statusOf = (sections: Sections) => Object.fromEntries(SECTIONS.map((s) => [s, sections[s].status]));

  it('finds no custom kind on a bare cluster, whatever the rights, and calls that no denial', async () => {
    const kinds = [
      'eniConfigs',
      'securityGroupPolicies',
      'cniNodes',
      'policyEndpoints',
      'nodePools',
      'nodeClasses',
    ] as const;
    for (const context of ['admin', 'viewer', 'nobody']) {
      const sections = await api.collectAs(context);
      for (const kind of kinds)
        expect([context, kind, sections[kind]]).toEqual([context, kind, { status: 'ok', data: [] }]);
    }
  });

  it('names the permission of everything that is denied', async () => {
    const sections = await api.collectAs('nobody');
    const denied = Object.fromEntries(
      SECTIONS.flatMap((s) => {
        const section = sections[s];
        return section.status === 'denied' ? [[s, section.permission]] : [];
      }),
    );
    expect(denied).toEqual({
      nodes: 'list nodes',
      pods: 'list pods',
      workloads: 'list daemonsets.apps',
      events: 'list events',
      cni: 'list daemonsets.apps',
      networkPolicies: 'list networkpolicies.networking.k8s.io',
      persistentVolumes: 'list persistentvolumes',
      services: 'list services',
      webhooks: 'list mutatingwebhookconfigurations.admissionregistration.k8s.io',
      rbac: 'get clusterroles.rbac.authorization.k8s.io/aws-node',
      crds: 'list customresourcedefinitions.apiextensions.k8s.io',
    });
  });

  describe('with custom kinds', () => {
    const { rules } = requiredPermissions(KUBERNETES_COLLECTORS);
    beforeAll(async () => {
      await buildCustomKinds(new KubeWriter(api.kube));
      // a new group is served at once, and listed among the groups a moment later
      const groups = async () => JSON.stringify(await api.kube.call('GET', '/apis'));
      for (const g of [
        'crd.k8s.amazonaws.com',
        'networking.k8s.aws',
        'karpenter.k8s.aws',
        'karpenter.sh',
        'vpcresources.k8s.aws',
      ])
        await vi.waitFor(async () => expect(await groups()).toContain(`"${g}"`), { timeout: 20_000 });
    });

    it('reads everything with the rights that are printed', async () => {
      await api.grant(rules);
      expect(statusOf(await api.collectAs('viewer'))).toEqual(Object.fromEntries(SECTIONS.map((s) => [s, 'ok'])));
    });

    it('needs every one of them that can be missed on this cluster, and nothing is empty for lack of one', async () => {
      for (const rule of rules) {
        // read only where aws-node is installed, or where AWS's own policies are, or served only by Auto Mode
        if (
          /controllerrevisions|serviceaccounts|clusternetworkpolicies|applicationnetworkpolicies/.test(
            String(rule.resources),
          ) ||
          rule.apiGroups[0] === 'eks.amazonaws.com'
        )
          continue;
        await api.grant(rules.filter((r) => r !== rule));
        const lost = Object.entries(statusOf(await api.collectAs('viewer'))).filter(([, status]) => status !== 'ok');
        expect(lost, JSON.stringify(rule)).not.toEqual([]);
      }
    }, 120_000);

    it('takes a kind that is gone for no objects, not for a denial', async () => {
      const definition = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/eniconfigs.crd.k8s.amazonaws.com';
      await api.kube.call('POST', '/apis/crd.k8s.amazonaws.com/v1alpha1/eniconfigs', {
        apiVersion: 'crd.k8s.amazonaws.com/v1alpha1',
        kind: 'ENIConfig',
        metadata: { name: 'a' },
        spec: { subnet: 'subnet-1', securityGroups: ['sg-1'] },
      });
      expect((await api.collectAs('admin')).eniConfigs).toEqual({
        status: 'ok',
        data: [{ name: 'a', subnetId: 'subnet-1', securityGroupIds: ['sg-1'] }],
      });
      await api.kube.call('DELETE', definition);
      const eniConfigs = async () => (await api.collectAs('viewer')).eniConfigs;
      await expect.poll(eniConfigs, { timeout: 10_000 }).toEqual({ status: 'ok', data: [] });
    });
  });

  it('finds events of aws-node that carry it as their reporting component only', async () => {
    await api.kube.call('POST', '/apis/events.k8s.io/v1/namespaces/kube-system/events', {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { name: 'e1', namespace: 'kube-system' },
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'aws-node',
      reportingInstance: 'aws-node-x',
      action: 'ec2:CreateNetworkInterface',
      reason: 'SomethingNew',
      regarding: { kind: 'Pod', namespace: 'kube-system', name: 'aws-node-x' },
      note: 'UnauthorizedOperation',
      type: 'Warning',
    });
    const { events } = await api.collectAs('admin');
    expect(events).toMatchObject({
      data: [
        {
          kind: 'unauthorized',
          source: 'aws-node',
          action: 'ec2:CreateNetworkInterface',
          count: 1,
          object: { name: 'aws-node-x' },
        },
      ],
    });
  });

  it('tells wrong credentials from missing rights', async () => {
    const good = (await kubeconfigConnection({ file: api.server.kubeconfig, context: 'admin' }))!;
    const tls = (await good.credentials()).tls;
    const wrong = openSession({
      ...good,
      credentials: async () => ({ headers: { authorization: 'Bearer wrong' }, tls }),
    });
    const nobody = openSession({ ...good, credentials: async () => ({ headers: {}, tls }) });
    for (const s of [wrong, nobody]) api.closes(() => s.close());
    await expect(heard(wrong).access.list('/api/v1/pods', () => {})).rejects.toMatchObject({ kind: 'credentials' });
    await expect(heard(nobody).access.list('/api/v1/pods', () => {})).rejects.toMatchObject({
      kind: 'denied',
      permission: 'list pods',
      message: expect.stringContaining('system:anonymous'),
    });
  });
});
