/**
 * `-o sarif`: findings as results of SARIF 2.1.0. A result lies in a file, or code scanning refuses it: the snapshot, the
 * configuration or the change that was judged; the cluster's resources are its logical locations.
 */
import type { Finding, Severity } from '../../inspect/contract/finding.ts';
import { jsonPieces } from '../json-pieces.ts';
import { type FormatOptions, formatByKind } from './define-format.ts';
import { bodyOf, FINDING_SETS, type FindingSet, whyNot } from './findings/finding-set.ts';

export const sarif = formatByKind('sarif', FINDING_SETS, writeSarif);

/** Where findings are switched off: the place to look at when no file was read. */
const CONFIGURATION = '.vpccni.yaml';
const LEVELS: Readonly<Record<Severity, 'error' | 'warning' | 'note'>> = {
  error: 'error',
  warning: 'warning',
  info: 'note',
};

function writeSarif(set: FindingSet, { artifact }: FormatOptions): string {
  const rules = rulesOf(set.findings);
  const log = {
    $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
    version: '2.1.0',
    runs: [
      {
        tool: { driver: { name: set.tool.name, version: set.tool.version, rules } },
        invocations: [
          {
            executionSuccessful: true,
            endTimeUtc: set.generatedAt,
            toolExecutionNotifications: set.notEvaluated.map((check) => ({
              descriptor: { id: check.code },
              level: 'warning',
              message: { text: whyNot(check) },
            })),
          },
        ],
        results: set.findings.map((finding) => resultOf(finding, rules, artifact ?? CONFIGURATION)),
        properties: { subject: set.subject, checksPassed: set.passed, findingsSuppressed: set.suppressed },
      },
    ],
  };
  return [...jsonPieces(log)].join('');
}

interface Rule {
  readonly id: string;
  readonly name: string;
  readonly shortDescription: { readonly text: string };
}

/** One a code: the title of its first finding. */
function rulesOf(findings: readonly Finding[]): readonly Rule[] {
  const rules = new Map<string, Rule>();
  for (const { longCode, code, title } of findings)
    if (!rules.has(longCode)) rules.set(longCode, { id: longCode, name: code, shortDescription: { text: title } });
  return [...rules.values()];
}

function resultOf(finding: Finding, rules: readonly Rule[], file: string) {
  return {
    ruleId: finding.longCode,
    ruleIndex: rules.findIndex(({ id }) => id === finding.longCode),
    level: LEVELS[finding.severity],
    message: { text: bodyOf(finding).join('\n') },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: uriOf(file) }, region: { startLine: 1 } },
        ...(finding.resources.length > 0 ? { logicalLocations: finding.resources.map(logicalLocation) } : {}),
      },
    ],
    partialFingerprints: { 'vpccniFindingId/v1': finding.id },
    properties: {
      confidence: finding.confidence,
      ...(finding.causedBy === undefined ? {} : { causedBy: finding.causedBy }),
    },
  };
}

function logicalLocation({ kind, id, name }: Finding['resources'][number]) {
  return { name: name ?? id, fullyQualifiedName: `${kind}/${id}`, kind: 'resource' };
}

/** A path as a URI reference: relative to the repository, or of the file scheme. */
function uriOf(path: string): string {
  const encoded = path.replaceAll('\\', '/').split('/').map(encodeURIComponent).join('/');
  return encoded.startsWith('/') ? `file://${encoded}` : encoded.replace(/^(?:\.\/)+/, '');
}
