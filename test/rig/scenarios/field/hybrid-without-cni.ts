import { node, small } from '../small.ts';

export const hybridWithoutCni = small({
  name: 'hybrid-without-cni',
  story: 'A hybrid node joined and nobody installed a CNI for it.',
  cluster: { remoteNodes: '10.200.0.0/16', remotePods: '10.201.0.0/16' },
  nodes: { a: node('a', 12), b: node('b', 10) },
  foreignNodes: {
    'mi-rack-1': { platform: 'hybrid', type: '', zone: '', maxPods: 110, ageMinutes: 9 * 60, ready: false },
  },
  told: ['PLT006/no-cni'],
  stays: { PLT006: 'helm takes its charts from a repository, and there is none here' },
  shows: { PLT006: { nodes: ['mi-rack-1'], notReady: 1, remotePodCidrs: ['10.201.0.0/16'] } },
});
