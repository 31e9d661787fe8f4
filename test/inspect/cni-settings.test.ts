import { describe, expect, it } from 'vitest';
import { changeSettings, setByHand, updateAddon } from '../../src/inspect/cni-settings.ts';
import { addon, cluster, cni } from '../support/snapshot-builder.ts';

const change = { set: { WARM_IP_TARGET: '2', MINIMUM_IP_TARGET: '20' } };
const ADDON = cni({ installMethod: 'managed-addon' });

/** The document of an `update-addon` command. */
function documentIn(command: string): unknown {
  return JSON.parse(/--configuration-values='(.*)' --region/.exec(command)![1]!);
}

describe('managed add-on', () => {
  it('sends the whole document with the change in it', () => {
    const configuration = {
      env: { ENABLE_PREFIX_DELEGATION: 'true', WARM_IP_TARGET: '9' },
      eniConfig: { create: true },
      enableNetworkPolicy: 'true',
    };
    const live = cni({ env: { ENABLE_PREFIX_DELEGATION: 'true', WARM_IP_TARGET: '9' } });
    const { commands } = changeSettings(cluster(), live, addon({ configuration }), change);
    expect(commands).toHaveLength(1);
    expect(commands[0]).toMatch(
      /^aws eks update-addon --cluster-name prod --addon-name vpc-cni --resolve-conflicts PRESERVE --configuration-values=.* --region eu-west-1$/,
    );
    expect(documentIn(commands[0]!)).toEqual({
      env: { ENABLE_PREFIX_DELEGATION: 'true', WARM_IP_TARGET: '2', MINIMUM_IP_TARGET: '20' },
      eniConfig: { create: true },
      enableNetworkPolicy: 'true',
    });
  });

  it('starts a document where there is none', () => {
    const { commands } = changeSettings(cluster(), ADDON, addon(), change);
    expect(documentIn(commands[0]!)).toEqual({ env: { WARM_IP_TARGET: '2', MINIMUM_IP_TARGET: '20' } });
  });

  it('keeps the role, which an update without it would take away', () => {
    const serviceAccountRoleArn = 'arn:aws:iam::111122223333:role/cni';
    const { commands } = changeSettings(cluster(), ADDON, addon({ serviceAccountRoleArn }), change);
    expect(commands[0]).toContain(`--service-account-role-arn ${serviceAccountRoleArn} `);
  });

  it('removes variables from the document', () => {
    const configuration = { env: { WARM_ENI_TARGET: '1', WARM_IP_TARGET: '5' } };
    const { commands } = changeSettings(cluster(), ADDON, addon({ configuration }), {
      set: {},
      unset: ['WARM_IP_TARGET'],
    });
    expect(documentIn(commands.at(-1)!)).toEqual({ env: { WARM_ENI_TARGET: '1' } });
  });

  it('sets what was set by hand on the DaemonSet first, since PRESERVE would keep it', () => {
    const live = cni({ env: { WARM_IP_TARGET: '5' } });
    const { commands, changes } = changeSettings(cluster(), live, addon(), change);
    expect(commands[0]).toBe(
      'kubectl -n kube-system set env ds/aws-node -c aws-node WARM_IP_TARGET=2 MINIMUM_IP_TARGET=20',
    );
    expect(commands[1]).toMatch(/^aws eks update-addon /);
    expect(changes).toContain('WARM_IP_TARGET was set by hand');
  });

  it('quotes a document with quotes in it', () => {
    const configuration = { env: { ADDITIONAL_ENI_TAGS: `{"owner":"it's us"}` } };
    const { commands } = changeSettings(cluster(), ADDON, addon({ configuration }), change);
    expect(documentIn(commands[0]!)).toMatchObject({ env: { ADDITIONAL_ENI_TAGS: `{"owner":"it's us"}` } });
  });

  it('does not replace a document it could not read, and says that the change will not last', () => {
    const unread = addon({ configurationText: 'env: [', configuration: undefined });
    const { commands, risk } = changeSettings(cluster(), ADDON, unread, change);
    expect(commands).toEqual([
      'kubectl -n kube-system set env ds/aws-node -c aws-node WARM_IP_TARGET=2 MINIMUM_IP_TARGET=20',
    ]);
    expect(risk).toMatch(/next update of the add-on drops it/);
  });

  it('does the same where the add-on itself was not read', () => {
    const { commands, risk } = changeSettings(cluster(), ADDON, undefined, change);
    expect(commands[0]).toMatch(/^kubectl /);
    expect(risk).toBeDefined();
  });
});

describe('Helm', () => {
  const helm = cni({
    installMethod: 'helm',
    helmRelease: { name: 'cni', namespace: 'kube-system', chart: 'aws-vpc-cni-1.20.4' },
  });

  it('upgrades the same chart and keeps all other values', () => {
    const { commands } = changeSettings(cluster(), helm, undefined, change);
    expect(commands).toEqual([
      'helm upgrade cni aws-vpc-cni --repo https://aws.github.io/eks-charts --version 1.20.4 --namespace kube-system --reuse-values --set-string env.WARM_IP_TARGET=2 --set-string env.MINIMUM_IP_TARGET=20',
    ]);
  });

  it('escapes what Helm would read as a list, and takes variables out with null', () => {
    const { commands } = changeSettings(cluster(), helm, undefined, {
      set: { AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS: '10.0.0.0/8,172.16.0.0/12' },
      unset: ['WARM_IP_TARGET'],
    });
    expect(commands[0]).toContain(String.raw`'env.AWS_VPC_K8S_CNI_EXCLUDE_SNAT_CIDRS=10.0.0.0/8\,172.16.0.0/12'`);
    expect(commands[0]).toContain('--set env.WARM_IP_TARGET=null');
  });

  it('says so where the installed chart version is not known', () => {
    const unknown = cni({ installMethod: 'helm', helmRelease: { name: 'cni', namespace: 'kube-system' } });
    expect(changeSettings(cluster(), unknown, undefined, change).risk).toMatch(/newest/);
  });
});

describe('manifest', () => {
  it('sets the container of aws-node alone, and takes variables out', () => {
    const manifest = cni({ installMethod: 'manifest' });
    const { commands, risk } = changeSettings(cluster(), manifest, undefined, {
      set: { WARM_IP_TARGET: '2' },
      unset: ['MINIMUM_IP_TARGET'],
    });
    expect(commands).toEqual([
      'kubectl -n kube-system set env ds/aws-node -c aws-node WARM_IP_TARGET=2 MINIMUM_IP_TARGET-',
    ]);
    expect(risk).toBeUndefined();
  });
});

describe('setByHand', () => {
  it('knows the shipped values and what the add-on fills in', () => {
    const live = cni({ env: { ENABLE_POD_ENI: 'false', CLUSTER_NAME: 'prod', MAX_ENI: '3', WARM_ENI_TARGET: '1' } });
    expect(setByHand(live, addon(), ['ENABLE_POD_ENI', 'CLUSTER_NAME', 'MAX_ENI', 'WARM_ENI_TARGET'])).toEqual([
      'MAX_ENI',
    ]);
  });
});

describe('updateAddon', () => {
  it('sends the present document, or none where there is none', () => {
    expect(updateAddon(cluster(), addon(), 'OVERWRITE')).toBe(
      'aws eks update-addon --cluster-name prod --addon-name vpc-cni --resolve-conflicts OVERWRITE --region eu-west-1',
    );
    expect(updateAddon(cluster(), addon({ configuration: { env: {} } }), 'OVERWRITE')).toContain(
      `--configuration-values='{"env":{}}'`,
    );
  });
});
