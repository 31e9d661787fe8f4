/** The registry of checks, and the one place where they are registered: an import and a line, in the order of the catalogue. */
import { codeIn } from '../contract/code.ts';
import { ADD001 } from './ADD001.ts';
import { ADD002 } from './ADD002.ts';
import { ADD003 } from './ADD003.ts';
import { ADD004 } from './ADD004.ts';
import { ADD005 } from './ADD005.ts';
import { ADD006 } from './ADD006.ts';
import { ADD007 } from './ADD007.ts';
import { CFG001 } from './CFG001.ts';
import { CFG002 } from './CFG002.ts';
import { CFG003 } from './CFG003.ts';
import { CFG004 } from './CFG004.ts';
import { CFG005 } from './CFG005.ts';
import { CFG006 } from './CFG006.ts';
import { CUS001 } from './CUS001.ts';
import { CUS002 } from './CUS002.ts';
import { CUS003 } from './CUS003.ts';
import { CUS004 } from './CUS004.ts';
import { CUS005 } from './CUS005.ts';
import { CUS006 } from './CUS006.ts';
import { CUS007 } from './CUS007.ts';
import type { Check } from './define-check.ts';
import { HLT001 } from './HLT001.ts';
import { HLT002 } from './HLT002.ts';
import { HLT003 } from './HLT003.ts';
import { HLT004 } from './HLT004.ts';
import { HLT005 } from './HLT005.ts';
import { HLT006 } from './HLT006.ts';
import { HLT007 } from './HLT007.ts';
import { IAM001 } from './IAM001.ts';
import { IAM002 } from './IAM002.ts';
import { IAM003 } from './IAM003.ts';
import { IAM004 } from './IAM004.ts';
import { IAM005 } from './IAM005.ts';
import { IAM006 } from './IAM006.ts';
import { IP6001 } from './IP6001.ts';
import { IP6002 } from './IP6002.ts';
import { IP6003 } from './IP6003.ts';
import { LEK001 } from './LEK001.ts';
import { LEK002 } from './LEK002.ts';
import { LEK003 } from './LEK003.ts';
import { MAX001 } from './MAX001.ts';
import { MAX002 } from './MAX002.ts';
import { MAX003 } from './MAX003.ts';
import { MAX004 } from './MAX004.ts';
import { MAX005 } from './MAX005.ts';
import { MAX006 } from './MAX006.ts';
import { NOD001 } from './NOD001.ts';
import { NOD002 } from './NOD002.ts';
import { NOD003 } from './NOD003.ts';
import { NOD004 } from './NOD004.ts';
import { NOD005 } from './NOD005.ts';
import { NOD006 } from './NOD006.ts';
import { NOD007 } from './NOD007.ts';
import { NOD008 } from './NOD008.ts';
import { NPL001 } from './NPL001.ts';
import { NPL002 } from './NPL002.ts';
import { NPL003 } from './NPL003.ts';
import { NPL004 } from './NPL004.ts';
import { NPL005 } from './NPL005.ts';
import { NPL006 } from './NPL006.ts';
import { NPL007 } from './NPL007.ts';
import { NPL008 } from './NPL008.ts';
import { NPL009 } from './NPL009.ts';
import { NPL010 } from './NPL010.ts';
import { PFX001 } from './PFX001.ts';
import { PFX002 } from './PFX002.ts';
import { PFX003 } from './PFX003.ts';
import { PFX004 } from './PFX004.ts';
import { PLT001 } from './PLT001.ts';
import { PLT002 } from './PLT002.ts';
import { PLT003 } from './PLT003.ts';
import { PLT004 } from './PLT004.ts';
import { PLT005 } from './PLT005.ts';
import { PLT006 } from './PLT006.ts';
import { PLT007 } from './PLT007.ts';
import { PLT008 } from './PLT008.ts';
import { QTA001 } from './QTA001.ts';
import { QTA002 } from './QTA002.ts';
import { RTE001 } from './RTE001.ts';
import { RTE002 } from './RTE002.ts';
import { RTE003 } from './RTE003.ts';
import { RTE004 } from './RTE004.ts';
import { RTE005 } from './RTE005.ts';
import { RTE006 } from './RTE006.ts';
import { SGP001 } from './SGP001.ts';
import { SGP002 } from './SGP002.ts';
import { SGP003 } from './SGP003.ts';
import { SGP004 } from './SGP004.ts';
import { SGP005 } from './SGP005.ts';
import { SGP006 } from './SGP006.ts';
import { SGP007 } from './SGP007.ts';
import { SGP008 } from './SGP008.ts';
import { SGP009 } from './SGP009.ts';
import { SGP010 } from './SGP010.ts';
import { SGP011 } from './SGP011.ts';
import { SGP012 } from './SGP012.ts';
import { SGP013 } from './SGP013.ts';
import { SUB001 } from './SUB001.ts';
import { SUB003 } from './SUB003.ts';
import { SUB004 } from './SUB004.ts';
import { SUB005 } from './SUB005.ts';
import { SUB006 } from './SUB006.ts';
import { SUB007 } from './SUB007.ts';
import { SUB008 } from './SUB008.ts';
import { SUB009 } from './SUB009.ts';
import { SUB010 } from './SUB010.ts';

/** Codes are never reused or renumbered. */
const REGISTRY = {
  SUB001,
  SUB003,
  SUB004,
  SUB005,
  SUB006,
  SUB007,
  SUB008,
  SUB009,
  SUB010,
  PFX001,
  PFX002,
  PFX003,
  PFX004,
  MAX001,
  MAX002,
  MAX003,
  MAX004,
  MAX005,
  MAX006,
  NOD001,
  NOD002,
  NOD003,
  NOD004,
  NOD005,
  NOD006,
  NOD007,
  NOD008,
  CUS001,
  CUS002,
  CUS003,
  CUS004,
  CUS005,
  CUS006,
  CUS007,
  SGP001,
  SGP002,
  SGP003,
  SGP004,
  SGP005,
  SGP006,
  SGP007,
  SGP008,
  SGP009,
  SGP010,
  SGP011,
  SGP012,
  SGP013,
  IP6001,
  IP6002,
  IP6003,
  NPL001,
  NPL002,
  NPL003,
  NPL004,
  NPL005,
  NPL006,
  NPL007,
  NPL008,
  NPL009,
  NPL010,
  ADD001,
  ADD002,
  ADD003,
  ADD004,
  ADD005,
  ADD006,
  ADD007,
  IAM001,
  IAM002,
  IAM003,
  IAM004,
  IAM005,
  IAM006,
  HLT001,
  HLT002,
  HLT003,
  HLT004,
  HLT005,
  HLT006,
  HLT007,
  CFG001,
  CFG002,
  CFG003,
  CFG004,
  CFG005,
  CFG006,
  RTE001,
  RTE002,
  RTE003,
  RTE004,
  RTE005,
  RTE006,
  LEK001,
  LEK002,
  LEK003,
  QTA001,
  QTA002,
  PLT001,
  PLT002,
  PLT003,
  PLT004,
  PLT005,
  PLT006,
  PLT007,
  PLT008,
} as const satisfies Readonly<Record<string, Check>>;

export type CheckCode = keyof typeof REGISTRY;

export const CHECK_CODES = Object.keys(REGISTRY) as readonly CheckCode[];

export const CHECKS: readonly Check[] = Object.values(REGISTRY);

/** What the first three letters of a code stand for. */
export const GROUPS: Readonly<Record<string, string>> = {
  SUB: 'Subnet capacity and selection',
  PFX: 'Prefix delegation',
  MAX: 'kubelet maxPods against address capacity',
  NOD: 'Nodes, ENIs and instances',
  CUS: 'Custom networking and ENIConfig',
  SGP: 'Security groups for pods',
  IP6: 'IPv6 clusters',
  NPL: 'Network policy',
  ADD: 'Add-on and versions',
  IAM: 'Permissions and credentials',
  HLT: 'aws-node and pod sandbox health',
  CFG: 'Settings of aws-node',
  RTE: 'SNAT, routes and address ranges',
  LEK: 'Leaked ENIs',
  QTA: 'Quotas and throttling',
  PLT: 'Platforms',
};

/** `SUB001` for `SUB001`, `sub001`, `VPCCNI-SUB-001`, `SUB-001` and `SUB001/sub-reason`; undefined for no code of ours. */
export function shortCode(text: string): CheckCode | undefined {
  const code = codeIn(text);
  return CHECK_CODES.find((c) => c === code);
}

/** The check of a code in short or long form, whatever its case; undefined where there is none. */
export function checkByCode(text: string): Check | undefined {
  const code = shortCode(text);
  return code && REGISTRY[code];
}
