/** Numbers and names as the one-line summaries write them. */

/** `1,512`. */
export function count(n: number): string {
  return n.toLocaleString('en-US');
}

/** `1 node`, `3 nodes`, `2 addresses`. */
export function things(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** `a, b and c`; what goes past `most` is counted: `a, b, c and 4 more`. */
export function some(names: readonly string[], most = 3): string {
  if (names.length > most + 1) return `${names.slice(0, most).join(', ')} and ${count(names.length - most)} more`;
  return names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`;
}

/** `1 is`, `3 are`, and so on: the verb that fits. */
export function verb(n: number, one: string, many: string): string {
  return n === 1 ? one : many;
}

/** `61 %`, rounded; never 0 for something nor 100 for not quite all. */
export function share(part: number, whole: number): string {
  if (whole <= 0) return '0 %';
  const percent = Math.round((part / whole) * 100);
  if (percent === 0 && part > 0) return '1 %';
  return `${percent === 100 && part < whole ? 99 : percent} %`;
}

/** `45 s`, `23 min`, `5 h`, `3 days`. */
export function age(seconds: number): string {
  if (seconds < 120) return `${Math.floor(seconds)} s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.floor(seconds / 3600)} h`;
  return `${Math.floor(seconds / 86_400)} days`;
}

/** `subnet-0a1 (eu-west-1a, 10.0.0.0/24)`. */
export function subnetText(s: { readonly subnetId: string; readonly zone: string; readonly cidr: string }): string {
  return `${s.subnetId} (${s.zone}, ${s.cidr})`;
}
