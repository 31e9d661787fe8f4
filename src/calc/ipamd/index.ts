/** The model of ipamd, the node daemon of the Amazon VPC CNI (read at v1.23.1). */

export type { CaseKind, TypeLookup } from './batch/case.ts';
export { CaseError } from './batch/fields.ts';
export { type CaseResult, runCase } from './batch/run-case.ts';
export type { TraceAction, TraceStep } from './batch/trace.ts';
export * from './constants.ts';
export type { Arrival } from './fresh-node-growth.ts';
export { parseGoBool, parseGoInt } from './go-values.ts';
export type { Answer } from './growth.ts';
export { statesPassed } from './history.ts';
export {
  type Ec2Calls,
  type Holdings,
  type HoldingsRange,
  packedEnis,
  type Range,
  type UncertainField,
} from './holdings.ts';
export type { Ipv6Holdings } from './ipv6.ts';
export {
  type Capacity,
  type NodeLimits,
  nodeCapacity,
  nodeLimits,
  type OccupiedSlots,
  usesPrefixes,
} from './limits.ts';
export { type ExtraCard, extraCard } from './multi-nic.ts';
export { ipsHeldByNode, type Prediction, type PredictionDemand } from './predict.ts';
export { ignoredSettings, type SettingProblem, settingProblems } from './setting-problems.ts';
export {
  BOOLEAN_DEFAULTS,
  type Defaults,
  type Env,
  type IpamdSettings,
  parseSettings,
  usesIpTargets,
} from './settings.ts';
export {
  type Ec2Call,
  type EniKind,
  type EniView,
  type Failure,
  type InitialEni,
  type NodeFigures,
  type NodeView,
  type SimEvent,
  type Simulation,
  type SimulationOptions,
  type SlotView,
  simulate,
} from './simulator/index.ts';
export { CLUSTER_TAG_PREFIX, isSubnetEligible, isSubnetExcluded, ROLE_TAG } from './subnet-eligibility.ts';
export type { NodeSubnets, SubnetFree } from './subnets.ts';
export { type ConfigValidity, configValidity, type Refusal } from './validity.ts';
export type { WindowsConfigMap, WindowsHoldings, WindowsTargets } from './windows.ts';
