/** JSON of large objects, piece by piece: as one text it takes more memory than all that it was made of. */
import { escapeUnseen } from './sanitize.ts';

/** Elements of a list that are written together. */
const TOGETHER = 250;

/** `JSON.stringify(object, null, 2)` and a line feed, with what is unseen escaped. */
export function* jsonPieces(object: object): Generator<string> {
  let lead = '{\n';
  for (const [name, value] of Object.entries(object)) {
    if (Array.isArray(value) && value.length > TOGETHER) yield* listPieces(name, value, lead);
    else {
      const text = JSON.stringify({ [name]: value }, null, 2);
      // a member of which JSON says nothing
      if (text === '{}') continue;
      yield escapeUnseen(`${lead}${text.slice(2, -2)}`);
    }
    lead = ',\n';
  }
  yield lead === '{\n' ? '{}\n' : '\n}\n';
}

function* listPieces(name: string, list: readonly unknown[], lead: string): Generator<string> {
  const opening = `  ${JSON.stringify(name)}: [\n`;
  for (let at = 0; at < list.length; at += TOGETHER) {
    const text = JSON.stringify({ [name]: list.slice(at, at + TOGETHER) }, null, 2);
    const elements = text.slice('{\n'.length + opening.length, -'\n  ]\n}'.length);
    yield escapeUnseen(`${at === 0 ? `${lead}${opening}` : ',\n'}${elements}`);
  }
  yield '\n  ]';
}
