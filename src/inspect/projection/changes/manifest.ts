/** Manifests of Kubernetes: one object a document, or lists of them. */
import type { Draft } from './draft.ts';
import { readObjects } from './manifest/object.ts';
import type { ChangeDocument } from './reading.ts';

/** All documents at once: they are applied together. */
export function readManifests(draft: Draft, documents: readonly ChangeDocument[]): void {
  readObjects(
    draft,
    documents.map((document) => ({
      place: { document, path: [], address: '' },
      object: document.value,
      removed: false,
    })),
  );
}
