import type { ProjectionVerdict } from '../../../inspect/contract/plan.ts';
import type { Tone } from '../../blocks.ts';

/** How each verdict is marked; the word stands beside it. */
export const VERDICTS: Readonly<Record<ProjectionVerdict, { readonly mark: string; readonly tone: Tone }>> = {
  pass: { mark: '✔', tone: 'ok' },
  'at-risk': { mark: '!', tone: 'warning' },
  fail: { mark: '✖', tone: 'error' },
  incomplete: { mark: '?', tone: 'warning' },
};
