import { node, small } from '../small.ts';
import { windowsNode, windowsPod } from './windows-nodes.ts';

export const windowsOff = small({
  name: 'windows-off',
  story: 'Windows nodes without enable-windows-ipam: no node offers PrivateIPv4Address (containers-roadmap#463).',
  nodes: { a: node('a', 12) },
  foreignNodes: { win: windowsNode(0) },
  pods: [
    windowsPod('iis-1', {
      state: 'waiting',
      ageMinutes: 40,
      events: [
        {
          reason: 'FailedScheduling',
          message:
            "0/2 nodes are available: 1 Insufficient vpc.amazonaws.com/PrivateIPv4Address, 1 node(s) didn't match Pod's node affinity/selector. preemption: 0/2 nodes are available: 2 No preemption victims found for incoming pod.",
          component: 'default-scheduler',
        },
      ],
    }),
  ],
  told: ['PLT005/ipam-off'],
  stays: { PLT005: 'no resource controller looks after Windows nodes here' },
  shows: { PLT005: { ipam: 'false', advertised: 0, waiting: 1 } },
});
