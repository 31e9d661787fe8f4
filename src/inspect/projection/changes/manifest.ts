/** Manifests of Kubernetes: one object a document, or lists of them. */
import type { Draft } from './draft.ts';
import { fields } from './fields.ts';
import { readObject } from './manifest/object.ts';
import type { ChangeDocument } from './reading.ts';

export function readManifest(draft: Draft, document: ChangeDocument): void {
  readObject(draft, { document, path: [], address: '' }, fields(document.value));
}
