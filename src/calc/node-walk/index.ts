/** One node taken through a list of pod counts: what it holds at each of them, and what that costs. */
export { type Comparison, type ComparisonQuestion, compareOn } from './compare.ts';
export type { Bounded, WalkQuestion } from './question.ts';
export { type Walk, type WalkStep, walkNode } from './walk.ts';
