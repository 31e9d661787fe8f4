/** Printed commands run word for word, while the cluster lives on. */
import type { Rig } from '../rig.ts';
import { type Ended, paste } from './vpccni.ts';

/** It waits for something that controllers, kubelets or aws-node do. */
const WAITS = / wait --for| rollout status | drain /;
/** Milliseconds between two looks of the cluster at what was asked of it. */
const BEAT = 1000;

/** Pastes a command; where it waits for the cluster, the cluster acts meanwhile. */
export async function pasteAlive(rig: Rig, command: string): Promise<Ended> {
  let over = false;
  const running = paste(rig, command).finally(() => {
    over = true;
  });
  while (WAITS.test(command) && !over) {
    await new Promise((resolve) => setTimeout(resolve, BEAT));
    if (!over) await rig.settle();
  }
  return running;
}

/** What no server here answers to: why a command is left out, undefined where it is not. */
export function cannotRun(command: string): string | undefined {
  return LEFT_OUT.find(([is]) => is.test(command))?.[1];
}

const LEFT_OUT: readonly (readonly [RegExp, string])[] = [
  [/^helm /, 'helm takes its charts from a repository, and there is none here'],
  [/^kubectl .*\blogs /, 'the API server passes logs on to a kubelet, and there is none here'],
];
