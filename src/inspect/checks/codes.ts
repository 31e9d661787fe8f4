/** Codes of the checks, in the order of the catalogue. Codes are never reused or renumbered. */
export const CHECK_CODES = [
  'SUB001',
  'SUB004',
  'SUB005',
  'SUB006',
  'SUB009',
  'SUB010',
  'PFX001',
  'PFX002',
  'MAX001',
  'MAX002',
  'CUS001',
  'CUS002',
  'SGP001',
  'SGP003',
  'ADD001',
  'ADD002',
  'IAM001',
  'HLT001',
  'HLT002',
  'HLT003',
  'LEK001',
  'PLT001',
] as const;

export type CheckCode = (typeof CHECK_CODES)[number];

/** What the first three letters of a code stand for. */
export const GROUPS: Readonly<Record<string, string>> = {
  SUB: 'Subnet capacity and selection',
  PFX: 'Prefix delegation',
  MAX: 'kubelet maxPods against address capacity',
  CUS: 'Custom networking and ENIConfig',
  SGP: 'Security groups for pods',
  ADD: 'Add-on and versions',
  IAM: 'Permissions and credentials',
  HLT: 'aws-node and pod sandbox health',
  LEK: 'Leaked ENIs',
  PLT: 'Platforms',
};

/** `SUB001` for `SUB001`, `sub001`, `VPCCNI-SUB-001`, `SUB-001` and `SUB001/sub-reason`; undefined for no code of ours. */
export function shortCode(text: string): CheckCode | undefined {
  const parts = /^(?:VPCCNI-)?([A-Z]{3})-?(\d{3})(?:\/[a-z0-9-]+)?$/i.exec(text.trim());
  const code = parts ? `${parts[1]}${parts[2]}`.toUpperCase() : undefined;
  return CHECK_CODES.find((c) => c === code);
}
