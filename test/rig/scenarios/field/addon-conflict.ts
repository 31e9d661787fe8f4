import { node, small } from '../small.ts';

export const addonConflict = small({
  name: 'addon-conflict',
  story: 'An update of the add-on met fields that someone set by hand (amazon-vpc-cni-k8s#2607).',
  cni: {
    addonStatus: 'UPDATE_FAILED',
    handSet: { WARM_IP_TARGET: '5', MINIMUM_IP_TARGET: '10' },
    issues: [
      {
        code: 'ConfigurationConflict',
        message:
          'Conflicts found when trying to apply. Will not continue due to resolve conflicts mode. Conflicts: DaemonSet.apps aws-node - .spec.template.spec.containers[name="aws-node"].env[name="WARM_IP_TARGET"].value',
      },
    ],
  },
  nodes: {
    a: node('a', 12, { enis: [{ singles: 9 }, { singles: 8 }] }),
    b: node('b', 10, { enis: [{ singles: 9 }, { singles: 6 }] }),
  },
  told: ['ADD002'],
  shows: {
    ADD002: {
      status: 'UPDATE_FAILED',
      codes: ['ConfigurationConflict'],
      setByHand: ['MINIMUM_IP_TARGET', 'WARM_IP_TARGET'],
    },
  },
});
