/** The look of the report: light and dark by the reader's system, narrow screens, and paper. */
export const STYLE = `
:root { color-scheme: light dark; --ground: #f7f7f5; --card: #fff; --ink: #1c2024; --soft: #5f6870;
  --line: #e1e3e2; --usual: #9db4c8; --flagged: #d4533b; --high: #b3261e; --medium: #b45309; --low: #2f6690;
  --info: #5f6870; --tint: #f0f2f3; }
@media (prefers-color-scheme: dark) { :root { --ground: #14171a; --card: #1c2024; --ink: #e7e9ea;
  --soft: #9aa4ac; --line: #2e343a; --usual: #4d6579; --flagged: #e8735c; --high: #ff8a80; --medium: #f5b15b;
  --low: #7fb8e0; --info: #9aa4ac; --tint: #23282d; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 66rem; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0; letter-spacing: -.01em; }
h2 { font-size: 1.1rem; margin: 2.5rem 0 .75rem; }
h3 { font-size: 1rem; margin: 0; }
p { margin: .25rem 0; max-width: 52rem; }
.soft { color: var(--soft); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 1rem 1.1rem; }
.card + .card { margin-top: .75rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(9rem, 1fr)); gap: .75rem; margin: 1.25rem 0; }
.figures div { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: .75rem 1rem; }
.figures b { display: block; font-size: 1.45rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.figures span { color: var(--soft); font-size: .85rem; }
figure { margin: 0; } figcaption { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem; margin-bottom: .5rem; font-size: .85rem; color: var(--soft); }
.key i { display: inline-block; width: .7em; height: .7em; margin-right: .4em; border-radius: 2px; }
svg { display: block; width: 100%; height: auto; } svg text { fill: var(--soft); font-size: 12px; }
.grid { stroke: var(--line); } rect.usual, i.usual { fill: var(--usual); background: var(--usual); }
rect.flagged, i.flagged { fill: var(--flagged); background: var(--flagged); }
table { width: 100%; border-collapse: collapse; font-size: .92rem; }
th { text-align: left; font-weight: 600; color: var(--soft); font-size: .8rem; padding: .35rem .6rem .35rem 0; }
td { padding: .5rem .6rem .5rem 0; border-top: 1px solid var(--line); vertical-align: top; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
code, pre { font: .88em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
pre { background: var(--tint); border-radius: 8px; padding: .8rem 1rem; margin: .6rem 0 0; white-space: pre-wrap;
  user-select: all; max-height: 22rem; overflow: auto; }
.finding { display: grid; grid-template-columns: 5.5rem 1fr; gap: .25rem 1rem; }
.finding header { display: flex; flex-wrap: wrap; gap: .1rem .9rem; align-items: baseline; }
.finding header code { font-size: 1rem; font-weight: 600; }
.risk b { display: block; font-size: 1.3rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
.level { font-size: .82rem; font-weight: 600; }
.high { color: var(--high); } .medium { color: var(--medium); } .low { color: var(--low); } .info { color: var(--info); }
ul { margin: .35rem 0 0; padding: 0; list-style: none; }
li { display: grid; grid-template-columns: 3.2rem 1fr; gap: .7rem; align-items: baseline; overflow-wrap: anywhere; }
li > span + span { color: var(--ink); }
.finding header code { color: var(--ink); }
.place { white-space: nowrap; padding-right: 1.2rem; color: var(--soft); }
.share { display: block; height: .5rem; border-radius: 3px; background: var(--tint); overflow: hidden; }
.share i { display: block; height: 100%; background: currentColor; opacity: .75; }
.kind { color: var(--soft); font-size: .8rem; }
details summary { cursor: pointer; color: var(--soft); font-size: .9rem; margin-top: .4rem; }
footer { margin-top: 3rem; color: var(--soft); font-size: .85rem; }
@media (max-width: 40rem) { body { padding: 1.25rem .9rem 3rem; font-size: 15px; } .finding { grid-template-columns: 1fr; }
  .risk { display: flex; gap: .6rem; align-items: baseline; } .wide { display: none; }
  .scroll { overflow-x: auto; } svg { min-width: 40rem; } }
@media print { :root { color-scheme: light; } body { max-width: none; padding: 0; background: #fff; }
  .card, figure, tr { break-inside: avoid; } pre { max-height: none; } }
`
