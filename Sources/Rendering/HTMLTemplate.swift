// SPDX-License-Identifier: Apache-2.0
internal import Records

/// The page of `report.html` as Mustache templates; everything that is not in here is escaped text.
enum HTMLTemplate {
    static let page = """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
        <title>{{verdict}}: {{title}}</title>
        <style>
        \(style)
        </style>
        </head>
        <body>
        <header class="banner {{verdictClass}}">
        <div class="page">
        <p class="brand">Bessemer <span>kernel run report</span></p>
        <h1><span class="verdict">{{verdict}}</span> <span class="subject">{{title}}</span></h1>
        <ul class="reasons">{{#reasons}}<li>{{.}}</li>{{/reasons}}</ul>
        {{#stats}}<dl class="stats">{{#counts}}<div><dt>{{label}}</dt><dd>{{value}}</dd></div>{{/counts}}</dl>
        {{/stats}}
        </div>
        </header>
        <nav class="page" aria-label="Sections">{{#sections}}<a href="#{{anchor}}">{{name}}</a>{{/sections}}</nav>
        <main class="page">

        <section id="glance" aria-labelledby="h-glance">
        <h2 id="h-glance">At a glance</h2>
        <dl class="facts">
        {{#glance}}<div><dt>{{label}}</dt><dd>{{value}}\
        {{#quiet}}<br><span class="quiet wrap">{{.}}</span>{{/quiet}}\
        {{#sha}}<br><code class="quiet sha">{{.}}</code>{{/sha}}</dd></div>
        {{/glance}}
        </dl>
        </section>

        <section id="readiness" aria-labelledby="h-readiness">
        <h2 id="h-readiness">Readiness <span class="aside">{{readinessCount}}</span></h2>
        {{#series}}<details><summary>{{title}}</summary>
        <table class="stack">
        <thead><tr><th scope="col">Patch</th><th scope="col">Patch identifier and SHA-256 of the file</th></tr></thead>
        <tbody>
        {{#patches}}<tr><td>{{subject}}<br><code class="quiet wrap">{{file}}</code></td>
        <td><code class="quiet sha">{{identifier}}</code><br><code class="quiet sha">{{sha256}}</code></td></tr>
        {{/patches}}
        </tbody>
        </table>
        </details>
        {{/series}}
        <table class="stack">
        <thead><tr><th scope="col">State</th><th scope="col">Piece of s390 Rust support</th>
        <th scope="col">Where</th></tr></thead>
        <tbody>
        {{#pieces}}<tr><td><span class="tag {{tag}}">{{state}}</span></td>
        <td>{{title}}{{#note}}<br><span class="quiet">{{.}}</span>{{/note}}</td>
        <td>\
        {{#evidence}}<div><code>{{place}}</code> <code class="quiet wrap said">{{text}}</code></div>{{/evidence}}\
        </td></tr>
        {{/pieces}}
        </tbody>
        </table>
        </section>

        <section id="toolchain" aria-labelledby="h-toolchain">
        <h2 id="h-toolchain">Sandbox and toolchain</h2>
        <p>{{sandbox}}</p>
        <p class="digest"><span>lock</span> <code>{{lockDigest}}</code></p>
        <ul class="plain">
        {{#suites}}<li>{{name}} of {{date}} <span class="tag {{tag}}">{{validity}}</span></li>{{/suites}}
        {{#drift}}<li><span class="tag caution">not as locked</span> {{.}}</li>{{/drift}}\
        {{#isolation}}<li>{{.}}</li>{{/isolation}}</ul>
        <table class="stack">
        <thead><tr><th scope="col">Tool</th><th scope="col">Version</th><th scope="col">Package</th>
        <th scope="col">File and SHA-256</th></tr></thead>
        <tbody>
        {{#tools}}<tr><td class="role"><b>{{role}}</b></td><td class="wrap">{{version}}</td>
        <td class="wrap">{{package}}</td>
        <td><code class="wrap">{{path}}</code><br><code class="quiet sha">{{sha256}}</code></td></tr>
        {{/tools}}
        </tbody>
        </table>
        </section>

        <section id="configuration" aria-labelledby="h-configuration">
        <h2 id="h-configuration">Configuration</h2>
        <p>{{configuration}}</p>
        <p class="digest"><span>.config</span> <code>{{configurationDigest}}</code></p>
        <table class="stack">
        <thead><tr><th scope="col">Fragment</th><th scope="col" class="number">Options</th>
        <th scope="col">SHA-256</th></tr></thead>
        <tbody>
        {{#fragments}}<tr><td class="wrap">{{name}}</td>
        <td class="number"><span class="unit">options </span>{{options}}</td>
        <td><code class="quiet sha">{{sha256}}</code></td></tr>
        {{/fragments}}
        </tbody>
        </table>
        {{#unmet}}<details{{#open}} open{{/open}}><summary>{{title}}</summary>
        <table class="stack">
        <thead><tr><th scope="col">Option</th><th scope="col">Asked</th><th scope="col">Got</th>
        <th scope="col">Dependency that does not hold</th></tr></thead>
        <tbody>
        {{#options}}<tr><td><code class="wrap">{{option}}</code></td>
        <td><span class="unit">asked </span><code>{{asked}}</code></td>
        <td><span class="unit">got </span><code>{{got}}</code></td>
        <td><code class="wrap">{{reason}}</code>{{#place}}<br><code class="quiet wrap">{{.}}</code>{{/place}}</td></tr>
        {{/options}}
        </tbody>
        </table>
        </details>
        {{/unmet}}
        {{#testOptions}}<details><summary>{{title}}</summary>
        <ul class="names">{{#names}}<li>{{.}}</li>{{/names}}</ul>
        </details>
        {{/testOptions}}
        {{#configurationWarnings}}<details><summary>{{title}}</summary>
        <ul class="lines">{{#names}}<li><code>{{.}}</code></li>{{/names}}</ul>
        </details>
        {{/configurationWarnings}}
        </section>

        {{#difference}}<section id="difference" aria-labelledby="h-difference">
        <h2 id="h-difference">What Rust changes in the configuration <span class="aside">{{sum}}</span></h2>
        {{#notes}}<p><span class="tag caution">note</span> {{.}}</p>{{/notes}}
        {{#losses}}<article class="finding {{tag}}">
        <h3><span class="tag {{tag}}">lost: {{kind}}</span> <code>{{option}}</code> {{values}}</h3>
        <dl>{{#parts}}<div><dt>{{label}}</dt><dd class="wrap">{{value}}</dd></div>{{/parts}}</dl>
        </article>
        {{/losses}}
        {{#exclusions}}<details open><summary>{{title}}</summary>
        <table class="stack">
        <thead><tr><th scope="col">Here</th><th scope="col">Option</th><th scope="col">Why</th></tr></thead>
        <tbody>
        {{#rows}}<tr><td><span class="tag {{tag}}">{{state}}</span></td>
        <td><code class="wrap">{{option}}</code>{{#unless}}<br><span class="quiet">unless \
        <code class="wrap">{{.}}</code></span>{{/unless}}</td><td class="wrap">{{reason}}</td></tr>
        {{/rows}}
        </tbody>
        </table>
        </details>
        {{/exclusions}}
        {{#groups}}<details{{#open}} open{{/open}}><summary>{{title}}</summary>
        <table class="stack">
        <thead><tr><th scope="col">Option</th><th scope="col">GCC only</th><th scope="col">With Rust</th>
        <th scope="col">Why</th></tr></thead>
        <tbody>
        {{#rows}}<tr><td><code class="wrap">{{option}}</code></td>
        <td><span class="unit">GCC only </span><code class="wrap">{{baseline}}</code></td>
        <td><span class="unit">with Rust </span><code class="wrap">{{rust}}</code></td>
        <td class="wrap">{{reason}}</td></tr>
        {{/rows}}
        </tbody>
        </table>
        {{#hidden}}<p class="quiet">{{.}}</p>{{/hidden}}
        </details>
        {{/groups}}
        </section>

        {{/difference}}<section id="build" aria-labelledby="h-build">
        <h2 id="h-build">Build</h2>
        <p>{{build}}</p>
        <pre class="command">{{buildCommand}}</pre>
        {{#warnings}}<details{{#open}} open{{/open}}><summary>{{title}}</summary>
        <ol class="lines">{{#names}}<li><code>{{.}}</code></li>{{/names}}</ol>
        </details>
        {{/warnings}}
        {{#leaked}}<details{{#open}} open{{/open}}><summary>{{title}}</summary>
        <ul class="lines">{{#names}}<li><code>{{.}}</code></li>{{/names}}</ul>
        </details>
        {{/leaked}}
        {{#environment}}<details><summary>{{title}}</summary>
        <ul class="lines">{{#names}}<li><code>{{.}}</code></li>{{/names}}</ul>
        </details>
        {{/environment}}
        </section>

        {{#audit}}<section id="audit" aria-labelledby="h-audit">
        <h2 id="h-audit">Audit</h2>
        <p>{{fileCount}}: {{sum}}.</p>
        <table class="stack">
        <thead><tr><th>State</th><th>Rules</th><th>What was looked at</th></tr></thead>
        <tbody>
        {{#families}}<tr><td><span class="tag {{tag}}">{{state}}</span></td>
        <td><b>{{title}}</b></td><td class="wrap">{{counts}}</td></tr>
        {{/families}}
        </tbody>
        </table>
        {{#notes}}<details><summary>{{title}}</summary>
        <ul class="lines">{{#names}}<li><code class="wrap">{{.}}</code></li>{{/names}}</ul>
        </details>
        {{/notes}}
        {{#accepted}}<details><summary>{{title}}</summary>
        <ul class="lines">{{#names}}<li><code class="wrap">{{.}}</code></li>{{/names}}</ul>
        </details>
        {{/accepted}}
        <details><summary>{{fileCount}}</summary>
        <table class="stack">
        <tbody>
        {{#files}}<tr><td><code class="wrap">{{name}}</code></td><td>{{kind}}</td>
        <td>{{#units}}<div>{{.}}</div>{{/units}}{{#error}}<span class="tag bad">unreadable</span> {{.}}{{/error}}</td></tr>
        {{/files}}
        </tbody>
        </table>
        </details>
        </section>

        {{/audit}}<section id="boot" aria-labelledby="h-boot">
        <h2 id="h-boot">Boot</h2>
        <p><span class="tag {{endingTag}}">{{ending}}</span> {{boot}}</p>
        <dl class="facts">
        {{#machine}}<div><dt>{{label}}</dt><dd class="wrap">{{value}}\
        {{#quiet}}<br><span class="quiet wrap">{{.}}</span>{{/quiet}}</dd></div>
        {{/machine}}
        </dl>
        </section>

        <section id="tests" aria-labelledby="h-tests">
        <h2 id="h-tests">Tests <span class="aside">{{testsCount}}</span></h2>
        {{#bar}}<svg class="bar" viewBox="0 0 1000 10" preserveAspectRatio="none" role="img" aria-label="{{label}}">\
        {{#parts}}<rect class="{{tag}}" x="{{x}}" y="0" width="{{width}}" height="10"/>{{/parts}}</svg>
        {{/bar}}
        <div class="tree">
        {{#tests}}{{>node}}{{/tests}}{{#testsHidden}}<p class="quiet">{{.}}</p>{{/testsHidden}}
        </div>
        </section>

        {{#comparison}}<section id="comparison" aria-labelledby="h-comparison">
        <h2 id="h-comparison">Comparison <span class="aside">the same tree without and with Rust</span></h2>
        <p><span class="tag {{tag}}">{{state}}</span> {{sum}}.</p>
        <table class="stack">
        <thead><tr><th scope="col"></th><th scope="col">GCC only</th><th scope="col">With Rust</th></tr></thead>
        <tbody>
        {{#rows}}<tr><td>{{label}}</td><td><span class="unit">GCC only </span>{{baseline}}</td>
        <td><span class="unit">with Rust </span>{{rust}}</td></tr>
        {{/rows}}
        </tbody>
        </table>
        {{#changes}}<table class="stack">
        <thead><tr><th scope="col">Verdict</th><th scope="col">Test</th><th scope="col">GCC only</th>
        <th scope="col">With Rust</th></tr></thead>
        <tbody>
        {{#rows}}<tr><td><span class="tag {{tag}}">{{verdict}}</span></td>
        <td><code class="wrap">{{path}}</code></td><td><span class="unit">GCC only </span>{{baseline}}</td>
        <td><span class="unit">with Rust </span>{{rust}}</td></tr>
        {{/rows}}
        </tbody>
        </table>
        {{/changes}}{{#hidden}}<p class="quiet">{{.}}</p>{{/hidden}}
        </section>

        {{/comparison}}<section id="console" aria-labelledby="h-console">
        <h2 id="h-console">Console <span class="aside">{{eventsCount}}</span></h2>
        {{#events}}<table class="stack">
        <thead><tr><th scope="col">Event</th><th scope="col" class="number">Line</th><th scope="col">Text</th>
        <th scope="col">During</th></tr></thead>
        <tbody>
        {{#rows}}<tr><td><span class="tag {{tag}}">{{kind}}</span></td>
        <td class="number"><span class="unit">line </span>{{line}}</td><td><code class="wrap">{{text}}</code></td>
        <td>{{#during}}<span class="unit">during </span><code class="wrap">{{.}}</code>{{/during}}</td></tr>
        {{/rows}}
        </tbody>
        </table>
        {{#hidden}}<p class="quiet">{{.}}</p>{{/hidden}}
        {{/events}}
        <p class="digest"><span>log</span> <code>{{consoleDigest}}</code></p>
        </section>

        <section id="modules" aria-labelledby="h-modules">
        <h2 id="h-modules">Modules <span class="aside">{{modulesCount}}</span></h2>
        <div class="tree">
        {{#modules}}<details{{#open}} open{{/open}}><summary><span class="tag {{tag}}">{{state}}</span> \
        <span class="name">{{name}}</span> <span class="counts">{{count}}</span></summary>
        {{#messages}}<pre>{{.}}</pre>{{/messages}}
        </details>
        {{/modules}}
        </div>
        </section>

        {{#wayBack}}<section id="way-back" aria-labelledby="h-way-back">
        <h2 id="h-way-back">The way back <span class="aside">{{total}}</span></h2>
        <p><span class="tag {{tag}}">{{verdict}}</span> {{sum}}.</p>
        <table class="steps drill">
        <thead><tr><th scope="col">Verdict</th><th scope="col">Step</th><th scope="col" class="number">Took</th>
        <th scope="col"><span class="spoken">When, and how long</span></th></tr></thead>
        <tbody>
        {{#steps}}<tr><td><span class="tag {{tag}}">{{verdict}}</span></td>
        <td class="step"><b>{{title}}</b><br><span class="quiet wrap">{{found}}</span>\
        {{#place}}<br><code class="quiet wrap">{{.}}</code>{{/place}}</td><td class="number">{{took}}</td>
        <td class="track"><svg viewBox="0 0 1000 10" preserveAspectRatio="none" role="img" \
        aria-label="{{verdict}}, {{took}}"><rect class="rail" x="0" y="0" width="1000" height="10"/>\
        <rect class="{{tag}}" x="{{x}}" y="0" width="{{width}}" height="10"/></svg></td></tr>
        {{/steps}}
        </tbody>
        </table>
        <dl class="facts">
        {{#facts}}<div><dt>{{label}}</dt><dd>{{value}}\
        {{#quiet}}<br><span class="quiet wrap">{{.}}</span>{{/quiet}}\
        {{#sha}}<br><code class="quiet sha">{{.}}</code>{{/sha}}</dd></div>
        {{/facts}}
        </dl>
        <details><summary>What each step had to show, and the console's own line</summary>
        <table class="stack">
        <thead><tr><th scope="col">Step</th><th scope="col">Expected</th><th scope="col">Console</th></tr></thead>
        <tbody>
        {{#steps}}<tr><td>{{title}}</td><td class="wrap">{{expected}}</td>
        <td>{{#said}}<code class="wrap">{{.}}</code>{{/said}}</td></tr>
        {{/steps}}
        </tbody>
        </table>
        </details>
        {{#packages}}<details><summary>{{title}}</summary>
        <ul class="names">{{#names}}<li>{{.}}</li>{{/names}}</ul>
        </details>
        {{/packages}}
        {{#earlier}}<p class="quiet wrap">earlier: {{.}}</p>
        {{/earlier}}</section>

        {{/wayBack}}<section id="findings" aria-labelledby="h-findings">
        <h2 id="h-findings">Findings <span class="aside">{{findingsCount}}</span></h2>
        {{#findings}}<article class="finding {{tag}}">
        <h3><span class="tag {{tag}}">{{severity}}</span> {{title}}</h3>
        <p class="quiet wrap">{{rule}}{{#place}} at <code>{{.}}</code>{{/place}}</p>
        <dl>{{#parts}}<div><dt>{{label}}</dt><dd class="wrap">{{value}}</dd></div>{{/parts}}</dl>
        </article>
        {{/findings}}
        </section>

        <section id="artifacts" aria-labelledby="h-artifacts">
        <h2 id="h-artifacts">Artifacts <span class="aside">{{artifactsCount}}</span></h2>
        <table class="stack">
        <thead><tr><th scope="col">File</th><th scope="col" class="number">Size</th>
        <th scope="col">SHA-256</th></tr></thead>
        <tbody>
        {{#artifacts}}<tr><td><code class="wrap">{{path}}</code></td>
        <td class="number">{{size}}<br><span class="quiet">{{bytes}} B</span></td>
        <td><code class="quiet sha">{{sha256}}</code></td></tr>
        {{/artifacts}}
        </tbody>
        </table>
        </section>

        <section id="steps" aria-labelledby="h-steps">
        <h2 id="h-steps">Steps <span class="aside">{{stepsTotal}}</span></h2>
        <table class="steps">
        <thead><tr><th scope="col">Step</th><th scope="col" class="started">Started</th>
        <th scope="col" class="number">Took</th>
        <th scope="col"><span class="spoken">Share of the work</span></th></tr></thead>
        <tbody>
        {{#steps}}<tr><td class="step">{{name}}</td>
        <td class="started">{{started}}</td><td class="number">{{took}}</td>
        <td class="track"><svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true">\
        <rect class="rail" x="0" y="0" width="1000" height="10"/>\
        <rect class="span" x="{{x}}" y="0" width="{{width}}" height="10"/></svg></td></tr>
        {{/steps}}
        </tbody>
        </table>
        </section>
        </main>
        <footer class="page"><p>{{footer}}</p></footer>
        </body>
        </html>

        """

    /// One test result: a suite that opens, or a single line.
    static let node = """
        {{#suite}}<details class="suite"{{#open}} open{{/open}}><summary><span class="tag {{tag}}">{{word}}</span> \
        <span class="name">{{name}}</span> <span class="counts">{{counts}}</span></summary>\
        {{#waived}}<p class="waived"><span class="tag caution">waived</span> \
        until {{until}} by {{by}}: {{reason}}</p>{{/waived}}\
        {{#diagnostics}}<pre>{{.}}</pre>{{/diagnostics}}\
        {{#children}}{{>node}}{{/children}}\
        {{#passed}}{{#title}}<p class="group">{{.}}</p>{{/title}}\
        <ul class="names">{{#names}}<li>{{.}}</li>{{/names}}</ul>{{/passed}}\
        {{#hidden}}<p class="quiet">{{.}}</p>{{/hidden}}</details>
        {{/suite}}{{^suite}}<div class="case"><p><span class="tag {{tag}}">{{word}}</span> \
        <span class="name">{{name}}</span> \
        <span class="counts">{{counts}}</span></p>\
        {{#waived}}<p class="waived"><span class="tag caution">waived</span> \
        until {{until}} by {{by}}: {{reason}}</p>{{/waived}}\
        {{#diagnostics}}<pre>{{.}}</pre>{{/diagnostics}}</div>
        {{/suite}}
        """

    private static let style = """
        :root {
          --paper: #fff; --panel: #f5f6f7; --ink: #1b1f24; --quiet: #59636e; --line: #dde1e6; --link: #0b5cad;
          --good: #176b3f; --good-soft: #e2f3e9; --bad: #b3202a; --bad-soft: #fdeaea;
          --caution: #7d5200; --caution-soft: #fdf1d8; --none: #59636e; --none-soft: #eceff2; --ember: #e8590c;
          --fill-good: #2f9e63; --fill-bad: #d6343f; --fill-caution: #d99a1c; --fill-none: #aeb6bf;
        }
        @media screen and (prefers-color-scheme: dark) {
          :root {
            --paper: #13161a; --panel: #1b2026; --ink: #e5e9ed; --quiet: #9aa5b1; --line: #2e363f; --link: #7ab7ff;
            --good: #63d399; --good-soft: #15301f; --bad: #ff8f94; --bad-soft: #3a1a1d;
            --caution: #eebb57; --caution-soft: #352a10; --none: #a7b1bc; --none-soft: #262d35;
            --fill-good: #37a268; --fill-bad: #e2515a; --fill-caution: #cf9a31; --fill-none: #5b6672;
          }
        }
        * { box-sizing: border-box; }
        html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
        body { margin: 0; background: var(--paper); color: var(--ink);
          font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif;
          font-variant-numeric: tabular-nums; }
        .page { width: 100%; max-width: 1120px; margin: 0 auto; padding: 0 24px; }
        code, pre, .name, .names {
          font-family: ui-monospace, "SF Mono", "Cascadia Mono", "Liberation Mono", Menlo, monospace;
          font-size: .875em; }
        code, .name { overflow-wrap: anywhere; }
        a { color: var(--link); }
        p { margin: 0 0 .6em; }
        .quiet { color: var(--quiet); }
        .wrap { overflow-wrap: anywhere; }
        .said { margin-left: .4em; }
        .spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
          white-space: nowrap; }

        .banner { color: #fff; padding: 22px 0 26px; border-top: 5px solid var(--ember); }
        .banner.passed { background: #125a35; }
        .banner.failed { background: #99161f; }
        .banner.unknown { background: #6b4700; }
        .brand { margin: 0 0 14px; font-weight: 650; letter-spacing: .02em; }
        .brand span { font-weight: 400; opacity: .85; margin-left: .4em; }
        h1 { margin: 0; line-height: 1.15; font-weight: 600; font-size: 1.5rem; display: flex; flex-wrap: wrap;
          gap: .1em .6em; align-items: baseline; }
        .verdict { font-size: 3rem; font-weight: 750; letter-spacing: -.02em; }
        .subject { overflow-wrap: anywhere; }
        .reasons { margin: 12px 0 0; padding: 0; list-style: none; max-width: 75ch; overflow-wrap: anywhere; }
        .reasons li { margin: 0 0 .25em; }
        .stats { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 12px; margin: 20px 0 0; }
        .stats div { background: rgb(255 255 255 / 13%); border-radius: 8px; padding: 10px 14px; }
        .stats dt { font-size: .8125rem; }
        .stats dd { margin: 0; font-size: 1.75rem; font-weight: 650; line-height: 1.2; }

        nav.page { display: flex; flex-wrap: wrap; gap: 4px 18px; padding-top: 14px; padding-bottom: 14px;
          font-size: .875rem; }
        nav a { text-decoration: none; padding: 3px 0; }
        nav a:hover { text-decoration: underline; }
        section { padding: 20px 0 16px; border-top: 1px solid var(--line); }
        h2 { margin: 0 0 12px; font-size: 1.25rem; font-weight: 650; line-height: 1.3; }
        h3 { margin: 0 0 4px; font-size: 1rem; font-weight: 600; overflow-wrap: anywhere; }
        .aside { font-size: .9375rem; font-weight: 400; color: var(--quiet); margin-left: .5em; }

        .facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 14px 28px;
          margin: 0; }
        .facts dt, .finding dt { font-size: .8125rem; color: var(--quiet); }
        .facts dd, .finding dd { margin: 0; overflow-wrap: anywhere; }
        .digest { font-size: .875rem; color: var(--quiet); display: flex; flex-wrap: wrap; gap: 0 .6em;
          align-items: baseline; }
        .sha, .digest code { font-size: .75rem; line-height: 1.35; overflow-wrap: anywhere; }
        ul.plain { list-style: none; margin: 0 0 12px; padding: 0; }
        ul.plain li { margin: 0 0 .3em; overflow-wrap: anywhere; }

        .tag { display: inline-block;
          font: 600 .75rem/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; padding: 0 7px;
          border-radius: 4px; white-space: nowrap; color: var(--none); background: var(--none-soft); }
        .tag.good { color: var(--good); background: var(--good-soft); }
        .tag.bad { color: var(--bad); background: var(--bad-soft); }
        .tag.caution { color: var(--caution); background: var(--caution-soft); }

        table { width: 100%; border-collapse: collapse; margin: 6px 0 12px; }
        th { text-align: left; font-weight: 600; font-size: .8125rem; color: var(--quiet); padding: 4px 16px 4px 0;
          border-bottom: 1px solid var(--line); }
        td { padding: 6px 16px 6px 0; vertical-align: top; border-bottom: 1px solid var(--line); }
        th:last-child, td:last-child { padding-right: 0; }
        tbody tr:last-child td { border-bottom: 0; }
        .number { text-align: right; white-space: nowrap; }
        .unit { display: none; }
        .steps td, .steps th { border: 0; padding-top: 3px; padding-bottom: 3px; }
        .started { white-space: nowrap; color: var(--quiet); }
        .track { width: 55%; vertical-align: middle; } .step { overflow-wrap: break-word; } .role {
          white-space: nowrap; }
        .track svg { display: block; width: 100%; height: 12px; border-radius: 3px; }
        .drill td { vertical-align: top; } .drill .track { width: 34%; padding-top: 9px; }
        .rail { fill: var(--panel); } .span { fill: var(--ember); }

        details { border-bottom: 1px solid var(--line); }
        .tree > details:first-child, section > details:first-of-type { border-top: 1px solid var(--line); }
        .tree > :last-child, section > details:last-child { border-bottom: 0; }
        summary { cursor: pointer; padding: 6px 0; }
        summary:hover { background: var(--panel); }
        :focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
        summary .counts, .case .counts { font-size: .875rem; color: var(--quiet); margin-left: .5em;
          overflow-wrap: anywhere; }
        .tree > .case { border-bottom: 1px solid var(--line); padding: 6px 0 6px 1.05em; }
        .tree .tag { min-width: 5.5em; text-align: center; }
        #modules .tag { min-width: 11em; }
        .tree .name { font-weight: 600; }
        summary .name, .case .name { display: inline-block; min-width: 20rem; max-width: 100%; }
        #tests > .tree > details > summary { padding: 4px 0; }
        .suite > :not(summary) { margin-left: 1.15em; }
        .suite .suite { border-bottom: 0; }
        .case p { margin: 0; } .suite .case { padding: 3px 0 5px; }
        .waived { margin: 4px 0 8px; overflow-wrap: anywhere; }
        .group { margin: 6px 0 2px; font-size: .8125rem; color: var(--quiet); }
        .names { margin: 0 0 12px; padding: 0; list-style: none; columns: 22rem; column-gap: 24px; }
        .names li { overflow-wrap: anywhere; padding: 1px 0 1px 1em; text-indent: -1em; break-inside: avoid;
          line-height: 1.4; }
        pre { margin: 4px 0 10px; padding: 9px 12px; background: var(--panel); border-radius: 6px;
          white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.45; }
        .lines { margin: 0 0 12px; padding-left: 1.6em; overflow-wrap: anywhere; } ul.lines { list-style: none;
          padding-left: 1.15em; }
        .bar { display: block; width: 100%; height: 14px; border-radius: 4px; margin: 0 0 16px; }
        rect.good { fill: var(--fill-good); } rect.bad { fill: var(--fill-bad); }
        rect.caution { fill: var(--fill-caution); } rect.none { fill: var(--fill-none); }

        .finding { border-left: 4px solid var(--fill-none); padding: 2px 0 2px 14px; margin: 0 0 20px; }
        .finding.bad { border-color: var(--fill-bad); } .finding.caution { border-color: var(--fill-caution); }
        .finding p { margin-bottom: 6px; font-size: .875rem; }
        .finding dl { margin: 0; } .finding dl div { display: grid; grid-template-columns: 6em minmax(0, 1fr); }
        .finding dt { padding-top: .1em; }
        footer.page { padding-top: 16px; padding-bottom: 40px; border-top: 1px solid var(--line); color: var(--quiet);
          font-size: .8125rem; overflow-wrap: anywhere; }

        @media screen and (max-width: 700px) {
          .page { padding: 0 16px; }
          .verdict { font-size: 2.25rem; } h1 { font-size: 1.2rem; }
          .stats { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 8px; }
          .stats dd { font-size: 1.4rem; }
          .facts { grid-template-columns: minmax(0, 1fr); }
          .stack thead { display: none; }
          .stack, .stack tbody, .stack tr, .stack td { display: block; width: 100%; }
          .stack tr { padding: 8px 0; border-bottom: 1px solid var(--line); }
          .stack tr:last-child { border-bottom: 0; }
          .stack td { border: 0; padding: 1px 0; text-align: left; white-space: normal; }
          .stack .unit { display: inline; color: var(--quiet); }
          .started { display: none; } .track { width: 40%; }
          summary .name, .case .name { display: inline; }
          summary .counts, .case .counts { display: block; margin-left: 5.95em; } summary .counts { margin-left: 7em; }
          #modules .tag { min-width: 0; } #modules .counts { margin-left: 1.3em; }
          .role { white-space: normal; } .said { display: block; margin: 0; }
          .names { columns: 1; }
          .finding dl div { grid-template-columns: minmax(0, 1fr); }
        }

        @page { margin: 15mm 14mm; }
        @media print {
          body { font-size: 9.5pt; line-height: 1.4; }
          .page { max-width: none; padding: 0; }
          .banner { padding: 12pt 14pt; border-radius: 4pt; print-color-adjust: exact;
            -webkit-print-color-adjust: exact; }
          .verdict { font-size: 26pt; } .stats dd { font-size: 15pt; } .stats div { padding: 5pt 9pt; }
          .tag, rect, pre, .finding { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          nav.page { display: none; }
          section { padding: 10pt 0 6pt; } h2 { font-size: 13pt; break-after: avoid; } h3 { break-after: avoid; }
          summary, .group { break-after: avoid; } summary { list-style: none; padding: 3pt 0; }
          summary::-webkit-details-marker { display: none; }
          details::details-content { content-visibility: visible; display: block; height: auto; }
          tr, .finding, .case, .facts div { break-inside: avoid; }
          thead { display: table-header-group; }
          .tree > .case { padding-left: 0; } .suite > :not(summary) { margin-left: 0; }
          .names { columns: 3; column-gap: 12pt; font-size: 6.5pt; margin-bottom: 5pt; } .names li { line-height: 1.3;
            padding-top: 0; padding-bottom: 0; }
          pre { font-size: 7.5pt; margin-bottom: 6pt; padding: 5pt 8pt; } .sha, .digest code { font-size: 6pt; }
          .bar { break-after: avoid; } summary .counts, .case .counts, .group, th, .facts dt, .finding dt {
            font-size: 8pt; }
          summary .name, .case .name { min-width: 13rem; } .role { white-space: normal; }
          td, th { padding-top: 2.5pt; padding-bottom: 2.5pt; }
          .facts { grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 6pt 14pt; }
          a { color: inherit; }
        }
        """
}
