export const STYLE = `:root {
  color-scheme: light dark;
  --paper: #fbfaf8; --sheet: #fff; --ink: #1d1f23; --faint: #5a5f68; --rule: #d9d7d2;
  --link: #0b57a4; --good: #1a6b3c; --warn: #96460a; --alarm: #a1201a; --alarm-paper: #fdeceb;
  --nginx: #1a6b3c; --node: #0b57a4; --misses: #a1480f; --ratio: #1a6b3c; --renders: #6b3fa0;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16181c; --sheet: #1e2126; --ink: #e8e6e3; --faint: #a9adb5; --rule: #3a3e46;
    --link: #8ab8f2; --good: #7fd09c; --warn: #f0b070; --alarm: #ff9a92; --alarm-paper: #3a1d1c;
    --nginx: #7fd09c; --node: #8ab8f2; --misses: #f0b070; --ratio: #7fd09c; --renders: #c6a5f0;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
.skip { position: absolute; left: -100vw; }
.skip:focus { left: 1rem; top: 1rem; background: var(--sheet); padding: .5rem 1rem; z-index: 1; }
header, main { max-width: 76rem; margin: 0 auto; padding: 0 1rem; }
header { display: flex; flex-wrap: wrap; gap: .25rem 2rem; align-items: baseline; padding-top: 1.5rem; }
h1 { font-size: 1.5rem; margin: 0; }
h2 { font-size: 1.2rem; margin: 0 0 .75rem; }
h3 { font-size: 1rem; margin: 0; }
h3 span, .detail, figcaption + .legend, .tiles span, .periods, caption { color: var(--faint); }
header nav ul { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin: 0; padding: 0; }
header nav a { display: inline-block; padding: .25rem 0; }
#live-state { color: var(--faint); margin: 0; }
section { background: var(--sheet); border: 1px solid var(--rule); border-radius: .5rem; padding: 1rem 1.25rem; margin: 1rem 0; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(10rem, 1fr)); gap: .75rem; margin: 0 0 1rem; }
.tiles div { border-left: 3px solid var(--rule); padding-left: .75rem; }
.tiles dt { font-size: .875rem; color: var(--faint); }
.tiles dd { margin: 0; font-size: .875rem; }
.tiles strong { display: block; font-size: 1.6rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.charts, .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(28rem, 100%), 1fr)); gap: 1rem 2rem; }
.pair > * { min-width: 0; }
.chart { margin: 0; min-width: 0; }
.chart svg { display: block; width: 100%; height: auto; }
figcaption { font-weight: 600; }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: 0 1rem; margin: 0; padding: 0; font-size: .875rem; }
.legend li::before { content: ""; display: inline-block; width: 1.5rem; margin-right: .4rem; vertical-align: middle; border-top: 3px solid currentColor; }
.legend .node::before { border-top-style: dashed; }
.legend .misses::before { border-top-style: dotted; }
.legend .nginx::before { color: var(--nginx); } .legend .node::before { color: var(--node); }
.legend .misses::before { color: var(--misses); } .legend .ratio::before { color: var(--ratio); }
.legend .renders::before { color: var(--renders); }
.line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; vector-effect: non-scaling-stroke; }
.line.nginx { stroke: var(--nginx); } .line.node { stroke: var(--node); stroke-dasharray: 7 4; }
.line.misses { stroke: var(--misses); stroke-dasharray: 2 4; }
.line.ratio { stroke: var(--ratio); } .line.renders { stroke: var(--renders); }
.grid { stroke: var(--rule); stroke-width: 1; }
.mark { fill: var(--faint); font-size: 12px; }
.wide { overflow-x: auto; max-width: 100%; }
details .wide { max-height: 16rem; overflow-y: auto; }
summary { cursor: pointer; font-size: .875rem; color: var(--faint); }
table { border-collapse: collapse; width: 100%; font-size: .875rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding: .5rem 0; font-weight: 600; }
th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-top: 1px solid var(--rule); vertical-align: top; font-weight: 400; }
tbody th { min-width: 10rem; }
thead th { border-top: 0; color: var(--faint); white-space: nowrap; }
.number { text-align: right; white-space: nowrap; }
time { white-space: nowrap; }
.path { overflow-wrap: anywhere; }
code { font: .85em/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
.mend { display: inline-block; border: 1px solid var(--rule); border-radius: .25rem; padding: 0 .4rem; user-select: all; }
.remedy { display: block; }
.refusal { border-top: 1px solid var(--rule); padding: .75rem 0; }
.refusal p, .refusal ul { margin: .25rem 0; }
.refusal li { margin: .25rem 0; }
.note { border-left: 3px solid var(--rule); padding-left: .75rem; }
.state.good { color: var(--good); } .state.warn { color: var(--warn); }
.alarm { background: var(--alarm-paper); color: var(--alarm); border-left: 4px solid; padding: .5rem .75rem; overflow-wrap: anywhere; }
.filter, .actions { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: end; }
.filter label, .actions label { display: grid; grid-template-columns: minmax(0, 1fr); font-size: .875rem; max-width: min(100%, 20rem); }
input, select, button, textarea { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--faint); border-radius: .25rem; padding: .3rem .5rem; max-width: 100%; }
input[type=checkbox] { width: 1.25rem; height: 1.25rem; vertical-align: middle; }
button { cursor: pointer; background: var(--sheet); font-weight: 600; }
button.danger { color: var(--alarm); border-color: currentColor; }
.tag { overflow-wrap: anywhere; }
.more { display: flex; gap: 1.5rem; padding-top: .75rem; }
.first { columns: 22rem; overflow-wrap: anywhere; }
`;
