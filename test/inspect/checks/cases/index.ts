import type { CheckCode } from '../../../../src/inspect/checks/index.ts';
import { cus007, sgp002, sgp006, sgp007, sgp008, sgp009, sgp010, sgp011, sgp012, sgp013 } from './branch.ts';
import type { Case } from './case.ts';
import { cfg001, cfg002, cfg003, cfg004, cfg005, cfg006 } from './cfg.ts';
import { cus003, cus004, cus005, cus006 } from './cus-more.ts';
import { cus001, cus002, sgp001, sgp003 } from './cus-sgp.ts';
import { add001, add002, hlt001, hlt002, hlt003, iam001, lek001, plt001 } from './health.ts';
import { hlt004 } from './hlt004.ts';
import { iam002, iam003, iam004, iam005, iam006 } from './iam.ts';
import { ip6002, ip6003 } from './ipv6.ts';
import { lek003, plt003, plt004, qta001 } from './lek-plt.ts';
import { max006, nod001, nod002, nod006 } from './limits.ts';
import { add003, add005, add007, hlt005, ip6001, rte001, rte005, sgp005 } from './more.ts';
import { add006, lek002, sgp004, sub007 } from './more2.ts';
import { max003, max004, nod003, nod004, nod005, nod008, pfx003, pfx004 } from './nodes.ts';
import { npl001, npl002, npl004 } from './npl.ts';
import { npl003, npl005, npl006, npl007, npl008, npl009, npl010 } from './npl-more.ts';
import { hlt007, max005, nod007 } from './pending.ts';
import { max001, max002, pfx001, pfx002 } from './pfx-max.ts';
import { plt002, plt005, plt006, plt007, plt008, qta002 } from './plt.ts';
import { add004, hlt006 } from './releases.ts';
import { rte002, rte003, rte004, rte006 } from './rte.ts';
import { sub001, sub004, sub005, sub006, sub009, sub010 } from './sub.ts';
import { sub003, sub008 } from './sub-more.ts';

/** Every check has its cases: the compiler asks for them. */
export const CASES: Readonly<Record<CheckCode, Case>> = {
  SUB001: sub001,
  SUB003: sub003,
  SUB004: sub004,
  SUB005: sub005,
  SUB006: sub006,
  SUB007: sub007,
  SUB008: sub008,
  SUB009: sub009,
  SUB010: sub010,
  PFX001: pfx001,
  PFX002: pfx002,
  PFX003: pfx003,
  PFX004: pfx004,
  MAX001: max001,
  MAX002: max002,
  MAX003: max003,
  MAX004: max004,
  MAX005: max005,
  MAX006: max006,
  NOD001: nod001,
  NOD002: nod002,
  NOD003: nod003,
  NOD004: nod004,
  NOD005: nod005,
  NOD006: nod006,
  NOD007: nod007,
  NOD008: nod008,
  CUS001: cus001,
  CUS002: cus002,
  CUS003: cus003,
  CUS004: cus004,
  CUS005: cus005,
  CUS006: cus006,
  CUS007: cus007,
  SGP001: sgp001,
  SGP002: sgp002,
  SGP003: sgp003,
  SGP004: sgp004,
  SGP005: sgp005,
  SGP006: sgp006,
  SGP007: sgp007,
  SGP008: sgp008,
  SGP009: sgp009,
  SGP010: sgp010,
  SGP011: sgp011,
  SGP012: sgp012,
  SGP013: sgp013,
  IP6001: ip6001,
  IP6002: ip6002,
  IP6003: ip6003,
  NPL001: npl001,
  NPL002: npl002,
  NPL003: npl003,
  NPL004: npl004,
  NPL005: npl005,
  NPL006: npl006,
  NPL007: npl007,
  NPL008: npl008,
  NPL009: npl009,
  NPL010: npl010,
  ADD001: add001,
  ADD002: add002,
  ADD003: add003,
  ADD004: add004,
  ADD005: add005,
  ADD006: add006,
  ADD007: add007,
  IAM001: iam001,
  IAM002: iam002,
  IAM003: iam003,
  IAM004: iam004,
  IAM005: iam005,
  IAM006: iam006,
  HLT001: hlt001,
  HLT002: hlt002,
  HLT003: hlt003,
  HLT004: hlt004,
  HLT005: hlt005,
  HLT006: hlt006,
  HLT007: hlt007,
  CFG001: cfg001,
  CFG002: cfg002,
  CFG003: cfg003,
  CFG004: cfg004,
  CFG005: cfg005,
  CFG006: cfg006,
  RTE001: rte001,
  RTE002: rte002,
  RTE003: rte003,
  RTE004: rte004,
  RTE005: rte005,
  RTE006: rte006,
  LEK001: lek001,
  LEK002: lek002,
  LEK003: lek003,
  QTA001: qta001,
  QTA002: qta002,
  PLT001: plt001,
  PLT002: plt002,
  PLT003: plt003,
  PLT004: plt004,
  PLT005: plt005,
  PLT006: plt006,
  PLT007: plt007,
  PLT008: plt008,
};
