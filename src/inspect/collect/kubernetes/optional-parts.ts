/** Reads one of several parts of a section: a part that is denied or fails is a gap, not the end of the section. */
import type { Gap } from '../../snapshot/section.ts';
import { gapOfFailure } from '../failure.ts';

export interface OptionalParts {
  /** The part, or `otherwise` with a gap noted. */
  readonly read: <T>(part: Promise<T>, otherwise: T) => Promise<T>;
  /** Notes a gap that no call reported. */
  readonly lacks: (gap: Gap) => void;
  readonly missing: readonly Gap[];
}

export function optionalParts(): OptionalParts {
  const missing: Gap[] = [];
  return {
    missing,
    lacks: (gap) => {
      missing.push(gap);
    },
    read: async (part, otherwise) => {
      try {
        return await part;
      } catch (error) {
        missing.push(gapOfFailure(error));
        return otherwise;
      }
    },
  };
}
