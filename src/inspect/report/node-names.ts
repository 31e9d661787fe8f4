/** Nodes by what people call them. */

interface Named {
  readonly name: string;
  readonly instanceId?: string;
}

/**
 * The node of that name or instance id; else all whose name begins so and goes on with a domain: screens leave out the domain
 * that nodes share.
 */
export function nodesCalled<N extends Named>(nodes: readonly N[], typed: string): readonly N[] {
  const exact = nodes.filter((n) => n.name === typed || n.instanceId === typed);
  return exact.length > 0 || typed === '' ? exact : nodes.filter((n) => n.name.startsWith(`${typed}.`));
}
