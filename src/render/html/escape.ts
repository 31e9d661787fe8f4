/** Text for HTML: whatever users of the cluster wrote stays text. */
import { NO_BREAK, spansOf, type Text } from '../blocks.ts';
import { sanitize } from '../sanitize.ts';

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export function escapeHtml(text: string): string {
  return sanitize(text.replaceAll(NO_BREAK, ' ')).replace(/[&<>"']/g, (c) => ENTITIES[c]!);
}

/** A text with its tones as classes. */
export function htmlOf(text: Text): string {
  return spansOf(text)
    .map((s) => (s.tone === 'plain' ? escapeHtml(s.text) : `<span class="${s.tone}">${escapeHtml(s.text)}</span>`))
    .join('');
}

export function plainOf(text: Text): string {
  return spansOf(text)
    .map((s) => s.text)
    .join('');
}
