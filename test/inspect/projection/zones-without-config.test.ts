/** Custom networking in two zones of which one has an ENIConfig: nodes that come up in the other have no subnet for their pods. */
import { expect, it } from 'vitest';
import { projected } from '../../support/plan-world.ts';
import { eniConfig, nodegroup } from '../../support/snapshot-builder.ts';
import { World } from '../checks/world.ts';

const ENV = { AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG: 'true', ENI_CONFIG_LABEL_DEF: 'topology.kubernetes.io/zone' };

function cluster(subnetIds: readonly string[]) {
  const world = new World()
    .subnet('subnet-a', '10.0.0.0/24', 'eu-west-1a')
    .subnet('subnet-b', '10.0.1.0/24', 'eu-west-1b')
    .subnet('subnet-p', '10.0.2.0/24', 'eu-west-1a')
    .node('n', { home: 'subnet-a', pods: 'subnet-p', primary: 0, further: [9, 9], running: 5 });
  return world.snapshot({
    env: ENV,
    eniConfigs: [eniConfig({ name: 'eu-west-1a', subnetId: 'subnet-p' })],
    nodegroups: [nodegroup({ name: 'workers', subnetIds: [...subnetIds], desiredSize: 1, maxSize: 4 })],
  });
}

it.each(['upgrade', 'ceiling'])('is said of %s, and makes it incomplete', async (word) => {
  const plan = await projected(cluster(['subnet-a', 'subnet-b']), word);
  expect(plan).toMatchObject({
    verdict: 'incomplete',
    incomplete: [{ reason: expect.stringMatching(/workers that come up in eu-west-1b have no subnet/) }],
  });
});

it('is no question where nobody can come up there', async () => {
  expect((await projected(cluster(['subnet-a']), 'ceiling')).incomplete).toEqual([]);
});
