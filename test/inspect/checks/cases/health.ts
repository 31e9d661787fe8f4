import type { ContainerState } from '../../../../src/inspect/facts/support/aws-node-state.ts';
import type { ClusterEvent, Cni } from '../../../../src/inspect/snapshot/kubernetes.ts';
import {
  addon,
  ago,
  cluster,
  cni,
  denied,
  event,
  iamOfNodes,
  instance,
  NODE_ROLE,
  node,
  nodegroup,
  partial,
  pod,
} from '../../../support/snapshot-builder.ts';
import { World } from '../world.ts';
import type { Case, Want } from './case.ts';
import { plain } from './worlds.ts';

type CniPod = Cni['pods'][number];

/** The image of aws-node on n1 cannot be pulled. */
const unpulled = (image: string, part: Partial<Cni> = {}): Cni => {
  const base = cni();
  const containers = [{ name: 'aws-node', ready: false, restarts: 0, waitingReason: 'ImagePullBackOff' }];
  const pods = [
    cniPod('aws-node-1', 'n1', { waitingReason: 'ImagePullBackOff', restarts: 0, startedAt: undefined, containers }),
  ];
  return { ...base, containers: base.containers.map((c) => ({ ...c, image })), pods, ...part };
};

const cniPod = (name: string, onNode: string, part: object = {}) => ({
  name,
  node: onNode,
  ready: false,
  phase: 'Running',
  restarts: 9,
  startedAt: ago(900),
  ...part,
});

const absent = cni({ installed: false, installMethod: 'none', containers: [], initContainers: [] } as never);
const bare = () =>
  new World()
    .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
    .node('n1', { home: 'subnet-0a', node: { ready: 'False', readyReason: 'cni-not-initialized' }, waiting: 1 });

export const add001: Case = {
  whole: ['cni'],
  fires: [
    {
      name: 'a node waits for a network nobody installs',
      of: bare().snapshot({ cni: absent, nodegroups: [nodegroup({ status: 'CREATE_FAILED' })] }),
      want: [
        {
          id: 'ADD001:prod',
          severity: 'error',
          confidence: 'observed',
          waiting: ['shop/wait-n1-0'],
          evidence: { nodes: 1, notReady: 1, failedGroups: ['workers'] },
          says: /node group workers failed/,
          commands: [
            /^aws eks create-addon --cluster-name prod --addon-name vpc-cni --resolve-conflicts OVERWRITE --region eu-west-1$/,
          ],
        },
      ],
    },
    {
      name: 'EKS says that no node of a group joined',
      of: bare().snapshot({
        cni: absent,
        nodegroups: [
          nodegroup({ status: 'ACTIVE', health: [{ code: 'NodeCreationFailure', message: '', resourceIds: [] }] }),
        ],
      }),
      want: [
        {
          id: 'ADD001:prod',
          severity: 'error',
          evidence: { failedGroups: ['workers'] },
          says: /node group workers failed/,
        },
      ],
    },
  ],
  quiet: [
    { name: 'it is there', of: plain().snapshot() },
    { name: 'no node yet', of: new World().snapshot({ cni: absent, nodegroups: [] }) },
  ],
  notApplicable: [
    {
      name: 'Cilium runs the network',
      of: bare().snapshot({
        cni: { ...absent, otherCnis: [{ engine: 'cilium', namespace: 'kube-system', name: 'cilium' }] },
      }),
    },
    { name: 'Auto Mode', of: bare().snapshot({ cni: absent, cluster: cluster({ autoMode: true }) }) },
  ],
};

const conflict = {
  code: 'ConfigurationConflict',
  message:
    'Conflicts found when trying to apply. Apply failed with 1 conflict: conflict with "kubectl-set" using apps/v1: .spec.template.spec.containers[name="aws-node"].env[name="WARM_IP_TARGET"].value',
  resourceIds: [],
};

export const add002: Case = {
  fires: [
    {
      name: 'a conflict, with what was set by hand',
      of: plain().snapshot({
        env: { WARM_IP_TARGET: '5' },
        addons: [
          addon({ status: 'UPDATE_FAILED', health: [conflict], configuration: { env: { ENABLE_POD_ENI: 'false' } } }),
        ],
      }),
      want: [
        {
          id: 'ADD002:vpc-cni',
          severity: 'error',
          evidence: {
            codes: ['ConfigurationConflict'],
            fields: ['.spec.template.spec.containers[name="aws-node"].env[name="WARM_IP_TARGET"].value'],
            setByHand: ['WARM_IP_TARGET'],
          },
          commands: [
            /^aws eks update-addon .*--resolve-conflicts OVERWRITE --configuration-values='\{"env":\{"ENABLE_POD_ENI":"false"\}\}'/,
          ],
        },
      ],
    },
    {
      name: 'too few ready pods',
      of: new World()
        .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
        .node('n1', { home: 'subnet-0a', node: { ready: 'False' } })
        .snapshot({
          addons: [
            addon({
              status: 'DEGRADED',
              health: [{ code: 'InsufficientNumberOfReplicas', message: '', resourceIds: [] }],
            }),
          ],
        }),
      want: [
        {
          id: 'ADD002:vpc-cni',
          severity: 'error',
          evidence: { notReadyNodes: ['n1'] },
          commands: [/delete pod --wait=false aws-node-n1$/],
        },
      ],
    },
    {
      name: 'its pods are on nodes it does not serve: none is restarted',
      of: plain()
        .node('auto', { home: 'subnet-0a', node: { labels: { 'eks.amazonaws.com/compute-type': 'auto' } } })
        .snapshot({
          cni: cni({ pods: [cniPod('aws-node-a', 'auto'), ...plain().cniPods] }),
          addons: [
            addon({
              status: 'DEGRADED',
              health: [{ code: 'INSUFFICIENT_NUMBER_OF_REPLICAS', message: '', resourceIds: [] }],
              configuration: { env: { WARM_ENI_TARGET: '1' } },
            }),
          ],
        }),
      want: [
        {
          id: 'ADD002:vpc-cni',
          severity: 'error',
          evidence: { notReadyNodes: [], unservedNodes: ['auto'] },
          says: /its pod on 1 node of another platform can never be ready \(auto\)/,
          commands: [
            /^aws eks update-addon .*PRESERVE --configuration-values=.\{"env":\{"WARM_ENI_TARGET":"1"\},"affinity":.*"fargate","hybrid","auto"/,
          ],
        },
      ],
    },
    {
      name: 'an update that hangs',
      of: plain().snapshot({ addons: [addon({ status: 'UPDATING', modifiedAt: ago(1800) })] }),
      want: [{ id: 'ADD002:vpc-cni', severity: 'warning', evidence: { runningFor: 1800 } }],
    },
  ],
  quiet: [
    { name: 'active', of: plain().snapshot({ addons: [addon()] }) },
    {
      name: 'an update that just began',
      of: plain().snapshot({ addons: [addon({ status: 'UPDATING', modifiedAt: ago(300) })] }),
    },
  ],
  notApplicable: [{ name: 'not a managed add-on', of: plain().snapshot({ addons: [] }) }],
};

const refusedCall = event({
  kind: 'unauthorized',
  reason: 'MissingIAMPermissions',
  source: 'aws-node',
  action: 'ec2:AssignPrivateIpAddresses',
  object: { kind: 'Pod', namespace: 'kube-system', name: 'aws-node-n1' },
});

export const iam001: Case = {
  fires: [
    {
      name: 'aws-node may not assign addresses',
      of: plain().snapshot({
        events: [
          event({
            kind: 'unauthorized',
            reason: 'MissingIAMPermissions',
            source: 'aws-node',
            action: 'ec2:AssignPrivateIpAddresses',
            object: { kind: 'Pod', namespace: 'kube-system', name: 'aws-node-n1' },
            count: 7,
          }),
        ],
        cni: cni({
          serviceAccountRoleArn: 'arn:aws-cn:iam::111122223333:role/eks/cni',
          pods: [{ name: 'aws-node-n1', node: 'n1', ready: true, phase: 'Running', restarts: 0 }],
        }),
      }),
      want: [
        {
          id: 'IAM001:aws-node',
          severity: 'error',
          confidence: 'observed',
          evidence: { actions: ['ec2:AssignPrivateIpAddresses'], events: 7, nodes: 1, lastSecondsAgo: 60 },
          commands: [
            /^aws iam attach-role-policy --role-name cni --policy-arn arn:aws-cn:iam::aws:policy\/AmazonEKS_CNI_Policy$/,
          ],
        },
      ],
    },
    {
      name: 'the service account has lost the role that the add-on names',
      of: plain().snapshot({
        events: [refusedCall],
        addons: [addon({ serviceAccountRoleArn: 'arn:aws:iam::111122223333:role/cni-irsa' })],
        cni: cni({ pods: plain().cniPods }),
        nodegroups: [nodegroup({ nodeRole: 'arn:aws:iam::111122223333:role/nodes' })],
      }),
      want: [
        {
          id: 'IAM001:aws-node',
          severity: 'error',
          evidence: { role: 'arn:aws:iam::111122223333:role/nodes' },
          commands: [
            /^kubectl -n kube-system annotate serviceaccount aws-node eks\.amazonaws\.com\/role-arn=arn:aws:iam::111122223333:role\/cni-irsa --overwrite$/,
            /rollout restart ds\/aws-node$/,
          ],
        },
      ],
    },
    {
      name: 'refused twenty minutes ago by a role that allows it now',
      of: plain().snapshot({
        events: [{ ...refusedCall, firstAt: ago(3000), lastAt: ago(1200) }],
        cni: cni({ pods: plain().cniPods }),
        nodegroups: [nodegroup({ nodeRole: NODE_ROLE })],
        iam: iamOfNodes(),
      }),
      want: [
        {
          id: 'IAM001:aws-node',
          severity: 'info',
          evidence: { allowedByRole: true, lastSecondsAgo: 1200 },
          says: /; the policies of its role allow it now$/,
          commands: [],
        },
      ],
    },
    {
      name: 'refused a minute ago, and an ENI was attached since',
      of: (() => {
        const world = plain();
        const at = {
          ...world.enis.find((e) => e.attachment?.instanceId === 'i-n1' && e.attachment.deviceIndex === 1)!,
        };
        const attachment = { ...at.attachment!, attachedAt: ago(20) };
        return world.snapshot({
          events: [{ ...refusedCall, action: 'ec2:CreateNetworkInterface', firstAt: ago(600), lastAt: ago(60) }],
          networkInterfaces: world.enis.map((e) => (e.eniId === at.eniId ? { ...e, attachment } : e)),
          cni: cni({ pods: world.cniPods }),
        });
      })(),
      want: [
        {
          id: 'IAM001:aws-node',
          severity: 'info',
          evidence: { succeededSince: true },
          says: /; such calls succeeded since$/,
          commands: [],
        },
      ],
    },
    {
      name: 'whether it names one could not be read: it may have lost what the add-on names, so no role is changed',
      of: plain().snapshot({
        events: [refusedCall],
        addons: [addon({ serviceAccountRoleArn: 'arn:aws:iam::111122223333:role/cni-irsa' })],
        cni: partial(cni({ pods: plain().cniPods }), 'get serviceaccounts/aws-node in kube-system'),
      }),
      want: [{ id: 'IAM001:aws-node', severity: 'error', evidence: { role: null }, commands: [] }],
    },
    {
      name: 'the controller may not make a branch ENI',
      of: plain().snapshot({
        events: [
          event({
            kind: 'branch-failed',
            source: 'vpc-resource-controller',
            action: 'ec2:CreateNetworkInterface',
            object: { kind: 'Pod', namespace: 'shop', name: 'orders' },
          }),
        ],
      }),
      want: [
        {
          id: 'IAM001:resource-controller',
          severity: 'error',
          commands: [/--role-name eks-prod --policy-arn arn:aws:iam::aws:policy\/AmazonEKSVPCResourceController$/],
        },
      ],
    },
    {
      name: 'aws-node counts refusals, and no event tells',
      of: plain().snapshot({
        cni: cni({ serviceAccountRoleArn: 'arn:aws:iam::111122223333:role/eks/cni', pods: plain().cniPods }),
        cniMetrics: [
          {
            pod: 'aws-node-n1',
            node: 'n1',
            values: {},
            awsErrors: { UnauthorizedOperation: 7 },
            unauthorized: { AssignPrivateIpAddresses: 7 },
          },
        ],
      }),
      want: [
        {
          id: 'IAM001:aws-node',
          severity: 'error',
          evidence: { actions: ['ec2:AssignPrivateIpAddresses'], events: 0, counted: 7, nodes: 1 },
          says: /^AWS refused ec2:AssignPrivateIpAddresses to aws-node on 1 node \(counted 7 times since it started\)/,
        },
      ],
    },
  ],
  quiet: [
    { name: 'no such event', of: plain().snapshot() },
    {
      name: 'an event of yesterday',
      of: plain().snapshot({
        events: [
          event({
            kind: 'unauthorized',
            object: { kind: 'Node', name: 'n1' },
            firstAt: ago(90_000),
            lastAt: ago(90_000),
          }),
        ],
      }),
    },
  ],
};

export const hlt001: Case = {
  blindWithout: ['events'],
  fires: [
    {
      name: 'two pods of one node, one of another that tells a different story',
      of: (() => {
        const world = plain().waiting('x', 'n1').waiting('y', 'n1').waiting('z', 'n1');
        world.events.push(
          event({
            kind: 'network-policy-setup-failed',
            object: { kind: 'Pod', namespace: 'shop', name: 'z' },
            count: 9,
          }),
        );
        return world.snapshot();
      })(),
      want: [
        { id: 'HLT001:n1/address', severity: 'error', confidence: 'observed', waiting: ['shop/x', 'shop/y'] },
        {
          id: 'HLT001:n1/network-policy-setup-failed',
          severity: 'error',
          waiting: ['shop/z'],
          says: /the network policy could not be set up/,
          commands: [/^kubectl -n shop describe pod z$/, /^kubectl -n shop delete pod --wait=false z$/],
        },
      ],
    },
  ],
  quiet: [
    { name: 'nobody waits', of: plain().snapshot() },
    {
      name: 'a pod of twenty seconds',
      of: (() => {
        const world = plain();
        world.pods.push(
          pod({ name: 'new', namespace: 'shop', node: 'n1', phase: 'Pending', waiting: true, createdAt: ago(20) }),
        );
        return world.snapshot();
      })(),
    },
  ],
};

/** The container that is not ready. */
const broken = (name: string, state: Partial<ContainerState>): Partial<CniPod> => ({
  containers: [{ name, init: false, ready: false, restarts: 9, ...state }],
});

/** The policy agent of one node ends again and again beside an aws-node that runs. */
const agentCrashes = cni({
  pods: [cniPod('aws-node-1', 'n1', broken('aws-eks-nodeagent', { waitingReason: 'CrashLoopBackOff', exitCode: 1 }))],
});

export const hlt002: Case = {
  fires: [
    {
      name: 'one crashes, one is killed by its probe, one image cannot be pulled',
      of: plain().snapshot({
        cni: cni({
          desired: 3,
          pods: [
            cniPod('aws-node-1', 'n1', broken('aws-node', { waitingReason: 'CrashLoopBackOff', exitCode: 1 })),
            cniPod('aws-node-2', 'n2', broken('aws-node', { exitCode: 137, endedReason: 'Error' })),
          ],
        }),
      }),
      want: [
        {
          id: 'HLT002/crash:aws-node',
          severity: 'error',
          evidence: { nodes: 1, desired: 3 },
          says: /CrashLoopBackOff, exit code 1, up to 9 restarts/,
          commands: [
            /^kubectl -n kube-system logs aws-node-1 -c aws-node --previous --tail=50$/,
            /delete pod --wait=false aws-node-1$/,
          ],
        },
        {
          id: 'HLT002/killed:aws-node',
          severity: 'error',
          commands: [/logs aws-node-2/, /set resources ds\/aws-node .*cpu=100m/],
        },
      ],
    },
    {
      name: 'the policy agent alone crash-loops: pods have their addresses, and kubectl has no log of aws-node',
      of: plain().waiting('x', 'n1').snapshot({
        cni: agentCrashes,
      }),
      want: [
        {
          id: 'HLT002/crash:aws-eks-nodeagent',
          severity: 'error',
          waiting: [],
          evidence: { pods: [{ container: 'aws-eks-nodeagent', exitCode: 1 }] },
          says: /^container aws-eks-nodeagent of aws-node is not ready/,
          commands: [/logs aws-node-1 -c aws-eks-nodeagent --previous/, /delete pod/],
        },
      ],
    },
    {
      name: 'exit code 137 for want of memory',
      of: plain().snapshot({
        cni: cni({
          pods: [cniPod('aws-node-1', 'n1', broken('aws-node', { exitCode: 137, endedReason: 'OOMKilled' }))],
        }),
      }),
      want: [
        {
          id: 'HLT002/memory:aws-node',
          severity: 'error',
          says: /OOMKilled, exit code 137/,
          commands: [
            /logs aws-node-1 -c aws-node --previous/,
            /set resources ds\/aws-node -c aws-node --limits=memory=0/,
          ],
        },
      ],
    },
    {
      name: 'an init container fails, which kubectl shows by name',
      of: plain().snapshot({
        cni: cni({
          pods: [cniPod('aws-node-1', 'n1', broken('aws-vpc-cni-init', { init: true, exitCode: 1 }))],
        }),
      }),
      want: [
        {
          id: 'HLT002/crash:aws-vpc-cni-init',
          severity: 'error',
          commands: [/-c aws-vpc-cni-init --previous/, /delete pod/],
        },
      ],
    },
    {
      name: 'containers are not told apart: no log is asked of one that may have none',
      of: plain().snapshot({
        cni: cni({ pods: [cniPod('aws-node-1', 'n1', { waitingReason: 'CrashLoopBackOff', exitCode: 1 })] }),
      }),
      want: [{ id: 'HLT002/crash:aws-node', severity: 'error', commands: [/describe pod aws-node-1$/, /delete pod/] }],
    },
    {
      name: 'an image that cannot be pulled',
      of: plain().snapshot({
        cni: cni({
          pods: [cniPod('aws-node-1', 'n1', { waitingReason: 'ImagePullBackOff', restarts: 0, startedAt: undefined })],
        }),
      }),
      want: [
        {
          id: 'HLT002/image:aws-node',
          severity: 'error',
          commands: [/^kubectl .*describe pod aws-node-1$/, /delete pod/],
        },
      ],
    },
    {
      name: 'the image of another Region under a managed add-on: its own image is put back, no log is read',
      of: plain().snapshot({
        addons: [addon()],
        cni: unpulled('602401143452.dkr.ecr.us-west-2.amazonaws.com/amazon-k8s-cni:v1.23.1-eksbuild.1'),
      }),
      want: [
        {
          id: 'HLT002/image:aws-node',
          severity: 'error',
          commands: [/^aws eks update-addon .*--addon-name vpc-cni .*--resolve-conflicts OVERWRITE/],
        },
      ],
    },
    {
      name: 'the image of another Region in a manifest: that of this one is set',
      of: plain().snapshot({
        addons: [],
        cni: unpulled('602401143452.dkr.ecr.us-west-2.amazonaws.com/amazon-k8s-cni:v1.23.1', {
          installMethod: 'manifest',
        }),
      }),
      want: [
        {
          id: 'HLT002/image:aws-node',
          severity: 'error',
          commands: [
            /^kubectl -n kube-system set image ds\/aws-node aws-node=602401143452\.dkr\.ecr\.eu-west-1\.amazonaws\.com\/amazon-k8s-cni:v1\.23\.1$/,
          ],
        },
      ],
    },
    {
      name: 'the image of another Region in a Helm release: the values of the chart are set',
      of: plain().snapshot({
        addons: [],
        cni: unpulled('602401143452.dkr.ecr.us-west-2.amazonaws.com/amazon-k8s-cni:v1.23.1', {
          installMethod: 'helm',
          helmRelease: { name: 'aws-vpc-cni', namespace: 'kube-system', chart: 'aws-vpc-cni-1.23.1' },
        }),
      }),
      want: [
        {
          id: 'HLT002/image:aws-node',
          severity: 'error',
          commands: [
            /^helm upgrade aws-vpc-cni .*--reuse-values --set-string image\.region=eu-west-1 --set-string image\.account=602401143452$/,
          ],
        },
      ],
    },
    {
      name: 'its probes fail: short timeouts, little CPU and a limit of it; its log says why, and metrics are off',
      of: (() => {
        const world = plain();
        world.events.push(
          event({
            kind: 'probe-failed',
            reason: 'Unhealthy',
            object: { kind: 'Pod', namespace: 'kube-system', name: 'aws-node-1' },
            count: 7,
          }),
        );
        const base = cni({
          env: { DISABLE_METRICS: 'true' },
          pods: [cniPod('aws-node-1', 'n1', broken('aws-node', { exitCode: 137, endedReason: 'Error' }))],
        });
        const probes = [
          { kind: 'liveness', by: 'exec', timeoutSeconds: 1 },
          { kind: 'readiness', by: 'exec', timeoutSeconds: 10 },
        ] as const;
        const containers = base.containers.map((c) => ({
          ...c,
          ...(c.name === 'aws-node' ? { probes: [...probes], cpuRequest: '10m', cpuLimit: '100m' } : {}),
        }));
        return world.snapshot({
          cni: { ...base, containers },
          cniLogs: [
            {
              pod: 'aws-node-1',
              container: 'aws-node',
              previous: true,
              lines: 9,
              signs: [{ sign: 'api-server-unreachable', lines: 3 }],
            },
          ],
        });
      })(),
      want: [
        {
          id: 'HLT002/probe:aws-node',
          severity: 'error',
          evidence: {
            probesFailed: 7,
            scarce: ['its probes time out after 1 s', 'it asks for 10m of CPU', 'its CPU is limited to 100m'],
            logged: ['api-server-unreachable'],
            hidden: ['DISABLE_METRICS'],
          },
          commands: [
            /^kubectl -n kube-system logs aws-node-1 -c aws-node --previous --tail=50$/,
            /^kubectl -n kube-system patch ds aws-node -p '\{"spec":\{"template":\{"spec":\{"containers":\[\{"name":"aws-node","livenessProbe":\{"timeoutSeconds":10\}\}\]\}\}\}\}'$/,
            /^kubectl -n kube-system set resources ds\/aws-node -c aws-node --requests=cpu=100m --limits=cpu=0$/,
          ],
        },
      ],
    },
    {
      name: 'a rollout of twenty minutes, held up by one node',
      of: plain().snapshot({
        cni: cni({
          desired: 3,
          updated: 1,
          changedAt: ago(1200),
          pods: [
            cniPod('aws-node-1', 'n1', broken('aws-node', { waitingReason: 'CrashLoopBackOff', exitCode: 1 })),
            cniPod('aws-node-2', 'n2', { ready: true, restarts: 0, startedAt: ago(9000) }),
          ],
        }),
      }),
      want: [
        { id: 'HLT002/crash:aws-node', severity: 'error' },
        {
          id: 'HLT002/rollout:rollout',
          severity: 'error',
          evidence: { rollout: { updated: 1, desired: 3, sinceSeconds: 1200, lagging: ['n2'] } },
          says: /^the rollout of aws-node stands at 1 of 3 nodes since 20 min: the others \(n2\) still run by the settings of before$/,
          commands: [
            /^kubectl -n kube-system delete pod --wait=false aws-node-1$/,
            /^kubectl -n kube-system rollout status ds\/aws-node --timeout=15m$/,
          ],
        },
      ],
    },
    {
      name: 'the policy agent crash-loops, and a new pod gets no policy set up',
      of: (() => {
        const world = plain();
        world.waiting('x', 'n1');
        return world.snapshot({
          cni: agentCrashes,
          events: [
            event({
              kind: 'network-policy-setup-failed',
              object: { kind: 'Pod', namespace: 'shop', name: 'x' },
              count: 5,
            }),
          ],
        });
      })(),
      want: [
        {
          id: 'HLT002/crash:aws-eks-nodeagent',
          severity: 'error',
          waiting: ['shop/x'],
          says: /and 1 pod waits for its network policy there$/,
        },
      ],
    },
  ],
  quiet: [
    {
      name: 'the kubelet of its node is silent: no pod there counts as ready, whatever it does',
      of: plain()
        .node('n3', { home: 'subnet-0a', node: { ready: 'Unknown', readyReason: 'kubelet-silent' } })
        .snapshot({
          cni: cni({ pods: [cniPod('aws-node-3', 'n3', { waitingReason: undefined, restarts: 0, containers: [] })] }),
        }),
    },
    { name: 'all ready', of: plain().snapshot() },
    {
      name: 'a rollout of ten minutes',
      of: plain().snapshot({ cni: cni({ desired: 2, updated: 1, changedAt: ago(600), pods: plain().cniPods }) }),
    },
    {
      name: 'one that started a minute ago',
      of: plain().snapshot({ cni: cni({ pods: [cniPod('aws-node-1', 'n1', { restarts: 1, startedAt: ago(60) })] }) }),
    },
    {
      name: 'one that is being deleted',
      of: (() => {
        const world = plain();
        world.pods.push(
          pod({ name: 'aws-node-1', namespace: 'kube-system', node: 'n1', class: 'host-network', terminating: true }),
        );
        return world.snapshot({ cni: cni({ pods: [cniPod('aws-node-1', 'n1')] }) });
      })(),
    },
  ],
  notApplicable: [{ name: 'there is no aws-node', of: bare().snapshot({ cni: absent }) }],
};

/** n1 runs aws-node, n2 the agent of Cilium instead. */
const parked = () => {
  const world = plain();
  world.pods.push(
    pod({ name: 'cilium-x', namespace: 'kube-system', node: 'n2', class: 'host-network', owner: 'DaemonSet/cilium' }),
  );
  return world;
};

/** A third node beside the two in order, which never got ready. */
const lone = () =>
  plain().node('n3', { home: 'subnet-0a', node: { ready: 'False', readyReason: 'cni-not-initialized' } });

const SHIPPED_AFFINITY = [
  [
    { key: 'kubernetes.io/os', operator: 'In', values: ['linux'] },
    { key: 'kubernetes.io/arch', operator: 'In', values: ['amd64', 'arm64'] },
    { key: 'eks.amazonaws.com/compute-type', operator: 'NotIn', values: ['fargate', 'hybrid', 'auto'] },
  ],
];
const AS_SHIPPED = {
  nodeSelector: {},
  computeTypesExcluded: ['auto', 'fargate', 'hybrid'],
  toleratesAll: true,
  affinity: SHIPPED_AFFINITY,
  tolerations: [{}],
};
type Placement = NonNullable<Parameters<typeof cni>[0]>['placement'];

/** Two nodes in order, and a third with these marks on which no aws-node stands; the DaemonSet asks this of nodes. */
function without(
  part: NonNullable<Parameters<World['node']>[1]['node']>,
  placement: Placement = AS_SHIPPED,
  over: Parameters<World['snapshot']>[0] = {},
) {
  const os = { 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' };
  const never = { ready: 'False', readyReason: 'cni-not-initialized' } as const;
  const world = plain().node('n3', {
    home: 'subnet-0a',
    node: { ...never, ...part, labels: { 'eks.amazonaws.com/nodegroup': 'workers', ...os, ...part.labels } },
  });
  return world.snapshot({
    pods: world.pods.filter((p) => p.name !== 'aws-node-n3'),
    cni: cni({ pods: world.cniPods.filter((p) => p.node !== 'n3'), desired: 2, placement }),
    ...over,
  });
}

const ofAwsNode = { kind: 'DaemonSet', namespace: 'kube-system', name: 'aws-node' };
const refused = (refusal: NonNullable<ClusterEvent['refusal']>) => ({
  events: [event({ kind: 'create-refused', reason: 'FailedCreate', object: ofAwsNode, refusal })],
});

/** aws-node of the third node that the scheduler has no room for. */
const crowded = () => {
  const object = { kind: 'Pod', namespace: 'kube-system', name: 'aws-node-n3' };
  const world = plain();
  return without({}, AS_SHIPPED, {
    pods: [
      ...world.pods,
      pod({ name: 'aws-node-n3', namespace: 'kube-system', phase: 'Pending', owner: 'DaemonSet/aws-node' }),
    ],
    events: [
      event({
        ...{ kind: 'scheduling-failed', reason: 'FailedScheduling', object },
        unfit: [
          { what: 'cpu', nodes: 1 },
          { what: 'affinity', nodes: 2 },
        ],
      }),
    ],
  });
};

const notScheduled = (
  because: string,
  keptOffBy: readonly string[],
  says: RegExp,
  commands: readonly RegExp[],
): Want => ({
  id: `HLT003/not-scheduled:nodes/${because}`,
  severity: 'error',
  confidence: 'observed',
  evidence: { nodes: 1, withoutAwsNode: 1, because, keptOffBy },
  says,
  commands,
});

export const hlt003: Case = {
  fires: [
    {
      name: 'a taint that aws-node does not tolerate',
      of: without(
        { taints: [{ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }] },
        { ...AS_SHIPPED, toleratesAll: false, tolerations: [{ key: 'other' }] },
      ),
      want: [
        notScheduled('taint', ['dedicated=gpu:NoSchedule'], /: it does not tolerate dedicated=gpu:NoSchedule$/, [
          /^kubectl -n kube-system patch ds aws-node --type merge .*"tolerations":\[\{"operator":"Exists"\}\]/,
        ]),
      ],
    },
    {
      name: 'the same beside the add-on: what was set by hand goes first, then what its updates keep',
      of: without(
        { taints: [{ key: 'dedicated', value: 'gpu', effect: 'NoSchedule' }] },
        { ...AS_SHIPPED, toleratesAll: false, tolerations: [{ key: 'other' }] },
        { addons: [addon({ configuration: { env: { X: '1' } } })] },
      ),
      want: [
        notScheduled('taint', ['dedicated=gpu:NoSchedule'], /: it does not tolerate dedicated=gpu:NoSchedule$/, [
          /^kubectl -n kube-system patch ds aws-node /,
          /update-addon .*"env":\{"X":"1"\},"tolerations":\[\{"operator":"Exists"\}\]/,
        ]),
      ],
    },
    {
      name: 'a node selector that the node does not have',
      of: without({}, { ...AS_SHIPPED, nodeSelector: { 'example.com/pool': 'general' } }),
      want: [
        {
          ...notScheduled(
            'node-selector',
            ['example.com/pool=general'],
            /its node selector asks for example\.com\/pool=general$/,
            [
              /patch ds aws-node --type json -p .*"path":"\/spec\/template\/spec\/nodeSelector\/example\.com\\u007e1pool"/,
            ],
          ),
          anyCommand: [/^kubectl label node n3 example\.com\/pool=general --overwrite$/m],
        },
      ],
    },
    {
      name: "a selector in the add-on's own document is taken out there",
      of: without(
        {},
        { ...AS_SHIPPED, nodeSelector: { pool: 'general' } },
        { addons: [addon({ configuration: { nodeSelector: { pool: 'general', a: 'b' }, env: { X: '1' } } })] },
      ),
      want: [
        notScheduled('node-selector', ['pool=general'], /asks for pool=general/, [
          /update-addon .*"nodeSelector":\{"a":"b"\}/,
        ]),
      ],
    },
    {
      name: 'an affinity for one architecture, and a node of the other',
      of: without(
        { labels: { 'kubernetes.io/arch': 'arm64' }, arch: 'arm64' },
        {
          ...AS_SHIPPED,
          affinity: [[{ key: 'kubernetes.io/arch', operator: 'In', values: ['amd64'] }]],
        },
      ),
      want: [
        notScheduled('architecture', ['kubernetes.io/arch=amd64'], /asks for kubernetes\.io\/arch=amd64$/, [
          /patch daemonset aws-node .*"amd64","arm64"/,
        ]),
      ],
    },
    {
      name: 'an affinity of its own for another label',
      of: without({}, { ...AS_SHIPPED, affinity: [[{ key: 'gpu', operator: 'Exists', values: [] }]] }),
      want: [notScheduled('affinity', ['gpu Exists'], /asks for gpu Exists$/, [/patch daemonset aws-node/])],
    },
    {
      name: 'an EC2 node that carries the label of hybrid ones',
      of: without({ labels: { 'eks.amazonaws.com/compute-type': 'hybrid' } }),
      want: [
        notScheduled('compute-type', ['eks.amazonaws.com/compute-type=hybrid'], /the label .*=hybrid keeps it off$/, [
          /^kubectl label node n3 eks\.amazonaws\.com\/compute-type-$/,
        ]),
      ],
    },
    {
      name: 'a quota of kube-system is used up',
      of: without(
        {},
        AS_SHIPPED,
        refused({ by: 'quota', name: 'few', amounts: [{ resource: 'pods', asked: '1', used: '20', limit: '20' }] }),
      ),
      want: [
        notScheduled(
          'refused',
          ['the quota few refuses its pods: pods 20 of 20 used, 1 asked'],
          /: the quota few refuses/,
          [/patch resourcequota few --type merge -p .*"hard":\{"pods":"21"\}/],
        ),
      ],
    },
    {
      name: 'an admission webhook refuses it',
      of: without({}, AS_SHIPPED, refused({ by: 'webhook', name: 'check.gatekeeper.sh' })),
      want: [
        notScheduled(
          'refused',
          ['the admission webhook check.gatekeeper.sh refuses its pods'],
          /webhook check\.gatekeeper\.sh/,
          [
            /^kubectl get mutatingwebhookconfigurations,validatingwebhookconfigurations$/,
            /describe daemonset aws-node$/,
          ],
        ),
      ],
    },
    {
      name: 'its node has no CPU left',
      of: crowded(),
      want: [notScheduled('no-room', ['CPU'], /its pods find no room: CPU$/, [/^kubectl describe node n3$/])],
    },
    {
      name: 'not ready for want of a network',
      of: new World()
        .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
        .node('n1', {
          home: 'subnet-0a',
          node: { ready: 'False', readyReason: 'cni-not-initialized', readySince: ago(600) },
        })
        .snapshot(),
      want: [
        {
          id: 'HLT003:nodes',
          severity: 'error',
          evidence: { nodes: 1, notReady: 1, oldestSeconds: 600, conditions: ['cni-not-initialized'] },
        },
      ],
    },
    {
      name: 'no aws-node pod at all',
      of: plain().snapshot({
        cni: cni({ pods: [{ name: 'aws-node-n1', node: 'n1', ready: true, phase: 'Running', restarts: 0 }] }),
      }),
      want: [
        {
          id: 'HLT003/not-scheduled:nodes',
          severity: 'error',
          evidence: { nodes: 1, withoutAwsNode: 1 },
          commands: [
            /^kubectl get node n2 --show-labels$/,
            /patch ds aws-node .*"tolerations":\[\{"operator":"Exists"\}\]/,
          ],
        },
      ],
    },
    {
      name: 'no aws-node on a node, and a pod that was scheduled there all the same',
      of: lone()
        .waiting('web', 'n3')
        .snapshot({
          cni: cni({ pods: lone().cniPods.filter((p) => p.node !== 'n3'), desired: 2 }),
          pods: [
            ...lone()
              .waiting('web', 'n3')
              .pods.filter((p) => p.name !== 'aws-node-n3'),
          ],
        }),
      want: [
        { id: 'HLT003/not-scheduled:nodes', severity: 'error', waiting: ['shop/web'], evidence: { withoutAwsNode: 1 } },
      ],
    },
  ],
  quiet: [
    {
      name: 'Cilium serves nodes for which aws-node is parked',
      of: parked().snapshot({
        cni: cni({
          desired: 1,
          pods: [{ name: 'aws-node-n1', node: 'n1', ready: true, phase: 'Running', restarts: 0 }],
          otherCnis: [{ engine: 'cilium', namespace: 'kube-system', name: 'cilium' }],
        }),
      }),
    },
    { name: 'all ready', of: plain().snapshot() },
    {
      name: 'an EC2 node with the label of hybrid ones that another network plugin made ready',
      of: without({ ready: 'True', readyReason: undefined, labels: { 'eks.amazonaws.com/compute-type': 'hybrid' } }),
    },
    {
      name: 'a node that joined two minutes ago',
      of: new World()
        .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
        .node('n1', {
          home: 'subnet-0a',
          ageSeconds: 120,
          node: { ready: 'False', readyReason: 'cni-not-initialized' },
        })
        .snapshot(),
    },
    {
      name: 'a kubelet that is silent has another trouble',
      of: new World()
        .subnet('subnet-0a', '10.0.0.0/24', 'eu-west-1a')
        .node('n1', { home: 'subnet-0a', node: { ready: 'Unknown', readyReason: 'kubelet-silent' } })
        .snapshot(),
    },
  ],
};

export const lek001: Case = {
  fires: [
    {
      name: 'two leaks of this cluster in one subnet, and one of another cluster',
      of: plain()
        .leak('eni-l1', 'subnet-0a', 6, 90)
        .leak('eni-l2', 'subnet-0a', 4, 45)
        .leak('eni-other', 'subnet-0b', 6, 90, { 'cluster.k8s.amazonaws.com/name': 'staging' })
        .snapshot(),
      want: [
        {
          id: 'LEK001/dead-instance:subnet-0a',
          severity: 'warning',
          confidence: 'observed',
          evidence: { addresses: 10, oldestSeconds: 5400 },
          commands: [
            /^aws ec2 delete-network-interface --network-interface-id eni-l1 --region eu-west-1$/,
            /^aws ec2 delete-network-interface --network-interface-id eni-l2 --region eu-west-1$/,
          ],
        },
        { id: 'LEK001/foreign-cluster:subnet-0b', severity: 'info', commands: [] },
      ],
    },
    {
      name: 'each reason in a subnet stands by itself, and those of this cluster alone are deleted',
      of: plain()
        .leak('eni-l1', 'subnet-0a', 6, 90)
        .leak('eni-l2', 'subnet-0a', 4, 45, { 'cluster.k8s.amazonaws.com/name': 'staging' })
        .foreign('eni-l3', 'subnet-0a', 4, {
          origin: { kind: 'cni-secondary', id: 'i-other' },
          tags: {
            'node.k8s.amazonaws.com/instance_id': 'i-other',
            'node.k8s.amazonaws.com/createdAt': ago(2700),
          },
        })
        .snapshot({
          instances: [
            ...plain().instances,
            instance({ instanceId: 'i-other', tags: { 'kubernetes.io/cluster/staging': 'owned' } }),
          ],
        }),
      want: [
        { id: 'LEK001/dead-instance:subnet-0a', severity: 'warning', commands: [/eni-l1 /] },
        { id: 'LEK001/foreign-cluster:subnet-0a', severity: 'info', evidence: { addresses: 8 }, commands: [] },
      ],
    },
    {
      name: 'EKS was not asked: the name aws-node is given tells whose they are',
      of: plain()
        .leak('eni-l1', 'subnet-0a', 6, 90)
        .leak('eni-l2', 'subnet-0a', 4, 45, { 'cluster.k8s.amazonaws.com/name': 'staging' })
        .snapshot({ cluster: denied('eks:DescribeCluster'), env: { CLUSTER_NAME: 'prod' } }),
      want: [
        { id: 'LEK001/dead-instance:subnet-0a', severity: 'warning', commands: [/eni-l1 /] },
        { id: 'LEK001/foreign-cluster:subnet-0a', severity: 'info', commands: [] },
      ],
    },
    {
      name: 'nothing tells the name of this cluster: what names one is listed and left alone',
      of: plain()
        .leak('eni-l1', 'subnet-0a', 6, 90)
        .snapshot({ cluster: denied('eks:DescribeCluster') }),
      want: [{ id: 'LEK001/unknown-cluster:subnet-0a', severity: 'info', commands: [], says: /could not be read/ }],
    },
    {
      name: 'leaks that hold a tenth of the subnet',
      of: plain().leak('eni-l1', 'subnet-0a', 26, 90).snapshot(),
      want: [{ id: 'LEK001/dead-instance:subnet-0a', severity: 'error' }],
    },
    {
      name: 'aws-node is told not to clean up',
      of: plain()
        .leak('eni-l1', 'subnet-0a', 6, 90)
        .snapshot({ env: { DISABLE_LEAKED_ENI_CLEANUP: 'true' } }),
      want: [
        {
          id: 'LEK001/cleanup-off:subnet-0a',
          severity: 'warning',
          says: /DISABLE_LEAKED_ENI_CLEANUP keeps aws-node from deleting them$/,
          commands: [/delete-network-interface --network-interface-id eni-l1 /],
        },
      ],
    },
    {
      name: 'another engine took over, and aws-node is parked',
      of: plain()
        .leak('eni-l1', 'subnet-0a', 6, 90)
        .snapshot({ cni: cni({ desired: 0, pods: [] }) }),
      want: [{ id: 'LEK001/no-nodes:subnet-0a', severity: 'warning', commands: [/eni-l1 /] }],
    },
  ],
  quiet: [
    { name: 'none', of: plain().snapshot() },
    {
      name: 'made ten minutes ago, between creation and attachment',
      of: plain().leak('eni-l1', 'subnet-0a', 6, 10).snapshot(),
    },
    { name: 'an unattached interface of somebody else', of: plain().foreign('eni-x', 'subnet-0a', 1).snapshot() },
  ],
};

const auto = (name: string) => node({ name, zone: 'eu-west-1a', labels: { 'eks.amazonaws.com/compute-type': 'auto' } });

/** Two nodes without aws-node, Cilium on the first, the second not ready. */
function halfCilium(onBoth: boolean) {
  const world = plain().waiting('web', 'n2');
  const cilium = { engine: 'cilium', namespace: 'kube-system', name: 'cilium', desired: 1, ready: 1 };
  const none = cni({ installed: false, installMethod: 'none', version: undefined, otherCnis: [cilium] });
  const agent = (n: string) =>
    pod({ name: `cilium-${n}`, namespace: 'kube-system', node: n, class: 'host-network', owner: 'DaemonSet/cilium' });
  return world.snapshot({
    addons: [],
    nodes: world.nodes.map((n) =>
      n.name === 'n2' ? { ...n, ready: 'False' as const, readyReason: 'cni-not-initialized' as const } : n,
    ),
    pods: [...world.pods.filter((p) => !p.name.startsWith('aws-node')), agent('n1'), ...(onBoth ? [agent('n2')] : [])],
    cni: { ...none, containers: [], initContainers: [] },
  });
}

export const plt001: Case = {
  fires: [
    {
      name: 'an Auto Mode node beside nodes of aws-node',
      of: (() => {
        const world = plain();
        world.nodes.push(auto('auto1'));
        return world.snapshot();
      })(),
      want: [
        {
          id: 'PLT001:prod',
          severity: 'info',
          confidence: 'observed',
          evidence: { platforms: [{ platform: 'EKS Auto Mode', nodes: 1 }], served: 2 },
        },
      ],
    },
    {
      name: 'Auto Mode alone, with an ENIConfig left over',
      of: new World().snapshot({
        nodes: [auto('auto1'), auto('auto2')],
        cluster: cluster({ autoMode: true }),
        cni: absent,
        eniConfigs: [{ name: 'eu-west-1a', securityGroupIds: [] }],
      }),
      want: [
        { id: 'PLT001:prod', severity: 'info' },
        { id: 'PLT001/ineffective:prod', severity: 'warning', commands: [/^kubectl delete eniconfig eu-west-1a$/] },
      ],
    },
    {
      name: 'a policy selects pods on a node of Auto Mode and on one of aws-node: it stays, and is told',
      of: (() => {
        const world = plain();
        world.nodes.push(auto('auto1'));
        for (const on of ['auto1', 'n1'])
          world.pods.push(pod({ name: `db-${on}`, namespace: 'shop', node: on, labels: { app: 'db' } }));
        return world.snapshot({
          securityGroupPolicies: [
            {
              namespace: 'shop',
              name: 'db',
              createdAt: ago(9000),
              podSelector: { matchLabels: { app: 'db' }, matchExpressions: [] },
              securityGroupIds: ['sg-1'],
            },
          ],
        });
      })(),
      want: [
        { id: 'PLT001:prod', severity: 'info' },
        {
          id: 'PLT001/ineffective:prod',
          severity: 'warning',
          evidence: { leftovers: ['SecurityGroupPolicy shop/db'], unprotectedPods: 1 },
        },
      ],
    },
    {
      name: 'Cilium in place of aws-node on one of two nodes: the other waits for a network and stands alone',
      of: halfCilium(false),
      want: [
        { id: 'PLT001:prod', severity: 'info' },
        {
          id: 'PLT001/uncovered:prod',
          severity: 'error',
          waiting: ['shop/web'],
          evidence: { uncovered: [{ node: 'n2', agent: false }] },
          says: /no agent of cilium stands on it, nor does aws-node/,
          commands: [/^kubectl -n kube-system describe ds cilium$/, /^kubectl describe node n2$/],
        },
      ],
    },
    {
      name: 'the agent stands there and does not get the network going',
      of: halfCilium(true),
      want: [
        { id: 'PLT001:prod', severity: 'info' },
        { id: 'PLT001/uncovered:prod', severity: 'error', says: /the agent of cilium there does not get it going/ },
      ],
    },
  ],
  quiet: [{ name: 'aws-node everywhere', of: plain().snapshot() }],
};
