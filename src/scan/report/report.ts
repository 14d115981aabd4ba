import type { Reason } from '../../../models/suspicious-ip'
import { chartOf } from './chart'
import type { ReportData, ReportedCampaign, ReportedFinding } from './data'
import { html, Markup } from './html'
import { STYLE } from './style'

/** What is shown of long lists; the counts above them are of all. */
const SHOWN = { findings: 200, members: 60, networks: 12, blocks: 5_000 }

/** Nothing is fetched and nothing runs, whatever a log has in it. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

/** The report of a scan as one file that needs nothing else. */
export function reportOf(data: ReportData): string {
  const { hours } = data
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="referrer" content="no-referrer">
<title>${headline(data)}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body>
<header>
<h1>${headline(data)}</h1>
<p class="soft">${summary(data)}</p>
</header>
${figures(data)}
${hours.length > 0 ? html`<section class="card">${chartOf(hours)}</section>` : ''}
${campaigns(data)}
${findings(data)}
${paths(data)}
${blocks(data)}
${rejections(data)}
<footer>Made by Portcullis’ scan-log, without a service and without a database. Nothing was changed.</footer>
</body>
</html>
`
  return page.text
}

function headline({ findings, campaigns }: ReportData): string {
  const addresses = new Set(findings.map(({ address }) => address)).size
  if (addresses === 0 && campaigns.length === 0) return 'Nobody would be flagged'
  const many = addresses === 1 ? '1 address' : `${count(addresses)} addresses`
  const together = campaigns.length === 1 ? '1 campaign' : `${campaigns.length} campaigns`
  return `${many} would be flagged${campaigns.length > 0 ? `, ${together} found` : ''}`
}

function summary({ files, baseline, hours }: ReportData): string {
  const read = files.length === 1 ? files[0]! : `${files.length} files (${files.join(', ')})`
  const first = hours[0]
  const last = hours[hours.length - 1]
  const span =
    first && last
      ? `, ${moment(first.hour)} to ${moment(new Date(last.hour.getTime() + 3_599_000))} UTC`
      : ''
  const usual =
    baseline.length === 0 ? '' : ` What is usual was learned from ${baseline.join(', ')}.`
  return `Read from ${read}${span}.${usual}`
}

function figures({ lines, hours, findings }: ReportData): Markup {
  const requests = hours.reduce((sum, { requests }) => sum + requests, 0)
  const flagged = hours.reduce((sum, { flagged }) => sum + flagged, 0)
  const share = requests === 0 ? 0 : (100 * flagged) / requests
  const high = findings.filter(({ severity }) => severity === 'high').length
  const medium = findings.filter(({ severity }) => severity === 'medium').length
  const items: [string, string][] = [
    [count(lines.read), 'lines read'],
    [count(lines.rejected), 'of them rejected'],
    [count(high), 'findings of high severity'],
    [count(medium), 'of medium severity'],
    [`${share < 10 ? share.toFixed(1) : Math.round(share)} %`, 'of requests by flagged addresses'],
  ]
  return html`<section class="figures">${items.map(([value, name]) => html`<div><b>${value}</b><span>${name}</span></div>`)}</section>`
}

function campaigns({ campaigns }: ReportData): Markup {
  if (campaigns.length === 0) return html``
  return html`<section><h2>Campaigns</h2>${campaigns.map(campaignOf)}</section>`
}

function campaignOf({ title, members, networks, collateral, reasons }: ReportedCampaign): Markup {
  const shown = members.slice(0, SHOWN.members)
  const rest = members.length - shown.length
  const harm =
    collateral.length === 0
      ? 'Nobody else who was seen is in them.'
      : `Well-behaved addresses in them: ${collateral.slice(0, SHOWN.members).join(', ')}.`
  const why = reasons.filter(({ text }) => text !== title)
  return html`<article class="card"><h3>${title}</h3>${reasonsOf(why)}
${coverOf(networks, harm)}
<details><summary>${count(members.length)} members</summary><pre>${shown.join('\n')}${rest > 0 ? `\n… and ${count(rest)} more` : ''}</pre></details></article>`
}

function coverOf(networks: readonly string[], harm: string): Markup {
  const list = html`<code>${networks.join(' ')}</code>`
  if (networks.length <= SHOWN.networks)
    return html`<p>Networks that cover it: ${list}. ${harm}</p>`
  return html`<details><summary>${count(networks.length)} networks that cover it</summary>${list}</details><p>${harm}</p>`
}

function findings({ findings }: ReportData): Markup {
  const shown = findings.slice(0, SHOWN.findings)
  const rest = findings.length - shown.length
  const nobody = html`<p class="card">No address did what would be worth a look.</p>`
  return html`<section><h2>Findings, the worst first</h2>${shown.length === 0 ? nobody : shown.map(findingOf)}${
    rest > 0
      ? html`<p class="soft">… and ${count(rest)} more; <code>--json</code> prints all.</p>`
      : ''
  }</section>`
}

function findingOf({
  incident,
  address,
  window,
  risk,
  severity,
  reasons,
  requests,
}: ReportedFinding): Markup {
  const times = requests === 1 ? '1 request' : `${count(requests)} requests`
  return html`<article class="card finding"><div class="risk ${severity}"><b>${risk.toFixed(2)}</b><span class="level">${severity}</span></div>
<div class="${severity}"><header><code>${address}</code><span class="soft">${moment(window)} UTC, ${times} · ${incident}</span></header>${reasonsOf(reasons)}</div></article>`
}

/** Each with its share of what all of them weigh. */
function reasonsOf(reasons: readonly Reason[]): Markup {
  const whole = reasons.reduce((sum, { weight }) => sum + weight, 0) || 1
  const items = reasons.map(({ text, kind, weight }) => {
    const share = Math.round((100 * weight) / whole)
    return html`<li><span class="share" title="${share} % of the reasons"><i style="width:${share}%"></i></span><span>${text} <span class="kind">${kind}</span></span></li>`
  })
  return html`<ul>${items}</ul>`
}

function paths({ paths, findings }: ReportData): Markup {
  if (findings.length === 0) return html``
  const title = html`<h2>What flagged addresses asked for</h2>`
  if (paths === undefined) {
    return html`<section>${title}<p class="card">Not known: standard input can be read only once. Name the file instead.</p></section>`
  }
  const rows = paths.map(({ path, requests, missed, addresses }) => {
    return html`<tr><td><code>${path}</code></td><td class="number">${count(addresses)}</td><td class="number">${count(requests)}</td><td class="number wide">${Math.round((100 * missed) / requests)} %</td></tr>`
  })
  return html`<section>${title}<div class="card"><table><thead><tr><th>path</th><th class="number">addresses</th><th class="number">requests</th><th class="number wide">errors</th></tr></thead><tbody>${rows}</tbody></table></div></section>`
}

function blocks({ blocks }: ReportData): Markup {
  const title = html`<h2>What would be blocked</h2>`
  if (blocks.length === 0) {
    return html`<section>${title}<p class="card">Nobody. Only findings of high severity by rules and campaigns would be, and only where automatic blocks are switched on (<code>AUTOBLOCK=rules</code>). A learned score alone never blocks.</p></section>`
  }
  const shown = blocks.slice(0, SHOWN.blocks)
  const rest = blocks.length - shown.length
  return html`<section>${title}<div class="card"><p>With <code>AUTOBLOCK=rules</code>, for a while: ${count(blocks.length)} addresses and networks. To block them now, read the list, then:</p>
<pre>npx ts-node scripts/import-blocklist.ts - --source scan-log &lt;&lt;'END'
${shown.join('\n')}
END</pre>${rest > 0 ? html`<p class="soft">… and ${count(rest)} more.</p>` : ''}
<p class="soft">One alone: <code>npx ts-node scripts/block-ip.ts ${shown[0]!} --for 24h</code></p></div></section>`
}

function rejections({ rejections, lines }: ReportData): Markup {
  if (rejections.length === 0) return html``
  const rows = rejections.map(({ file, line, reason, text }) => {
    return html`<tr><td class="place">${file}:${line}</td><td>${reason}<br><code class="soft">${text}</code></td></tr>`
  })
  return html`<section><h2>What was rejected</h2><div class="card"><p>${count(lines.rejected)} of ${count(lines.read)} lines are no requests that could be read. The first of each file:</p><table><tbody>${rows}</tbody></table></div></section>`
}

function moment(time: Date): string {
  return time.toISOString().slice(0, 16).replace('T', ' ')
}

function count(value: number): string {
  return value.toLocaleString('en')
}
