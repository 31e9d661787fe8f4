/** Codes and ids of findings as the user types them. */
import { CHECK_CODES } from '../inspect/checks/index.ts';
import { PROJECTION_CODES } from '../inspect/report/plan/findings.ts';
import { UsageError } from './exit-code.ts';
import { nearest } from './nearest.ts';

/** Comma separated or repeated; spaces around them do not count. */
export function listed(values: readonly string[] | undefined): readonly string[] {
  return (values ?? [])
    .flatMap((v) => v.split(','))
    .map((v) => v.trim())
    .filter((v) => v !== '');
}

/**
 * Codes, long codes, codes with a sub-reason, ids of findings, and where `families` are allowed the letters before the number.
 * @throws UsageError for a code that no check has, with what it may have meant
 */
export function knownCodes(flag: string, values: readonly string[] | undefined, families = false): readonly string[] {
  const given = listed(values);
  for (const value of given) {
    const code = codeOf(value);
    const family = families && CHECK_CODES.some((c) => c.startsWith(value) && value.length === 3);
    if (family || isKnown(code)) continue;
    throw new UsageError(`${flag}: ${unknownCode(code)}`);
  }
  return given;
}

function isKnown(code: string): boolean {
  return (CHECK_CODES as readonly string[]).includes(code) || PROJECTION_CODES.includes(code);
}

/** `there is no check "SUB01"; did you mean SUB001?` */
export function unknownCode(code: string): string {
  const typed = code.replace(/^VPCCNI-/i, '').replaceAll('-', '');
  const codes = CHECK_CODES.map((c) => c.toLowerCase());
  const near = nearest(typed, codes, 3).map((c) => c.toUpperCase());
  const hint = near.length > 0 ? `did you mean ${near.join(', ')}?` : '"vpccni explain" lists them all';
  return `there is no check ${JSON.stringify(code)}; ${hint}`;
}

/** `SUB001` of `SUB001`, `VPCCNI-SUB-001`, `SUB001/health` and `SUB001:subnet-0a1`. */
function codeOf(value: string): string {
  return value
    .replace(/[/:*].*$/, '')
    .replace(/^VPCCNI-/, '')
    .replaceAll('-', '');
}
