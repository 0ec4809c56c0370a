// The report's only style sheet: light, for reading and for paper, nothing loaded from anywhere. The language switch is two radio buttons.

export const reportStyle = `
:root { color-scheme: light; --ink: #1b1f24; --dim: #5b6470; --line: #d9dee4; --wash: #f5f7f9; --red: #b3261e; --amber: #8a5300; --green: #1a6b3c; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 72rem; padding: 2rem; color: var(--ink); background: #fff; font: 15px/1.5 system-ui, "Noto Sans CJK SC", "Microsoft YaHei", sans-serif; }
h1 { font-size: 1.7rem; margin: 0.5rem 0 0.25rem; } h2 { font-size: 1.15rem; margin: 2.2rem 0 0.6rem; padding-bottom: 0.25rem; border-bottom: 2px solid var(--ink); } h3 { font-size: 1rem; margin: 1.2rem 0 0.4rem; }
p { margin: 0.4rem 0; } .dim { color: var(--dim); }
code, .mono { font: 0.86em/1.45 ui-monospace, "DejaVu Sans Mono", Consolas, monospace; overflow-wrap: anywhere; white-space: pre-wrap; }
table { width: 100%; border-collapse: collapse; margin: 0.5rem 0; font-size: 0.92rem; }
th, td { text-align: left; vertical-align: top; padding: 0.35rem 0.6rem 0.35rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
th { font-weight: 600; color: var(--dim); font-size: 0.82rem; white-space: nowrap; } td.n { text-align: right; white-space: nowrap; } td.t { white-space: nowrap; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 0.2rem 1.2rem; margin: 0.6rem 0; } dt { color: var(--dim); } dd { margin: 0; overflow-wrap: anywhere; }
ul.plain { list-style: none; margin: 0.2rem 0; padding: 0; } ul.plain li { margin: 0.1rem 0; }
.score { font-weight: 700; font-size: 1.1rem; } .red { color: var(--red); } .amber { color: var(--amber); } .green { color: var(--green); } .grey { color: var(--dim); }
.tiles { display: flex; flex-wrap: wrap; gap: 0.8rem; margin: 1rem 0; } .tile { background: var(--wash); border: 1px solid var(--line); border-radius: 6px; padding: 0.6rem 1rem; min-width: 8rem; } .tile b { display: block; font-size: 1.5rem; line-height: 1.2; }
.note { background: var(--wash); border-left: 3px solid var(--dim); padding: 0.5rem 0.9rem; }
input[name="lang"] { margin: 0 0.25rem 0 0; } label { margin-right: 1rem; }
#zh:checked ~ main .en, #en:checked ~ main .zh { display: none; }
@media print { body { padding: 0; max-width: none; font-size: 11px; } input[name="lang"], label { display: none; } h2 { break-after: avoid; } tr { break-inside: avoid; } a { color: inherit; } }
`
