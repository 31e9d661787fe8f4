/** Webhooks, the CNI's own rights, kinds that are installed, and Services. */
import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { crds } from '../../../../src/inspect/collect/kubernetes/crds.ts';
import { rbac } from '../../../../src/inspect/collect/kubernetes/rbac.ts';
import { services } from '../../../../src/inspect/collect/kubernetes/services.ts';
import { webhooks } from '../../../../src/inspect/collect/kubernetes/webhooks.ts';
import { crdSchema, rbacSchema, serviceSchema, webhookSchema } from '../../../../src/inspect/snapshot/control.ts';
import { collect, fakeAccess, type Served } from './fake-access.ts';

const HOOKS = '/apis/admissionregistration.k8s.io/v1';
const RBAC = '/apis/rbac.authorization.k8s.io/v1';

describe('webhooks', () => {
  const PODS = { apiGroups: [''], apiVersions: ['v1'], resources: ['pods'], operations: ['CREATE'] };
  const hook = (rule: object, over: object = {}) => ({
    name: 'mpod.example.com',
    clientConfig: { service: { namespace: 'ns', name: 'hook' } },
    rules: [rule],
    timeoutSeconds: 5,
    ...over,
  });
  const read = async (served: Served) => {
    const { data, missing } = await collect(webhooks, fakeAccess(served));
    expect(v.safeParse(v.array(webhookSchema), data).success).toBe(true);
    return { data, missing };
  };
  const one = async (rule: object, over: object = {}) => {
    const configuration = { metadata: { name: 'c' }, webhooks: [hook(rule, over)] };
    const { data } = await read({ [`${HOOKS}/mutatingwebhookconfigurations`]: [configuration] });
    return data[0]!;
  };

  it('says which writes to pods each sees, and who answers', async () => {
    expect(await one(PODS)).toEqual({
      kind: 'mutating',
      configuration: 'c',
      name: 'mpod.example.com',
      failurePolicy: 'Fail',
      timeoutSeconds: 5,
      service: 'ns/hook',
      podOperations: ['CREATE'],
      podStatus: false,
      selective: false,
    });
  });

  it.each([
    [{ ...PODS, resources: ['*'], operations: ['*'] }, ['CREATE', 'UPDATE'], false],
    [{ ...PODS, resources: ['*/*'] }, ['CREATE'], true],
    [{ ...PODS, resources: ['pods/status'] }, [], true],
    [{ ...PODS, resources: ['pods/*'] }, [], true],
    [{ ...PODS, apiGroups: ['*'] }, ['CREATE'], false],
    [{ ...PODS, apiGroups: ['apps'] }, [], false],
    [{ ...PODS, resources: ['services'] }, [], false],
    [{ ...PODS, operations: ['DELETE', 'CONNECT'] }, [], false],
  ])('reads rule %j', async (rule, podOperations, podStatus) => {
    expect(await one(rule)).toMatchObject({ podOperations, podStatus });
  });

  it('knows one that selects from one that sees everything', async () => {
    expect(await one(PODS, { namespaceSelector: { matchLabels: { a: 'b' } } })).toMatchObject({ selective: true });
    expect(await one(PODS, { objectSelector: { matchExpressions: [{ key: 'a' }] } })).toMatchObject({
      selective: true,
    });
    expect(await one(PODS, { namespaceSelector: {}, objectSelector: {} })).toMatchObject({ selective: false });
  });

  it('keeps one kind where the other is denied', async () => {
    const { data, missing } = await read({
      [`${HOOKS}/mutatingwebhookconfigurations`]: 'denied',
      [`${HOOKS}/validatingwebhookconfigurations`]: [{ metadata: { name: 'c' }, webhooks: [hook(PODS)] }],
    });
    expect(data.map((w) => w.kind)).toEqual(['validating']);
    expect(missing).toHaveLength(1);
  });

  it('is denied where both are', async () => {
    const denied = {
      [`${HOOKS}/mutatingwebhookconfigurations`]: 'denied',
      [`${HOOKS}/validatingwebhookconfigurations`]: 'denied',
    } as const;
    await expect(read(denied)).rejects.toMatchObject({ kind: 'denied' });
  });
});

describe('rights of aws-node', () => {
  const read = async (served: Served) => {
    const { data } = await collect(rbac, fakeAccess(served));
    expect(v.safeParse(rbacSchema, data).success).toBe(true);
    return data;
  };
  const subject = { kind: 'ServiceAccount', name: 'aws-node', namespace: 'kube-system' };

  it('are the rules of its ClusterRole, bound to its service account', async () => {
    const data = await read({
      [`${RBAC}/clusterroles/aws-node`]: {
        rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch'] }],
      },
      [`${RBAC}/clusterrolebindings/aws-node`]: { subjects: [subject] },
    });
    expect(data).toEqual({
      rules: [{ groups: [''], resources: ['pods'], verbs: ['list', 'watch'], urls: [] }],
      bound: true,
    });
  });

  it('are none where neither is there, or another account is bound', async () => {
    expect(await read({})).toEqual({ bound: false });
    const other = { subjects: [{ ...subject, namespace: 'default' }] };
    expect(await read({ [`${RBAC}/clusterrolebindings/aws-node`]: other })).toEqual({ bound: false });
  });
});

describe('kinds', () => {
  it('keeps those of the CNI and its neighbours, with the versions that are served', async () => {
    const crd = (name: string, served = true) => ({
      metadata: { name, creationTimestamp: '2026-01-02T03:04:05Z' },
      spec: {
        versions: [
          { name: 'v1alpha1', served },
          { name: 'v0', served: false },
        ],
      },
    });
    const { data } = await collect(
      crds,
      fakeAccess({
        '/apis/apiextensions.k8s.io/v1/customresourcedefinitions': [
          crd('eniconfigs.crd.k8s.amazonaws.com'),
          crd('ciliumnodes.cilium.io'),
          crd('widgets.example.com'),
        ],
      }),
    );
    expect(v.safeParse(v.array(crdSchema), data).success).toBe(true);
    expect(data.map((c) => [c.name, c.versions])).toEqual([
      ['eniconfigs.crd.k8s.amazonaws.com', ['v1alpha1']],
      ['ciliumnodes.cilium.io', ['v1alpha1']],
    ]);
  });
});

describe('services', () => {
  it('keeps how traffic reaches pods', async () => {
    const service = (spec: object, annotations = {}) => ({
      metadata: { namespace: 'ns', name: 's', annotations },
      spec,
    });
    const { data } = await collect(
      services,
      fakeAccess({
        '/api/v1/services': [
          service(
            {
              type: 'LoadBalancer',
              clusterIPs: ['172.20.0.1'],
              selector: { app: 'web' },
              externalTrafficPolicy: 'Local',
              ports: [{ name: 'http', port: 80, targetPort: 'http', nodePort: 30080 }],
            },
            { 'service.beta.kubernetes.io/aws-load-balancer-nlb-target-type': 'instance' },
          ),
          service({ clusterIP: 'None', ports: [{ port: 53, protocol: 'UDP' }] }),
        ],
      }),
    );
    expect(v.safeParse(v.array(serviceSchema), data).success).toBe(true);
    expect(data).toMatchObject([
      {
        type: 'LoadBalancer',
        clusterIps: ['172.20.0.1'],
        selector: { app: 'web' },
        externalTrafficPolicy: 'Local',
        ports: [{ name: 'http', protocol: 'TCP', port: 80, targetPort: 'http', nodePort: 30080 }],
        targetType: 'instance',
      },
      { type: 'ClusterIP', clusterIps: [], ports: [{ protocol: 'UDP', port: 53, targetPort: '53' }] },
    ]);
  });
});
