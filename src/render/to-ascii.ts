/** Characters the views use that have a plain stand-in. */
const TO_ASCII: Readonly<Record<string, string>> = {
  '·': '-',
  '×': 'x',
  '−': '-',
  '–': '-',
  '—': '-',
  '≤': '<=',
  '≥': '>=',
  '→': '->',
  '←': '<-',
  '◀': '<',
  '…': '...',
  '✖': 'x',
  '✔': '+',
  '“': '"',
  '”': '"',
  '’': "'",
  '≈': '~',
  '≠': '!=',
  '⌈': 'ceil(',
  '⌉': ')',
  // heights of a small chart
  '▁': '_',
  '▂': '.',
  '▃': ':',
  '▄': '-',
  '▅': '=',
  '▆': '+',
  '▇': '*',
  '█': '#',
};

/** Stand-ins for what the views write; anything else outside ASCII becomes `?`. Non-breaking spaces wait for the printer. */
export function toAscii(text: string): string {
  return text.replace(/[^\n\x20-\x7e\u00a0]/gu, (c) => TO_ASCII[c] ?? '?');
}
