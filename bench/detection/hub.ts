import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { parseAddress } from '../../src/net/address'
import { readLog } from './logs'
import { atLeast, atMost, heading, line } from './report'
import { scan } from './scan'

interface Manifest {
  tests: { test: string; log: string; attackers: string[]; others: string[]; kind: string }[]
}

/** Prints who is flagged in many small logs of one attack each, and in those of odd applications. */
export async function benchHub(folder: string): Promise<void> {
  heading('logs of one attack each')
  const manifest: Manifest = JSON.parse(
    await readFile(path.join(folder, 'hub', 'manifest.json'), 'utf8'),
  )
  const counts = { attackers: 0, found: 0, others: 0, wronged: 0 }
  const asExamples: string[] = []
  for (const { test, log, attackers, others, kind } of manifest.tests) {
    const judgements = await scan(await readLog(path.join(folder, log)))
    const flagged = new Set(
      judgements.filter((judgement) => judgement.flagged).map(({ tally }) => tally.address),
    )
    const isFlagged = (address: string) => flagged.has(parseAddress(address)!)
    const wronged = others.filter(isFlagged)
    // Examples of a format, in which nobody has said who means well.
    if (kind === 'parser-only') {
      asExamples.push(...wronged)
      continue
    }
    const missed = attackers.filter((address) => !isFlagged(address))
    counts.attackers += attackers.length
    counts.found += attackers.length - missed.length
    counts.others += others.length
    counts.wronged += wronged.length
    if (missed.length > 0) console.log(`  ${test}: not flagged: ${missed.join(', ')}`)
    if (wronged.length > 0) console.log(`  ${test}: flagged: ${wronged.join(', ')}`)
  }
  const found = counts.found / counts.attackers
  line('attackers flagged', `${counts.found}/${counts.attackers}`, atLeast(found, 1))
  line('others flagged', `${counts.wronged}/${counts.others}`, atMost(counts.wronged, 0))
  line('flagged in examples of formats (not judged)', String(asExamples.length))
}
