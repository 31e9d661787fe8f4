/**
 * A runbook followed: its commands run word for word with the real aws and kubectl, in order; each check ends well after its step
 * and not before; the undos in reverse bring back what was there.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Plan, Runbook } from '../../src/inspect/contract/plan.ts';
import { type Rig, startRig } from './rig.ts';
import { missingServers } from './servers/missing.ts';
import { tryRun } from './servers/process.ts';
import { paste, vpccni } from './support/vpccni.ts';

const clients = [
  tryRun('kubectl', ['version', '--client']) === undefined ? 'kubectl is not installed' : '',
  tryRun('aws', ['--version']) === undefined ? 'aws is not installed' : '',
];
const missing = [...Object.values(missingServers(console.error)), ...clients].filter(Boolean).join('; ');

/** Milliseconds for some sixty calls of the AWS CLI, which takes seconds to start. */
const PATIENCE = 900_000;

/** What the emulator has nobody for. */
const CANNOT: readonly (readonly [RegExp, string])[] = [
  [/ rollout status /, 'no DaemonSet controller rolls aws-node'],
  [/ wait --for=condition=Ready /, 'no kubelet joins as a node of the new group'],
  [/ drain /, 'no scheduler places what is evicted, and no controller renews disruption budgets'],
  [/^sleep /, 'a range is part of the VPC at once'],
];
/** Steps left out as a whole. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  'old-group': 'has no undo, by what it is',
  'max-pods': 'replaces nodes, which pasting the fix of MAX001 proves',
  'replace-nodes': 'replaces nodes, which pasting the fix of MAX001 proves',
};

describe.skipIf(missing)(`following a runbook${missing ? ` (skipped: ${missing})` : ''}`, () => {
  let rig: Rig;
  const skipped = new Set<string>();
  beforeEach(async () => {
    rig = await startRig({ say: console.error });
    await startOut(rig);
  });
  afterEach(() => rig?.stop());

  it.each(['to=custom+prefix', 'to=prefix'])(
    '%s: every check passes after its step, and every undo undoes',
    async (word) => {
      const before = await stateOf(rig);
      const { steps, blockers } = await runbookOf(rig, word);
      expect(blockers).toEqual([]);
      expect(steps.length).toBeGreaterThan(2);
      const done: Runbook['steps'][number][] = [];
      for (const step of steps) {
        if (LEFT_OUT[step.id] !== undefined) {
          skipped.add(`${step.id}: ${LEFT_OUT[step.id]}`);
          continue;
        }
        const [first] = step.check.filter((c) => reasonOf(c) === undefined);
        // what is there already needs no step
        if (first !== undefined && step.commands.length > 0)
          expect((await paste(rig, first)).code, `before: ${first}`).not.toBe(0);
        await runAll(step.commands);
        await runAll(step.check);
        done.push(step);
      }
      const after = await stateOf(rig);
      expect(after).not.toEqual(before);
      for (const step of done.reverse()) await runAll(step.undo);
      expect(await stateOf(rig)).toEqual(before);
      console.error(`not run here: ${[...skipped].join('; ')}`);
    },
    PATIENCE,
  );

  async function runAll(commands: readonly string[]): Promise<void> {
    for (const command of commands) {
      const reason = reasonOf(command);
      if (reason !== undefined) {
        skipped.add(reason);
        continue;
      }
      const { code, stderr } = await paste(rig, command);
      expect({ command, code, stderr: code === 0 ? '' : stderr }).toEqual({ command, code: 0, stderr: '' });
    }
  }
});

function reasonOf(command: string): string | undefined {
  return CANNOT.find(([is]) => is.test(command))?.[1];
}

/** The cluster as if it had never had custom networking or prefixes: settings and ENIConfigs alone, its nodes stay. */
async function startOut(rig: Rig): Promise<void> {
  const { name } = rig.scenario.cluster;
  const words = [
    'kubectl delete eniconfig --all',
    'kubectl -n kube-system set env ds/aws-node -c aws-node AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG=false ENABLE_PREFIX_DELEGATION=false ENI_CONFIG_LABEL_DEF-',
    `aws eks update-addon --cluster-name ${name} --addon-name vpc-cni --resolve-conflicts PRESERVE --configuration-values '{"env":{"AWS_VPC_K8S_CNI_CUSTOM_NETWORK_CFG":"false","ENABLE_PREFIX_DELEGATION":"false"}}'`,
  ];
  for (const word of words) {
    const { code, stderr } = await paste(rig, word);
    expect({ word, code, stderr: code === 0 ? '' : stderr }).toEqual({ word, code: 0, stderr: '' });
  }
}

async function runbookOf(rig: Rig, word: string): Promise<Runbook> {
  const { name } = rig.scenario.cluster;
  const { stdout, stderr } = await vpccni(rig, ['plan', word, '--cluster', name, '--context', 'admin', '-o', 'json']);
  if (stdout === '') throw new Error(stderr);
  return (JSON.parse(stdout) as Plan).runbooks[0]!;
}

/** What a step may change, as the servers tell it. */
async function stateOf(rig: Rig): Promise<Record<string, string>> {
  const { name } = rig.scenario.cluster;
  const questions = {
    ranges:
      'aws ec2 describe-vpcs --query "sort(Vpcs[].CidrBlockAssociationSet[?CidrBlockState.State==\'associated\'].CidrBlock[])"',
    subnets: 'aws ec2 describe-subnets --query "sort_by(Subnets,&SubnetId)[].[SubnetId,CidrBlock,Tags]"',
    routes: 'aws ec2 describe-route-tables --query "sort(RouteTables[].Associations[].SubnetId[])"',
    configs: 'kubectl get eniconfig -o name',
    env: `kubectl -n kube-system get ds aws-node -o jsonpath='{.spec.template.spec.containers[0].env}'`,
    groups: `aws eks list-nodegroups --cluster-name ${name} --query "sort(nodegroups)"`,
    cordoned: `kubectl get nodes -o jsonpath='{.items[?(@.spec.unschedulable==true)].metadata.name}'`,
    addon: `aws eks describe-addon --cluster-name ${name} --addon-name vpc-cni --query addon.configurationValues`,
  };
  const answers: Record<string, string> = {};
  for (const [what, question] of Object.entries(questions)) {
    const { code, stdout, stderr } = await paste(rig, question);
    if (code !== 0) throw new Error(`${question}: ${stderr}`);
    answers[what] = stdout;
  }
  return answers;
}
