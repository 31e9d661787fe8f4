import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aimer, reachOf, withoutRefused } from '../../src/inspect/reach.ts';
import { quote } from '../../src/inspect/shell.ts';

const used = { clusterName: 'shop', region: 'eu-west-1' };

describe('the words that reach a cluster', () => {
  it('name the context, and the kubeconfig where one was given', () => {
    expect(reachOf({ ...used, context: 'prod-eu' })).toEqual({
      kubectl: ['--context', 'prod-eu'],
      helm: ['--kube-context', 'prod-eu'],
      aws: [],
      setup: [],
    });
    expect(reachOf({ ...used, context: 'prod', kubeconfig: './k', profile: 'p' })).toMatchObject({
      kubectl: ['--kubeconfig', './k', '--context', 'prod'],
      aws: ['--profile', 'p'],
    });
  });

  it('come from a kubeconfig of its own where none was used', () => {
    const reach = reachOf({ ...used, profile: 'prod' });
    expect(reach.setup).toEqual([
      'aws eks update-kubeconfig --name shop --region eu-west-1 --kubeconfig ./shop.kubeconfig --profile prod',
    ]);
    expect(reach.kubectl).toEqual(['--kubeconfig', './shop.kubeconfig']);
    expect(reach.helm).toEqual(['--kubeconfig', './shop.kubeconfig']);
  });

  it('reach nothing rather than another cluster where its name is not known', () => {
    expect(reachOf({ clusterName: undefined, region: undefined })).toMatchObject({
      kubectl: ['--kubeconfig', './cluster.kubeconfig'],
      setup: [],
    });
  });

  it('say once how to assume the role, and then its profile', () => {
    const role = 'arn:aws:iam::111122223333:role/sre';
    const reach = reachOf({ ...used, context: 'prod', roleArn: role, profile: 'base' });
    expect(reach.setup).toEqual([
      `aws configure set role_arn ${role} --profile vpccni-shop`,
      'aws configure set source_profile base --profile vpccni-shop',
    ]);
    expect(reach.aws).toEqual(['--profile', 'vpccni-shop']);
    expect(reachOf({ ...used, roleArn: role, environmentCredentials: true }).setup[1]).toContain(
      'credential_source Environment',
    );
  });
});

describe('a fix whose reach no command may hold', () => {
  it('says so in place of its commands', () => {
    const fix = { title: 't', commands: ['kubectl get nodes'], changes: '', effect: 'immediate' } as const;
    const reach = reachOf({ ...used, context: 'prod-\u00e9' });
    const aimedFix = withoutRefused({ ...fix, commands: fix.commands.map(aimer(reach)) });
    expect(aimedFix.commands).toEqual([]);
    expect(aimedFix.risk).toMatch(/^No command is printed/);
  });
});

describe('an aimed command', () => {
  const reach = reachOf({ ...used, context: 'a b', profile: 'p' });

  it.each([
    ['kubectl get nodes', "kubectl --context 'a b' get nodes"],
    ['helm upgrade x', "helm --kube-context 'a b' upgrade x"],
    ['aws iam get-role --role-name kubectl', 'aws --profile p iam get-role --role-name kubectl'],
    [
      'printf \'%s\\n\' \'{\n  "x": "| kubectl y"\n}\' | kubectl apply -f -',
      "printf '%s\\n' '{\n  \"x\": \"| kubectl y\"\n}' | kubectl --context 'a b' apply -f -",
    ],
    [
      'aws ec2 x | xargs \'-I{}\' kubectl patch eniconfig aws -p \'{"a":"{}"}\'',
      "aws --profile p ec2 x | xargs '-I{}' kubectl --context 'a b' patch eniconfig aws -p '{\"a\":\"{}\"}'",
    ],
    [
      'sh -c \'test $("$@" | wc -l) -ge 3\' sh kubectl get nodes -l sh=kubectl && aws sts get-caller-identity',
      "sh -c 'test $(\"$@\" | wc -l) -ge 3' sh kubectl --context 'a b' get nodes -l sh=kubectl && aws --profile p sts get-caller-identity",
    ],
    ["sh -c '! diff -u kubectl aws'", "sh -c '! diff -u kubectl aws'"],
    ['kubectl delete pod aws kubectl', "kubectl --context 'a b' delete pod aws kubectl"],
    ['kubectl', "kubectl --context 'a b'"],
    [
      'kubectl drain kubectl && aws ec2 x && kubectlx y && helm list && toString z',
      "kubectl --context 'a b' drain kubectl && aws --profile p ec2 x && kubectlx y && helm --kube-context 'a b' list && toString z",
    ],
    [
      'aws ec2 x || kubectl get nodes | kubectl y',
      "aws --profile p ec2 x || kubectl --context 'a b' get nodes | kubectl --context 'a b' y",
    ],
  ])('%s', (command, expected) => {
    expect(aimer(reach)(command)).toBe(expected);
  });

  it('keeps every argument as it is, whatever stands in it', () => {
    const text = fc.string({ unit: fc.constantFrom("'", '\\', ' ', '\n', '&', '|', 'a', 'aws', 'sh'), maxLength: 8 });
    const argument = fc.oneof(text, fc.constantFrom('kubectl', '&&', '|', 'xargs', 'sh', ' aws '));
    fc.assert(
      fc.property(fc.array(argument), (words) => {
        const line = words.map((w) => ` ${quote(w)}`).join('');
        expect(aimer(reach)(`kubectl get${line} && aws x${line}`)).toBe(
          `kubectl --context 'a b' get${line} && aws --profile p x${line}`,
        );
      }),
    );
  });
});
