/** An SDK timestamp as the snapshot carries it; undefined where there is none. */
export function iso(date: Date | undefined): string | undefined {
  return date && !Number.isNaN(date.getTime()) ? date.toISOString() : undefined;
}
