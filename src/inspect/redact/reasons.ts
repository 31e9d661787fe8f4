/** Why something was not read: the words of ours stay, what a server or a file added goes. */

/** Beginnings that others act on or that say all there is. */
const KEPT = [
  /^switched off by --no-(?:aws|kube)$/,
  /^not collected by [\w .+-]+$/,
  /^timeout: not finished within [\d.]+ s \(--timeout\)$/,
  /^[a-z0-9]+:(?:Describe|Get|List)\w+ was denied(?: by an explicit deny in a [a-z- ]+|: no [a-z- ]+ allows it)? \(\w+\)$/,
];

export function redactReason(reason: string): string {
  if (KEPT.some((k) => k.test(reason))) return reason;
  const needs = /^needs [a-zA-Z]+: /.exec(reason)?.[0] ?? '';
  const rest = reason.slice(needs.length);
  if (needs && KEPT.some((k) => k.test(rest))) return reason;
  const kind = /^(?:timeout|throttled): /.exec(rest)?.[0] ?? '';
  return `${needs}${kind}the reason is redacted`;
}
