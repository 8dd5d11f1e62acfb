"""How a report looks, on a screen and on paper. No `>` in selectors: style sheets are escaped like any text."""

from __future__ import annotations

import base64
from hashlib import sha256
from typing import Final

STYLE: Final = """
@page { size: A4; margin: 18mm 17mm 20mm; }
* { box-sizing: border-box; }
html { font: 10.5pt/1.5 Charter, "Bitstream Charter", "Iowan Old Style", "Palatino Linotype", "Liberation Serif", Georgia, serif;
  color: #1c1e21; background: #fff; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
body { max-width: 176mm; margin: 0 auto; padding: 14mm 6mm 18mm; font-variant-numeric: lining-nums tabular-nums; }
h1, h2, h3, p, table, dl, figure { margin: 0; }
h1 { font-size: 30pt; line-height: 1.12; font-weight: 600; letter-spacing: -0.012em; margin: 1mm 0 2mm; overflow-wrap: anywhere; }
h2 { font-size: 16pt; line-height: 1.25; font-weight: 600; margin: 13mm 0 1.5mm; break-after: avoid; }
h3 { font-size: 12.5pt; line-height: 1.3; font-weight: 600; }
.kicker, th, .label, .firm, .badge, svg text, footer { font-family: "Helvetica Neue", Inter, "Liberation Sans", Arial, sans-serif; }
.firm { display: flex; justify-content: space-between; font-size: 8.5pt; color: #565c64; letter-spacing: 0.02em;
  border-bottom: 1.6pt solid #1c1e21; padding-bottom: 2mm; gap: 8mm; }
.firm span { overflow-wrap: anywhere; }
.kicker { font-size: 9pt; color: #565c64; margin-top: 9mm; }
.span { font-size: 12.5pt; color: #565c64; }
.lead { font-size: 13pt; line-height: 1.5; margin: 8mm 0 7mm; max-width: 150mm; }
.note { color: #565c64; font-size: 9.5pt; max-width: 150mm; margin-bottom: 3mm; }
.figures { display: grid; grid-template-columns: repeat(4, 1fr); border-top: 0.5pt solid #c9cdd2; border-bottom: 0.5pt solid #c9cdd2; }
.figures div { padding: 3.5mm 4mm 3.5mm 0; }
.figures div + div { border-left: 0.5pt solid #c9cdd2; padding-left: 4mm; }
.figure { font-size: 18pt; line-height: 1.2; font-weight: 600; display: block; }
.label { font-size: 8pt; line-height: 1.35; color: #565c64; display: block; margin-top: 1mm; }
.promise { break-inside: avoid; padding: 6mm 0 5.5mm; border-top: 0.5pt solid #c9cdd2; }
h2 + .promise, .note + .promise { border-top: 0; }
.promise header { display: flex; justify-content: space-between; align-items: baseline; gap: 6mm; }
.promise header h3 { overflow-wrap: anywhere; }
.promise blockquote { margin: 0.5mm 0 0; font-style: italic; color: #3a3f45; overflow-wrap: anywhere; }
.promise cite, .id { font-style: normal; font-size: 9pt; color: #565c64; }
.id { font-weight: 400; }
.badge { flex: none; font-size: 8.5pt; font-weight: 600; white-space: nowrap; padding: 0.6mm 2.2mm; border: 0.9pt solid; border-radius: 1mm; }
.badge b { display: inline-block; min-width: 1.1em; }
.kept { color: #1b5e4a; }
.expectation_missed { color: #8a5300; border-style: dashed; }
.missed { color: #9b1c1c; border-width: 1.4pt; }
.unknown, .nothing { color: #565c64; border-style: dotted; }
.four { display: grid; grid-template-columns: repeat(4, 1fr); margin: 3.5mm 0 3mm; }
.four div { padding-right: 4mm; }
.four .name { font: 600 7.5pt/1.4 "Helvetica Neue", Inter, "Liberation Sans", Arial, sans-serif; letter-spacing: 0.05em; text-transform: uppercase; color: #565c64; }
.four .number { display: block; font-size: 15pt; line-height: 1.3; font-weight: 600; }
.four .says { display: block; font-size: 11pt; line-height: 1.35; overflow-wrap: anywhere; }
.four .wide { grid-column: span 2; }
.four .label { margin-top: 0.3mm; }
svg.numbers { display: block; width: 100%; height: auto; margin-top: 2mm; }
svg text { font-size: 11.5px; fill: #3a3f45; }
svg .value { paint-order: stroke; stroke: #fff; stroke-width: 4px; stroke-linejoin: round; }
svg .name { fill: #565c64; }
svg .limit { stroke: #1c1e21; stroke-width: 1; stroke-dasharray: 2 3; }
svg .promised { fill: #1c1e21; }
svg .expected { fill: #fff; stroke: #1c1e21; stroke-width: 1.2; stroke-dasharray: 4 2; }
svg .attainable { fill: #c9cdd2; }
svg .half { fill: #22577a; }
svg .most { fill: #a9c3d6; }
svg .stop { stroke: #22577a; stroke-width: 2; }
.counts { font-size: 9pt; color: #565c64; margin-top: 2mm; }
table { width: 100%; table-layout: fixed; border-collapse: collapse; font-size: 9.2pt; line-height: 1.38; }
thead { display: table-header-group; }
tr { break-inside: avoid; }
th { text-align: left; font-size: 7.5pt; font-weight: 600; color: #565c64; vertical-align: bottom; padding: 0 3mm 1.3mm 0; border-bottom: 0.9pt solid #1c1e21; }
td { vertical-align: top; padding: 1.7mm 3mm 1.7mm 0; border-bottom: 0.5pt solid #dfe2e5; overflow-wrap: anywhere; }
th.n, td.n { text-align: right; white-space: nowrap; overflow-wrap: normal; }
th:last-child, td:last-child { padding-right: 0; }
td small { display: block; color: #565c64; font-size: 8.6pt; }
.when { white-space: nowrap; overflow-wrap: normal; }
footer { margin-top: 14mm; padding-top: 3mm; border-top: 0.5pt solid #c9cdd2; font-size: 8pt; line-height: 1.5; color: #565c64; }
footer p + p { margin-top: 1.5mm; }
@media print { body { max-width: none; padding: 0; } html { font-size: 10pt; } }
@media screen and (max-width: 640px) {
  body { padding: 6mm 4mm; } .figures, .four { grid-template-columns: repeat(2, 1fr); row-gap: 3mm; }
  .figures div:nth-child(odd) { border-left: 0; padding-left: 0; }
  h1 { font-size: 24pt; } .scrolled { overflow-x: auto; } .scrolled table { min-width: 176mm; }
}
"""

_DIGEST: Final = base64.b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY: Final = f"default-src 'none'; style-src 'sha256-{_DIGEST}'; base-uri 'none'; form-action 'none'"
"""The page may do nothing but look as it says itself: no scripts, nothing fetched, nothing sent."""
