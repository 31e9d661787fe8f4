/** One node taken through a list of pod counts: what it holds at each of them, and what that costs. */
export { type Comparison, compareOn } from './compare.ts';
export { evenPods, parsePodList, thereAndBack } from './pod-list.ts';
export type { Bounded, TimelineQuestion } from './question.ts';
export { failedSteps, type PodTimeline, podTimeline, type TimelineStep } from './timeline.ts';
