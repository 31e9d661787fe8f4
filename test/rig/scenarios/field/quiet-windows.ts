import { node, small } from '../small.ts';
import { windowsNode, windowsPod } from './windows-nodes.ts';

export const quietWindows = small({
  name: 'quiet-windows',
  story: 'A Windows node whose addresses the resource controller manages.',
  cni: { configMap: { 'enable-windows-ipam': 'true' } },
  nodes: { a: node('a', 12) },
  foreignNodes: { win: windowsNode(5) },
  pods: [windowsPod('iis-1', { node: 'win' }), windowsPod('iis-2', { node: 'win' })],
  told: [],
});
