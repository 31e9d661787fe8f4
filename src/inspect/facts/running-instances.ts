import { defineFact, section } from './define-fact.ts';

/** Ids of the instances that are not terminated: as EC2 lists them, as nodes name them, and those that interfaces hang on. */
export const runningInstances = defineFact({
  id: 'runningInstances',
  needs: { instances: section('instances'), enis: section('networkInterfaces') },
  helps: { nodes: section('nodes') },
  derive: ({ instances, enis, nodes }): ReadonlySet<string> => {
    const running = new Set<string>();
    for (const { state, instanceId } of instances)
      if (state !== 'terminated' && state !== 'shutting-down') running.add(instanceId);
    for (const { instanceId } of nodes ?? []) if (instanceId !== undefined) running.add(instanceId);
    for (const { status, attachment } of enis)
      if (status === 'in-use' && attachment?.instanceId !== undefined) running.add(attachment.instanceId);
    return running;
  },
});
