/** How the code of a check is written: short, `SUB001`, or long, `VPCCNI-SUB-001`, in any case, with a sub-reason or without. */
export function codeIn(text: string): string | undefined {
  const parts = /^(?:VPCCNI-)?([A-Z]{2}[A-Z6])-?(\d{3})(?:\/[a-z0-9-]+)?$/i.exec(text.trim());
  return parts ? `${parts[1]}${parts[2]}`.toUpperCase() : undefined;
}
