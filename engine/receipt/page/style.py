"""The stylesheet of a receipt: a printed timetable, on paper and at night. Colours are those of the screens' themes."""

from __future__ import annotations

import base64
import hashlib

CSS = """
:root { color-scheme: light dark;
  --bg: #fbfaf8; --surface: #f1efeb; --bright: #14171c; --text: #363c46; --muted: #555d69;
  --accent: #1d55b8; --needs: #7f4f00; --wrong: #ad2018; --proven: #1b6532; --rule: #d3d0c9; --track: #b9b6ae; }
@media (prefers-color-scheme: dark) { :root {
  --bg: #0e1116; --surface: #161b22; --bright: #f3f5f9; --text: #c2c9d4; --muted: #8e98a7;
  --accent: #82aaff; --needs: #f0b254; --wrong: #ff7b72; --proven: #7fcb8c; --rule: #303a47; --track: #3a4554; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--bg); color: var(--text); font: 15px/1.5 system-ui, "Segoe UI", Roboto,
  "Helvetica Neue", Arial, "Noto Sans", sans-serif; font-variant-numeric: tabular-nums lining-nums; }
main { max-width: 60rem; margin: 0 auto; padding: 2.5rem 2rem 4rem; }
h1, h2, h3, p, ul, ol, dl, figure, blockquote { margin: 0; padding: 0; }
h1, h2, h3, strong { color: var(--bright); font-weight: 650; }
h1 { font-size: 1.75rem; line-height: 1.2; margin: .75rem 0 .5rem; }
h2 { font-size: 1.0625rem; }
h3 { font-size: .875rem; color: var(--muted); margin: 1.25rem 0 .35rem; }
p { max-width: 46rem; }
a { color: inherit; text-decoration: none; }
a:hover { color: var(--accent); }
code, .digest { font: .8125rem/1.5 ui-monospace, "SF Mono", "DejaVu Sans Mono", Menlo, Consolas, monospace; }
.digest { overflow-wrap: anywhere; color: var(--muted); }
.facts { display: flex; flex-wrap: wrap; gap: .25rem 1.5rem; color: var(--muted); font-size: .8125rem; }
.label { border: 1px solid currentColor; padding: .05rem .5rem; font-weight: 650; color: var(--bright); }
.outcome { font-size: 1.0625rem; }
.target { color: var(--muted); margin-top: .35rem; }
.note { color: var(--muted); font-size: .875rem; margin-top: .5rem; }
.muted { color: var(--muted); }
.bright { color: var(--bright); font-weight: 650; }
.proven { color: var(--proven); }
.wrong { color: var(--wrong); }
.needs { color: var(--needs); }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(7.5rem, 1fr)); gap: 1rem 1.5rem;
  margin: 1.75rem 0 0; padding: 1rem 0; border-top: 1px solid var(--rule); border-bottom: 1px solid var(--rule); }
.figures dt { color: var(--muted); font-size: .8125rem; }
.figures dd { margin: 0; color: var(--bright); font-size: 1.375rem; font-weight: 650; line-height: 1.3; }
.figures small { display: block; font-size: .8125rem; font-weight: 400; color: var(--muted); line-height: 1.35; }
nav { margin-top: 1.75rem; }
nav table td { padding: .2rem 1.5rem .2rem 0; }
nav td:first-child { color: var(--muted); width: 1.5rem; padding-right: .75rem; text-align: right; }
nav td:nth-child(2) { color: var(--muted); white-space: nowrap; }
section { margin-top: 2.5rem; border-top: 1px solid var(--rule); padding-top: .75rem; }
section > h2 { margin-bottom: .75rem; }
section > h2 .n { color: var(--muted); font-weight: 400; margin-right: .6rem; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; }
table + table, p + table, table + p, ul + table, figure + table { margin-top: .9rem; }
caption { text-align: left; color: var(--muted); padding-bottom: .25rem; }
th { text-align: left; font-weight: 400; color: var(--muted); padding: .25rem 1.5rem .25rem 0; vertical-align: bottom; }
td { padding: .3rem 1.5rem .3rem 0; vertical-align: top; overflow-wrap: break-word; }
th:last-child, td:last-child { padding-right: 0; }
td:first-child { white-space: nowrap; }
td:first-child p { white-space: normal; }
tbody tr { border-top: 1px solid var(--rule); }
tfoot td { border-top: 1px solid var(--track); color: var(--bright); font-weight: 650; }
.sums { table-layout: fixed; }
.sums th:nth-child(n+2) { width: 7.5rem; } .sums th:nth-child(4) { width: 14rem; }
.r { text-align: right; white-space: nowrap; overflow-wrap: normal; }
.w { white-space: nowrap; overflow-wrap: normal; }
nav tbody tr { border: 0; }
ul { list-style: none; }
li { padding: .2rem 0; max-width: 50rem; }
li + li { border-top: 1px solid var(--rule); }
.foreign { display: inline-block; max-width: 100%; border-left: 2px solid var(--track); padding-left: .6rem;
  color: var(--text); unicode-bidi: isolate; overflow-wrap: anywhere; }
figure { margin: .5rem 0 1rem; }
figcaption { color: var(--muted); font-size: .8125rem; margin-bottom: .25rem; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { font: 12px system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: var(--muted);
  font-variant-numeric: tabular-nums; }
svg .strong { fill: var(--bright); font-weight: 650; }
svg .now { fill: var(--text); }
svg .fill { fill: var(--muted); }
svg .deep { fill: var(--text); }
svg .soft { fill: var(--track); }
svg .bad { fill: var(--wrong); }
svg .axis { stroke: var(--rule); stroke-width: 1; }
svg .span { stroke: var(--muted); stroke-width: 2; }
svg .dot { fill: var(--bright); }
svg .ring { fill: var(--bg); stroke: var(--muted); stroke-width: 1.5; }
svg .edge { stroke: var(--text); stroke-width: 1; stroke-dasharray: 3 3; }
td svg { width: 7rem; height: .7rem; margin-top: .35rem; }
footer { margin-top: 3rem; border-top: 1px solid var(--rule); padding-top: 1rem; color: var(--muted);
  font-size: .8125rem; }
footer p { max-width: none; margin-top: .35rem; }
@media (max-width: 44rem) { main { padding: 1.25rem 1rem 3rem; } table { display: block; overflow-x: auto; }
  nav td:nth-child(2) { white-space: normal; } }
@media print {
  :root { color-scheme: light; --bg: #fff; --surface: #fff; --bright: #000; --text: #222; --muted: #555; --accent: #222;
    --needs: #7f4f00; --wrong: #ad2018; --proven: #1b6532; --rule: #ccc; --track: #aaa; }
  @page { margin: 16mm 14mm; }
  body { font-size: 10pt; }
  main { max-width: none; padding: 0; }
  section { margin-top: 1.5rem; }
  h2, h3, thead, figcaption { break-after: avoid; }
  tr, li, figure { break-inside: avoid; }
  thead { display: table-header-group; }
}
"""


def allowed() -> str:
    """The one style that the page's policy lets in, as a source expression."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(CSS.encode()).digest()).decode()}'"
