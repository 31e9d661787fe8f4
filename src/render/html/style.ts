/** The page's only style. Colours meet WCAG AA on their background, in light and dark; print and phones are thought of. */
const LIGHT =
  '--bg:#fff;--fg:#1b1f24;--soft:#57606a;--line:#d0d7de;--box:#f6f8fa;--error:#b31d28;--warning:#8a5300;--info:#0550ae;--ok:#1a6b32;--accent:#0a6470;--ink:#ffffffa6;--used:#0a7c8a;--idle:#c98500;--others:#5b7fb5;--theirs:#8250df;--free:#e6e9ed;--frag:#e0a030;--full:#c03b3b';
const DARK =
  '--bg:#0f1419;--fg:#e6e9ed;--soft:#a2acb8;--line:#39424d;--box:#1a2129;--error:#ff8a80;--warning:#f0b64a;--info:#8cb8ff;--ok:#7ddf95;--accent:#6fd3df;--ink:#000000a6;--used:#0f8292;--idle:#d99a1c;--others:#7d9cd0;--theirs:#a98bf0;--free:#2a323b;--frag:#d69a2e;--full:#d35d5d';

export const STYLE = `
:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
*{box-sizing:border-box}
body{margin:0 auto;padding:1rem;max-width:78rem;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,sans-serif}
h1,h2,h3,li,summary{overflow-wrap:anywhere}
h1{font-size:1.3rem;line-height:1.35;margin:.5rem 0 1rem}
h3{font-size:.95rem;margin:1.2rem 0 .3rem}
h2{font-size:1.05rem;margin:2rem 0 .5rem;padding-top:.5rem;border-top:1px solid var(--line)}
p{margin:.35rem 0;overflow-wrap:anywhere}
.strong{font-weight:600}.muted{color:var(--soft)}.error{color:var(--error);font-weight:600}.warning{color:var(--warning)}.info{color:var(--info)}.ok{color:var(--ok)}.accent{color:var(--accent)}
nav ul,.legend{display:flex;flex-wrap:wrap;gap:.2rem 1rem;list-style:none;margin:.3rem 0;padding:0;color:var(--soft);font-size:.9rem}
a{color:var(--info)}
.legend li{display:flex;align-items:center;gap:.35rem}
.scroll{position:relative;overflow-x:auto;margin:.5rem 0}
:focus-visible{outline:2px solid var(--info);outline-offset:2px}
table{border-collapse:collapse;font-size:.88rem}
th,td{padding:.2rem .8rem .2rem 0;text-align:left;vertical-align:top}
th{color:var(--soft);font-weight:600;white-space:nowrap;border-bottom:1px solid var(--line)}
td{min-width:7rem}td.k,td.n{min-width:0}td.k{white-space:nowrap}td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
tbody tr:hover{background:var(--box)}
pre{background:var(--box);border:1px solid var(--line);border-radius:4px;padding:.6rem .8rem;margin:.3rem 0;white-space:pre-wrap;overflow-wrap:anywhere;font:13px/1.45 ui-monospace,monospace;user-select:all}
pre.text{user-select:text}
.bar{display:inline-flex;align-items:center;gap:.4rem;white-space:nowrap}
svg{vertical-align:middle}
.defs{position:absolute}
.ink{fill:var(--ink)}.line{stroke:var(--ink);stroke-width:1.2;fill:none}
.f-pods,.f-asked,.f-prefix,.f-taken{fill:var(--used)}.f-warm{fill:var(--idle)}.f-other{fill:var(--others)}.f-theirs,.f-their-block{fill:var(--theirs)}.f-free,.f-open,.f-kept-for-prefixes{fill:var(--free)}.f-over,.f-full{fill:var(--full)}.f-fragmented,.f-mixed{fill:var(--frag)}.f-reserved,.f-kept{fill:var(--line)}
.map text{font:11px ui-monospace,monospace;fill:var(--fg)}
.map .label{fill:var(--soft)}.map .mark{text-anchor:middle;pointer-events:none}.map .f-prefix~.mark{fill:#fff}
.map .tip{display:none}.map .cell:hover .tip,.map .cell:focus .tip{display:block}.map .cell:hover rect:first-of-type,.map .cell:focus rect:first-of-type{stroke:var(--fg);stroke-width:2}
details{margin:.4rem 0}summary{cursor:pointer;color:var(--soft)}
details ul{columns:24rem;font-size:.85rem;margin:.4rem 0;padding-left:1.1rem;overflow-wrap:anywhere}
footer{margin-top:2rem;color:var(--soft);font-size:.85rem}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
@media (max-width:40rem){body{padding:.7rem;font-size:14px}th,td{padding-right:.6rem}}
@media print{:root{${LIGHT}}body{max-width:none;font-size:10pt}nav{display:none}.scroll{overflow:visible}h2,h3{break-after:avoid}tr,svg{break-inside:avoid}.f-free,.f-open{stroke:var(--soft);stroke-width:.5}svg,rect{print-color-adjust:exact}}
`.trim();
