// A made cluster of any size, as the two APIs would tell of it: every object in the length it has in the field.

const ZONES = ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'];
const SUBNETS = 12;
const BORN = '2026-11-20T08:00:00Z';
const ACCOUNT = '111122223333';
const VPC = 'vpc-0a1b2c3d4e5f60718';
const IMAGE = '602401143452.dkr.ecr.eu-west-1.amazonaws.com';
/** m5.large: three ENIs with ten addresses each. */
const ENIS = 3;
const PER_ENI = 10;
const PODS_PER_NODE = 29;
/** Subnets of the VPC that no node stands in. */
const OTHER_SUBNETS = 150;

export const CLUSTER = 'large';

/** `nodes`: how many; `prefix`: /28 prefixes in place of single addresses. */
export function makeCluster({ nodes, prefix = false }) {
  const hex = (n, length = 17) => n.toString(16).padStart(length, '0');
  const subnetId = (i) => `subnet-${hex(i + 1)}`;
  const address = (subnet, offset) => {
    const n = 10 * 2 ** 24 + subnet * 2 ** 16 + offset;
    return [24, 16, 8, 0].map((s) => Math.floor(n / 2 ** s) % 256).join('.');
  };
  const next = Array.from({ length: SUBNETS }, () => 16);
  const list = Array.from({ length: nodes }, (_, i) => {
    const subnet = i % SUBNETS;
    const enis = Array.from({ length: ENIS }, (_e, device) => {
      const primary = address(subnet, next[subnet]++);
      return { id: `eni-${hex(i * ENIS + device + 1)}`, device, primary, others: [] };
    });
    return {
      i,
      subnet,
      zone: ZONES[subnet % 3],
      enis,
      name: `ip-10-${subnet}-${Math.floor(i / 250)}-${i % 250}.eu-west-1.compute.internal`,
      instanceId: `i-${hex(i + 1)}`,
    };
  });
  // prefixes stand at multiples of 16, so that they come after all primary addresses
  if (prefix) for (const s of next.keys()) next[s] = Math.ceil(next[s] / 16) * 16;
  for (const node of list)
    for (const eni of node.enis) {
      if (prefix && eni.device === 0) {
        eni.prefixes = [next[node.subnet], next[node.subnet] + 16].map((offset) => address(node.subnet, offset));
        next[node.subnet] += 32;
        eni.others = eni.prefixes.flatMap((p) =>
          Array.from({ length: 16 }, (_, k) => p.replace(/\d+$/, (d) => Number(d) + k)),
        );
      } else if (!prefix)
        eni.others = Array.from({ length: PER_ENI - 1 }, () => address(node.subnet, next[node.subnet]++));
    }
  if (prefix) for (const node of list) node.enis.length = 1;

  return { kubernetes: kubernetes(list), ec2: ec2(list, { subnetId, next }), eks: eks(subnetId), nodes, prefix };
}

function* podsOf(node) {
  const addresses = node.enis.flatMap((e) => e.others);
  for (let k = 0; k < PODS_PER_NODE; k++) {
    const daemon = k < 4;
    const host = k < 2;
    const waits = node.i % 500 === 7 && k === PODS_PER_NODE - 1;
    const owner = daemon
      ? { kind: 'DaemonSet', name: ['aws-node', 'kube-proxy', 'log-agent', 'metrics-agent'][k] }
      : { kind: 'ReplicaSet', name: `web-${node.i % 40}-6f7c8d9b4` };
    yield {
      name: `${owner.name}-${suffix(node.i * PODS_PER_NODE + k)}`,
      namespace: daemon ? 'kube-system' : `team-${node.i % 50}`,
      node,
      owner,
      host,
      waits,
      ip: waits ? undefined : host ? node.enis[0].primary : addresses[k - 2],
    };
  }
}

function suffix(n) {
  const letters = 'bcdfghjklmnpqrstvwxz2456789';
  let state = (n + 17) * 2654435761;
  return Array.from({ length: 5 }, () => {
    state = (state * 31 + 7) % 2147483647;
    return letters[state % letters.length];
  }).join('');
}

/** `path` -> a function that yields its objects, and kind and version of the list. */
function kubernetes(nodes) {
  const uid = uids();
  const template = (name) => ({
    metadata: { labels: { app: name } },
    spec: { containers: [{ name, image: `${IMAGE}/${name}:1`, resources: { requests: { cpu: '20m' } } }] },
  });
  const daemonSet = (name, spec) => ({
    metadata: { name, namespace: 'kube-system', uid: uid(), generation: 3, creationTimestamp: BORN },
    spec: {
      selector: { matchLabels: { app: name } },
      updateStrategy: { type: 'RollingUpdate' },
      template: spec ?? template(name),
    },
    status: {
      desiredNumberScheduled: nodes.length,
      currentNumberScheduled: nodes.length,
      updatedNumberScheduled: nodes.length,
      numberReady: nodes.length,
      numberAvailable: nodes.length,
      observedGeneration: 3,
    },
  });
  const awsNode = {
    metadata: { labels: { 'k8s-app': 'aws-node', app: 'aws-node' } },
    spec: {
      hostNetwork: true,
      serviceAccountName: 'aws-node',
      initContainers: [{ name: 'aws-vpc-cni-init', image: `${IMAGE}/amazon-k8s-cni-init:v1.21.1-eksbuild.1` }],
      containers: [
        {
          name: 'aws-node',
          image: `${IMAGE}/amazon-k8s-cni:v1.21.1-eksbuild.1`,
          env: Object.entries({
            WARM_ENI_TARGET: '1',
            WARM_PREFIX_TARGET: '1',
            ENABLE_PREFIX_DELEGATION: String(nodes[0].enis[0].prefixes !== undefined),
            ENABLE_IPv4: 'true',
            AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'false',
          }).map(([name, value]) => ({ name, value })),
        },
        { name: 'aws-eks-nodeagent', image: `${IMAGE}/amazon/aws-network-policy-agent:v1.3.1-eksbuild.1` },
      ],
    },
  };
  const lists = {
    '/api/v1/nodes': [['NodeList', 'v1'], () => nodes.map(nodeObject)],
    '/api/v1/pods': [
      ['PodList', 'v1'],
      function* () {
        for (const node of nodes) for (const pod of podsOf(node)) yield podObject(pod, uid());
      },
    ],
    '/apis/apps/v1/daemonsets': [
      ['DaemonSetList', 'apps/v1'],
      () => [daemonSet('aws-node', awsNode), ...['kube-proxy', 'log-agent', 'metrics-agent'].map((n) => daemonSet(n))],
    ],
    '/apis/apps/v1/deployments': [
      ['DeploymentList', 'apps/v1'],
      () =>
        Array.from({ length: 50 * 40 }, (_, i) => ({
          metadata: {
            name: `web-${i % 40}`,
            namespace: `team-${Math.floor(i / 40)}`,
            uid: uid(),
            creationTimestamp: BORN,
          },
          spec: {
            replicas: 65,
            selector: { matchLabels: { app: `web-${i % 40}` } },
            template: template(`web-${i % 40}`),
          },
          status: { replicas: 65, readyReplicas: 65 },
        })),
    ],
    '/api/v1/events': [
      ['EventList', 'v1'],
      () =>
        nodes
          .filter((n) => n.i % 500 === 7)
          .map((n) => {
            const pod = [...podsOf(n)].at(-1);
            return {
              metadata: { name: `${pod.name}.17`, namespace: pod.namespace, uid: uid() },
              involvedObject: { kind: 'Pod', namespace: pod.namespace, name: pod.name },
              type: 'Warning',
              reason: 'FailedCreatePodSandBox',
              message:
                'Failed to create pod sandbox: rpc error: plugin type="aws-cni" name="aws-cni" failed (add): add cmd: failed to assign an IP address to container',
              count: 40,
              firstTimestamp: '2026-11-26T08:00:00Z',
              lastTimestamp: '2026-11-26T08:30:00Z',
              source: { component: 'kubelet', host: n.name },
            };
          }),
    ],
  };
  return lists;
}

function uids() {
  let n = 0;
  return () => `00000000-0000-4000-8000-${(n++).toString(16).padStart(12, '0')}`;
}

function nodeObject(n) {
  const amounts = {
    cpu: '2',
    memory: '7934940Ki',
    pods: '29',
    'ephemeral-storage': '83873772Ki',
    'hugepages-1Gi': '0',
    'hugepages-2Mi': '0',
  };
  const condition = (type, status) => ({
    type,
    status,
    reason: `Kubelet${type}`,
    message: `kubelet says ${type}`,
    lastHeartbeatTime: '2026-11-26T08:00:00Z',
    lastTransitionTime: BORN,
  });
  return {
    metadata: {
      name: n.name,
      uid: `00000000-0000-4001-8000-${n.i.toString(16).padStart(12, '0')}`,
      creationTimestamp: BORN,
      labels: {
        'kubernetes.io/hostname': n.name,
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'node.kubernetes.io/instance-type': 'm5.large',
        'topology.kubernetes.io/region': 'eu-west-1',
        'topology.kubernetes.io/zone': n.zone,
        'eks.amazonaws.com/nodegroup': `group-${n.i % 8}`,
        'eks.amazonaws.com/capacityType': 'ON_DEMAND',
        'eks.amazonaws.com/nodegroup-image': 'ami-0123456789abcdef0',
      },
      annotations: {
        'node.alpha.kubernetes.io/ttl': '300',
        'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
      },
      managedFields: managedFields(),
    },
    spec: { providerID: `aws:///${n.zone}/${n.instanceId}` },
    status: {
      capacity: amounts,
      allocatable: { ...amounts, cpu: '1930m', memory: '7244764Ki' },
      conditions: ['MemoryPressure', 'DiskPressure', 'PIDPressure']
        .map((t) => condition(t, 'False'))
        .concat(condition('Ready', 'True')),
      addresses: [
        { type: 'InternalIP', address: n.enis[0].primary },
        { type: 'InternalDNS', address: n.name },
        { type: 'Hostname', address: n.name },
      ],
      nodeInfo: {
        architecture: 'amd64',
        operatingSystem: 'linux',
        kernelVersion: '6.12.53-69.119.amzn2023.x86_64',
        osImage: 'Amazon Linux 2023.9.20251110',
        containerRuntimeVersion: 'containerd://2.1.4',
        kubeletVersion: 'v1.34.2-eks-ecaa3a6',
      },
      images: Array.from({ length: 40 }, (_, k) => ({
        names: [`${IMAGE}/service-${k}@sha256:${'ab'.repeat(32)}`, `${IMAGE}/service-${k}:1.${k}`],
        sizeBytes: 81234567 + k,
      })),
    },
  };
}

function managedFields() {
  return [
    {
      manager: 'kubelet',
      operation: 'Update',
      apiVersion: 'v1',
      time: BORN,
      fieldsType: 'FieldsV1',
      fieldsV1: {
        'f:metadata': { 'f:annotations': { '.': {}, 'f:a': {} }, 'f:labels': { '.': {}, 'f:app': {}, 'f:tier': {} } },
        'f:status': {
          'f:conditions': { 'k:{"type":"Ready"}': { '.': {}, 'f:status': {}, 'f:type': {}, 'f:reason': {} } },
        },
      },
    },
  ];
}

function podObject(p, uid) {
  const env = Array.from({ length: 12 }, (_, k) => ({ name: `SETTING_${k}`, value: `value of setting ${k}` }));
  const condition = (type) => ({
    type,
    status: p.waits ? 'False' : 'True',
    lastProbeTime: null,
    lastTransitionTime: BORN,
  });
  const state = p.waits ? { waiting: { reason: 'ContainerCreating' } } : { running: { startedAt: BORN } };
  return {
    metadata: {
      name: p.name,
      generateName: `${p.owner.name}-`,
      namespace: p.namespace,
      uid,
      resourceVersion: '123456789',
      creationTimestamp: BORN,
      labels: {
        app: p.owner.name.replace(/-6f7c8d9b4$/, ''),
        tier: 'backend',
        'app.kubernetes.io/managed-by': 'Helm',
        ...(p.owner.kind === 'ReplicaSet'
          ? { 'pod-template-hash': '6f7c8d9b4' }
          : { 'controller-revision-hash': '7d4b' }),
      },
      annotations: {
        'prometheus.io/scrape': 'true',
        'prometheus.io/port': '9090',
        'kubectl.kubernetes.io/restartedAt': BORN,
      },
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: p.owner.kind,
          name: p.owner.name,
          uid,
          controller: true,
          blockOwnerDeletion: true,
        },
      ],
      managedFields: managedFields(),
    },
    spec: {
      volumes: [
        {
          name: 'kube-api-access-x',
          projected: {
            defaultMode: 420,
            sources: [
              { serviceAccountToken: { expirationSeconds: 3607, path: 'token' } },
              { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
            ],
          },
        },
      ],
      containers: [
        {
          name: 'main',
          image: `${IMAGE}/service:2.14.0`,
          env,
          ports: [{ containerPort: 8080, protocol: 'TCP' }],
          resources: { requests: { cpu: '50m', memory: '128Mi' }, limits: { memory: '256Mi' } },
          volumeMounts: [
            { name: 'kube-api-access-x', readOnly: true, mountPath: '/var/run/secrets/kubernetes.io/serviceaccount' },
          ],
          livenessProbe: {
            httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' },
            timeoutSeconds: 1,
            periodSeconds: 10,
            successThreshold: 1,
            failureThreshold: 3,
          },
          terminationMessagePath: '/dev/termination-log',
          terminationMessagePolicy: 'File',
          imagePullPolicy: 'IfNotPresent',
        },
      ],
      restartPolicy: 'Always',
      terminationGracePeriodSeconds: 30,
      dnsPolicy: 'ClusterFirst',
      serviceAccountName: 'default',
      nodeName: p.node.name,
      ...(p.host ? { hostNetwork: true } : {}),
      securityContext: {},
      schedulerName: 'default-scheduler',
      tolerations: [
        { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 300 },
      ],
      priority: 0,
      enableServiceLinks: true,
    },
    status: {
      phase: p.waits ? 'Pending' : 'Running',
      conditions: ['Initialized', 'Ready', 'ContainersReady', 'PodScheduled'].map(condition),
      hostIP: p.node.enis[0].primary,
      ...(p.ip ? { podIP: p.ip, podIPs: [{ ip: p.ip }] } : {}),
      startTime: BORN,
      containerStatuses: [
        {
          name: 'main',
          state,
          lastState: {},
          ready: !p.waits,
          restartCount: 0,
          image: `${IMAGE}/service:2.14.0`,
          imageID: `${IMAGE}/service@sha256:${'cd'.repeat(32)}`,
          containerID: `containerd://${'ef'.repeat(32)}`,
          started: !p.waits,
        },
      ],
      qosClass: 'Burstable',
    },
  };
}

/** Action -> member of the reply and its items. */
function ec2(nodes, { subnetId, next }) {
  const tags = (pairs) => Object.entries(pairs).map(([key, value]) => ({ key, value }));
  const owned = { [`kubernetes.io/cluster/${CLUSTER}`]: 'owned' };
  const group = { groupId: 'sg-0123456789abcdef0', groupName: 'eks-cluster-sg' };
  const subnets = [...next.keys(), ...Array.from({ length: OTHER_SUBNETS }, (_, i) => SUBNETS + i)].map((i) => ({
    subnetId: subnetId(i),
    vpcId: VPC,
    ownerId: ACCOUNT,
    state: 'available',
    availabilityZone: ZONES[i % 3],
    availabilityZoneId: `euw1-az${(i % 3) + 1}`,
    cidrBlock: `10.${i}.0.0/16`,
    availableIpAddressCount: i < SUBNETS ? 65_531 - (next[i] - 16) : 65_531,
    mapPublicIpOnLaunch: false,
    assignIpv6AddressOnCreation: false,
    tagSet: tags({ Name: `private-${i}` }),
  }));
  return {
    DescribeSubnets: ['subnetSet', () => subnets],
    DescribeVpcs: [
      'vpcSet',
      () => [
        {
          vpcId: VPC,
          ownerId: ACCOUNT,
          state: 'available',
          cidrBlock: '10.0.0.0/8',
          isDefault: false,
          cidrBlockAssociationSet: [
            { associationId: 'vpc-cidr-assoc-1', cidrBlock: '10.0.0.0/8', cidrBlockState: { state: 'associated' } },
          ],
        },
      ],
    ],
    DescribeSecurityGroups: [
      'securityGroupInfo',
      () => [
        {
          groupId: group.groupId,
          groupName: group.groupName,
          ownerId: ACCOUNT,
          vpcId: VPC,
          groupDescription: 'of the cluster',
        },
      ],
    ],
    DescribeNetworkInterfaces: [
      'networkInterfaceSet',
      function* () {
        for (const n of nodes)
          for (const e of n.enis)
            yield {
              networkInterfaceId: e.id,
              subnetId: subnetId(n.subnet),
              vpcId: VPC,
              availabilityZone: n.zone,
              ownerId: ACCOUNT,
              requesterManaged: false,
              status: 'in-use',
              interfaceType: 'interface',
              description: e.device === 0 ? '' : `aws-K8S-${n.instanceId}`,
              macAddress: '02:00:00:00:00:01',
              privateIpAddress: e.primary,
              privateDnsName: n.name,
              sourceDestCheck: true,
              groupSet: [group],
              attachment: {
                attachmentId: `eni-attach-${e.id.slice(4)}`,
                instanceId: n.instanceId,
                instanceOwnerId: ACCOUNT,
                deviceIndex: e.device,
                networkCardIndex: 0,
                status: 'attached',
                attachTime: BORN,
                deleteOnTermination: true,
              },
              privateIpAddressesSet: [e.primary, ...(e.prefixes ? [] : e.others)].map((ip, k) => ({
                privateIpAddress: ip,
                primary: k === 0,
                privateDnsName: `ip-${ip.replaceAll('.', '-')}.eu-west-1.compute.internal`,
              })),
              ...(e.prefixes ? { ipv4PrefixSet: e.prefixes.map((p) => ({ ipv4Prefix: `${p}/28` })) } : {}),
              tagSet: tags(
                e.device === 0
                  ? owned
                  : {
                      ...owned,
                      'node.k8s.amazonaws.com/instance_id': n.instanceId,
                      'cluster.k8s.amazonaws.com/name': CLUSTER,
                      'node.k8s.amazonaws.com/createdAt': BORN,
                    },
              ),
            };
      },
    ],
    DescribeInstances: [
      'reservationSet',
      function* () {
        for (const n of nodes)
          yield {
            reservationId: `r-${n.instanceId.slice(2)}`,
            ownerId: ACCOUNT,
            instancesSet: [
              {
                instanceId: n.instanceId,
                imageId: 'ami-0123456789abcdef0',
                instanceState: { code: 16, name: 'running' },
                privateDnsName: n.name,
                instanceType: 'm5.large',
                launchTime: BORN,
                placement: { availabilityZone: n.zone, tenancy: 'default' },
                subnetId: subnetId(n.subnet),
                vpcId: VPC,
                privateIpAddress: n.enis[0].primary,
                hypervisor: 'xen',
                architecture: 'x86_64',
                rootDeviceType: 'ebs',
                ebsOptimized: true,
                metadataOptions: {
                  state: 'applied',
                  httpTokens: 'required',
                  httpPutResponseHopLimit: 1,
                  httpEndpoint: 'enabled',
                },
                tagSet: tags({
                  ...owned,
                  Name: `${CLUSTER}-node`,
                  'eks:cluster-name': CLUSTER,
                  'eks:nodegroup-name': `group-${n.i % 8}`,
                }),
                networkInterfaceSet: n.enis.map((e) => ({
                  networkInterfaceId: e.id,
                  subnetId: subnetId(n.subnet),
                  privateIpAddress: e.primary,
                  status: 'in-use',
                })),
              },
            ],
          };
      },
    ],
    DescribeInstanceTypes: [
      'instanceTypeSet',
      () => [
        {
          instanceType: 'm5.large',
          hypervisor: 'nitro',
          bareMetal: false,
          vCpuInfo: { defaultVCpus: 2 },
          memoryInfo: { sizeInMiB: 8192 },
          networkInfo: {
            maximumNetworkInterfaces: 3,
            maximumNetworkCards: 1,
            defaultNetworkCardIndex: 0,
            ipv4AddressesPerInterface: 10,
            ipv6Supported: true,
            networkCards: [{ networkCardIndex: 0, maximumNetworkInterfaces: 3 }],
          },
        },
      ],
    ],
  };
}

/** Path -> reply. */
function eks(subnetId) {
  const subnetIds = Array.from({ length: SUBNETS }, (_, i) => subnetId(i));
  const group = (name) => ({
    nodegroupName: name,
    clusterName: CLUSTER,
    status: 'ACTIVE',
    capacityType: 'ON_DEMAND',
    amiType: 'AL2023_x86_64_STANDARD',
    instanceTypes: ['m5.large'],
    subnets: subnetIds,
    scalingConfig: { minSize: 1, maxSize: 2000, desiredSize: 625 },
    updateConfig: { maxUnavailable: 1 },
    nodeRole: `arn:aws:iam::${ACCOUNT}:role/node`,
    resources: { autoScalingGroups: [] },
    health: { issues: [] },
  });
  const groups = Array.from({ length: 8 }, (_, i) => `group-${i}`);
  return {
    [`/clusters/${CLUSTER}`]: {
      cluster: {
        name: CLUSTER,
        arn: `arn:aws:eks:eu-west-1:${ACCOUNT}:cluster/${CLUSTER}`,
        status: 'ACTIVE',
        version: '1.34',
        platformVersion: 'eks.9',
        resourcesVpcConfig: {
          vpcId: VPC,
          subnetIds: subnetIds.slice(0, 3),
          securityGroupIds: [],
          clusterSecurityGroupId: 'sg-0123456789abcdef0',
        },
        kubernetesNetworkConfig: { ipFamily: 'ipv4', serviceIpv4Cidr: '172.20.0.0/16' },
        health: { issues: [] },
      },
    },
    [`/clusters/${CLUSTER}/node-groups`]: { nodegroups: groups },
    ...Object.fromEntries(groups.map((g) => [`/clusters/${CLUSTER}/node-groups/${g}`, { nodegroup: group(g) }])),
    [`/clusters/${CLUSTER}/addons`]: { addons: [] },
    [`/clusters/${CLUSTER}/fargate-profiles`]: { fargateProfileNames: [] },
    [`/clusters/${CLUSTER}/pod-identity-associations`]: { associations: [] },
    [`/clusters/${CLUSTER}/insights`]: { insights: [] },
    '/addons/supported-versions': { addons: [] },
  };
}
