/** The scenarios, in the order in which help shows them. A new one is one file and one line here. */
import { apply } from './apply.ts';
import { azLoss } from './az-loss.ts';
import { ceiling } from './ceiling.ts';
import { growth } from './growth.ts';
import { nodes } from './nodes.ts';
import { pods } from './pods.ts';
import { flagOf, type Scenario, ScenarioError, type ScenarioKind, type ScenarioOptions } from './scenario.ts';
import { set } from './set.ts';
import { to } from './to.ts';
import { today } from './today.ts';
import { upgrade } from './upgrade.ts';
import { version } from './version.ts';
import { workload } from './workload.ts';

export const SCENARIOS: readonly ScenarioKind[] = [
  today,
  nodes,
  pods,
  apply,
  ceiling,
  workload,
  upgrade,
  azLoss,
  growth,
  to,
  set,
  version,
];

export const SCENARIO_NAMES: readonly string[] = SCENARIOS.map((s) => s.name);

/**
 * Reads one scenario: `today`, `nodes=+9`, `set:WARM_IP_TARGET=2`, with the flags that stand behind it.
 * @throws ScenarioError naming the word, the flag or the argument that is wrong.
 */
export function parseScenario(word: string, options: ScenarioOptions = {}): Scenario {
  const at = word.search(/[=:]/);
  const name = at < 0 ? word : word.slice(0, at);
  const kind = SCENARIOS.find((s) => s.name === name);
  if (!kind)
    throw new ScenarioError(`there is no scenario "${name}"; there are ${SCENARIOS.map((s) => s.form).join(', ')}`);
  for (const option of Object.keys(options) as (keyof ScenarioOptions)[])
    if (options[option] !== undefined && !kind.options.includes(option))
      throw new ScenarioError(`${flagOf(option)} says nothing to ${name}`);
  return { name, ...kind.parse(at < 0 ? undefined : word.slice(at + 1), options) };
}
