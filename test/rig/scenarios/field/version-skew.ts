import { node, small } from '../small.ts';

export const versionSkew = small({
  name: 'version-skew',
  story: 'Only one image was bumped: the plugin of the init container is not the one ipamd speaks with.',
  cni: { install: 'manifest', initVersion: 'v1.18.6-eksbuild.1' },
  nodes: { a: node('a', 12), b: node('b', 10) },
  told: ['ADD005/init'],
  stays: { ADD005: 'the manifest of a release comes from the project, and nothing that changes one image is printed' },
  shows: { ADD005: { awsNode: 'v1.20.4-eksbuild.2', other: 'v1.18.6-eksbuild.1' } },
});
