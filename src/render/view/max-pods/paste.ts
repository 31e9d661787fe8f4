/** What to paste, alone and ready for a file: what there is to say about it stands in comments. */
import { defaultsSuffice } from '../../../calc/maxpods/index.ts';
import type { KubeletSnippet, MaxPodsReport } from '../../../inspect/contract/report.ts';
import type { Block } from '../../blocks.ts';

/** Columns of a comment, its mark included. */
const WIDTH = 78;

export function pasteView(report: MaxPodsReport, snippet: KubeletSnippet): readonly Block[] {
  const { title, appliesTo, text, note } = snippet;
  const enough = defaultsSuffice(report.items)
    ? ['AL2023, Bottlerocket and Karpenter come to this number by themselves.']
    : [];
  const comments = [
    `${title}: ${appliesTo}.`,
    'kubelet reads it once: replace the nodes.',
    ...(note ? [`Note: ${note}.`] : []),
    ...enough,
  ];
  return [{ kind: 'verbatim', text: [...comments.flatMap(comment), text].join('\n') }];
}

/** A sentence as lines that YAML, TOML and PowerShell all pass over. */
function comment(sentence: string): readonly string[] {
  const lines: string[] = [];
  let line = '#';
  for (const word of sentence.split(' ')) {
    if (line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = '# ';
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}
