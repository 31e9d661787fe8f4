/** The cluster as it stands, settled: what its pods will hold once ipamd is done. */
import { noArgument, type ScenarioKind } from './scenario.ts';

export const today: ScenarioKind = {
  name: 'today',
  form: 'today',
  summary: 'the cluster as it stands, settled',
  options: [],
  parse: (argument) => {
    noArgument('today', argument);
    return { id: 'today', growths: () => [{ title: 'as it stands, settled', nodes: [], pods: [] }] };
  },
};
