import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { areaUnderCurve, averagePrecision, precisionOfTop } from './figures'
import { isMedium, percent, share } from './hours'
import { readLog } from './logs'
import { atLeast, atMost, heading, line } from './report'
import { scan, worstHours } from './scan'

interface RealLabels {
  attackers: Record<string, string>
  uncertain: Record<string, string>
  crawlers?: Record<string, string>
}

/** Prints how real logs are judged whose attackers are few, and one that has none. */
export async function benchRealLogs(folder: string): Promise<void> {
  heading('real logs, without a baseline')
  const labels: RealLabels = JSON.parse(
    await readFile(path.join(folder, 'blog-2015.labels.json'), 'utf8'),
  )
  const blog = worstHours(await scan(await readLog(path.join(folder, 'blog-2015.log'))))
    .filter(({ tally }) => !(tally.address in labels.uncertain))
    .map((judgement) => ({
      judgement,
      score: judgement.risk,
      attacker: judgement.tally.address in labels.attackers,
    }))
  const precision = averagePrecision(blog)
  line('blog: average precision', precision.toFixed(3), atLeast(precision, 0.83))
  line('blog: AUC', areaUnderCurve(blog).toFixed(4))
  const top = precisionOfTop(blog, 10)
  line('blog: precision of the top ten', top.toFixed(2), atLeast(top, 0.9))
  const found = share(
    blog.filter(({ attacker }) => attacker),
    ({ judgement }) => judgement.flagged,
  )
  line('blog: attackers flagged', percent(found))
  const honest = blog.filter(({ attacker }) => !attacker)
  const wronged = share(honest, isMedium)
  line('blog: honest visitors at medium or higher', percent(wronged, 2), atMost(wronged, 0.002))

  const nasa = worstHours(await scan(await readLog(path.join(folder, 'nasa-1995-08.log'))))
  const flagged = nasa.filter((judgement) => isMedium({ judgement })).length
  line(`NASA: of ${nasa.length} hosts at medium or higher`, String(flagged), atMost(flagged, 0))
}
