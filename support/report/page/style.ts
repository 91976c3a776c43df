/** How the page looks: on a screen of any width, in the dark, and on paper. The name of the run stands on every sheet. */
export const styleOf = (run: string): string => `
:root {
  --ground: #fff; --text: #1c2128; --quiet: #57606a; --line: #d5dae0; --card: #f6f8fa; --link: #0b5cad;
  --met: #146c2e; --not-met: #b3261e; --undetermined: #855300; --blocked: #855300; --not-applicable: #57606a; --waived: #0b5cad;
}
@media (prefers-color-scheme: dark) { @media screen { :root {
  --ground: #0f1318; --text: #e6e9ed; --quiet: #a3adb8; --line: #333b45; --card: #181e25; --link: #7ab8ff;
  --met: #6fcf8a; --not-met: #ff9086; --undetermined: #f0bd58; --blocked: #f0bd58; --not-applicable: #a3adb8; --waived: #7ab8ff;
} } }
* { box-sizing: border-box }
html { scroll-padding-top: 1rem; -webkit-text-size-adjust: 100% }
body { margin: 0; background: var(--ground); color: var(--text); font: 16px/1.5 system-ui, "Segoe UI", Roboto, "Liberation Sans", sans-serif }
a { color: var(--link); text-underline-offset: .15em }
a.id { white-space: nowrap }
h1, h2, h3, h4, p, dl, dd, ul, ol, figure { margin: 0 }
code, pre { font: .875em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace }
code { overflow-wrap: anywhere }
header h1, .facts, main, footer { padding-inline: max(1rem, calc(50vw - 38rem)) }
h1 { padding-block: 1.1rem 1.2rem; color: #fff; font-size: clamp(1.35rem, 1rem + 2vw, 2.3rem); line-height: 1.2; overflow-wrap: anywhere }
h1 small { display: block; font-size: 1rem; font-weight: 400; margin-top: .3rem }
.compliant { background: #146c2e } .not-compliant { background: #b3261e } .undetermined, .nothing-evaluated { background: #7a4b00 }
.facts { display: flex; flex-wrap: wrap; gap: .3rem 2rem; padding-block: .8rem; border-bottom: 1px solid var(--line); background: var(--card) }
.facts div { min-width: 0 } .facts dt { color: var(--quiet); font-size: .8rem } .facts dd { overflow-wrap: anywhere }
.counts { list-style: none; padding: 0; display: grid; grid-template-columns: repeat(6, 1fr); gap: .6rem; margin-top: 1.2rem }
.counts li { border: 1px solid var(--line); border-top: 4px solid currentColor; border-radius: .4rem; padding: .4rem .8rem }
.counts b { display: block; font-size: 1.7rem; line-height: 1.2 }
.counts .none { color: var(--quiet) }
nav ul { display: flex; flex-wrap: wrap; gap: .2rem 1.4rem; list-style: none; padding: .9rem 0 0 }
main { padding-bottom: 2rem }
section { margin-top: 2.2rem }
h2 { font-size: 1.35rem; border-bottom: 2px solid var(--line); padding-bottom: .3rem; margin-bottom: .8rem }
h3 { font-size: 1rem; margin: 1.2rem 0 .5rem; color: var(--quiet)}
.severity { text-transform: capitalize }
.word { font-weight: 600; white-space: nowrap }
.met { color: var(--met) } .not-met { color: var(--not-met) } .blocked, .unsure { color: var(--undetermined) }
.not-applicable { color: var(--not-applicable) } .waived { color: var(--waived) }
article { border: 1px solid var(--line); border-left: 5px solid var(--not-met); border-radius: .4rem; background: var(--card); padding: .9rem 1.1rem; margin-bottom: .9rem }
article.unsure { border-left-color: var(--undetermined) }
article.not-met, article.unsure { color: inherit }
article h4 { font-size: 1.08rem; line-height: 1.35 }
article .on { font-weight: 600; margin-top: .25rem }
.quiet { color: var(--quiet); font-size: .9rem }
dl.parts { display: grid; grid-template-columns: 6rem minmax(0, 1fr); gap: .25rem .8rem; margin-top: .6rem }
dl.parts dt { color: var(--quiet) } dl.parts dd { overflow-wrap: anywhere }
summary { cursor: pointer }
.fold { margin-top: .6rem }
.fold > summary { color: var(--link) }
.fold > ul, .fold > ol { padding-left: 1.2rem; margin-top: .3rem }
.answer { border: 1px solid var(--line); border-radius: .3rem; background: var(--ground); padding: .5rem .7rem; margin-top: .5rem }
.answer pre { margin: .4rem 0 0; white-space: pre-wrap; overflow-wrap: anywhere }
figure { margin-top: .8rem } figure img { max-width: min(100%, 30rem); height: auto; display: block }
.answer img { max-width: 100%; height: auto }
.requirement { border-bottom: 1px solid var(--line) }
.requirement > summary { display: grid; grid-template-columns: 5.2rem minmax(0, 1fr) 8.2rem 8.2rem 10rem; gap: 0 .9rem; padding: .45rem 0; align-items: baseline }
.requirement > summary:hover { background: var(--card) }
.requirement summary b { white-space: nowrap }
.requirement .title { overflow-wrap: anywhere }
.requirement .title small { display: block; color: var(--quiet); font-size: .875rem }
.requirement summary .since, .requirement summary .controls { color: var(--quiet); font-size: .875rem }
.requirement > div { padding: .1rem 0 1rem 6.1rem }
.requirement > div > * + * { margin-top: .5rem }
.steps { list-style: none; padding: 0 } .steps b { font-weight: 600 }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; vertical-align: top; padding: .4rem .9rem .4rem 0; border-bottom: 1px solid var(--line); overflow-wrap: break-word }
th { font-size: .85rem; color: var(--quiet); font-weight: 500 }
@media (min-width: 46rem) { #restore-test th:first-child { min-width: 19rem } }
.plain { display: grid; grid-template-columns: 12rem minmax(0, 1fr); gap: .25rem 1rem } .plain dt { color: var(--quiet) } .plain dd { overflow-wrap: anywhere }
.plain + p { margin-top: .5rem } .moment { white-space: nowrap }
.sign, .paper { display: none }
.cloud section { margin-top: 1.2rem } .cloud section h2 { font-size: 1.1rem; border-bottom-width: 1px; margin-bottom: .5rem }
footer { border-top: 1px solid var(--line); padding-block: 1rem; color: var(--quiet); font-size: .9rem }
@media screen and (max-width: 46rem) {
  html { scroll-padding-top: 5.5rem }
  body { font-size: 15.5px }
  header { display: contents }
  h1 { position: sticky; top: 0; z-index: 1; padding-block: .7rem }
  h1 small { font-size: .85rem }
  .facts { display: grid; grid-template-columns: 1fr 1fr; gap: .5rem 1rem }
  .counts { grid-template-columns: repeat(3, 1fr); gap: .5rem } .counts b { font-size: 1.35rem } .counts li { padding: .3rem .6rem; font-size: .9rem }
  dl.parts, .plain { grid-template-columns: 1fr; gap: 0 } dl.parts dd, .plain dd { margin-bottom: .5rem }
  .requirement > summary { grid-template-columns: 5rem minmax(0, 1fr) }
  .requirement > summary .title { grid-column: 1 / -1; grid-row: 2 }
  .requirement > summary .since, .requirement > summary .controls { display: none }
  .requirement > div { padding-left: 0 }
  thead { display: none } table, tbody, tr, td, tbody th { display: block } tr { border-bottom: 1px solid var(--line); padding: .5rem 0 }
  td, tbody th { overflow-wrap: anywhere; border: 0; padding: .05rem 0 } td:empty { display: none } td[data-label]::before { content: attr(data-label) ": "; color: var(--quiet) }
}
@page { size: A4; margin: 16mm 15mm 18mm; @bottom-left { content: "${run}"; font: 8pt sans-serif; color: #555 } @bottom-right { content: "Page " counter(page) " of " counter(pages); font: 8pt sans-serif; color: #555 } }
@media print {
  html { font-size: 9.5pt } body { font-size: 1rem; line-height: 1.4 }
  header h1, .facts, main, footer { padding-inline: 0 }
  header h1 { position: static; border: 2pt solid currentColor; border-left-width: 8pt; padding: 6pt 10pt; font-size: 17pt }
  h1.compliant { color: #146c2e; background: none } h1.not-compliant { color: #b3261e; background: none } h1.undetermined, h1.nothing-evaluated { color: #7a4b00; background: none }
  nav, .screen { display: none } .paper { display: block }
  .facts { background: none; border: 0; gap: 2pt 16pt } .counts { grid-template-columns: repeat(6, 1fr); gap: 4pt; margin-top: 6pt } .counts b { font-size: 13pt }
  .counts li { padding: 2pt 6pt } .counts, .plain { break-inside: avoid }
  section { margin-top: 14pt } h2 { font-size: 13pt } h2, h3, h4, article p, .fold > summary, .cloud > h2 + p { break-after: avoid }
  article, .answer { background: none } article { box-decoration-break: clone } article > h4, .parts, .answer, tr, .requirement { break-inside: avoid }
  details::details-content { content-visibility: visible; block-size: auto; display: block }
  summary { list-style: none } .fold > summary { color: inherit; font-weight: 600 }
  .requirement > summary { grid-template-columns: 18mm minmax(0, 1fr) 28mm 28mm; gap: 0 2mm; padding: 2pt 0 }
  .requirement .title small, .requirement summary .controls { display: none } .requirement .fold > ul { columns: 2; font-size: .9rem }
  .requirement > div { padding: 0 0 3pt 20mm } .requirement .evidence, .requirement .steps { display: none }
  .answer pre { font-size: 7.5pt } #clouds td, #clouds th { font-size: 8pt; padding-right: 2mm }
  a { color: inherit; text-decoration: none }
  .sign { display: grid; grid-template-columns: 1fr 1fr 1fr; gap: 10mm; margin-top: 14mm; break-before: avoid; break-inside: avoid } .sign div { border-top: .5pt solid #000; padding-top: 2pt }
}`;
