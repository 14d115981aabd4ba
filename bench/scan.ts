import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { seededRandom } from '../src/detection/learned/random'

const LINES = 1_000_000
const ADDRESSES = 20_000
const ROUNDS = 3
const START = Date.UTC(2026, 2, 1)
const HOUR_MS = 3_600_000
const MONTH = 'Mar'
const LINES_IN_PIECE = 5_000

/**
 * Lines per second of scan-log, from the start of the process to its last word: a million lines of
 * 20,000 addresses, of which few come often and many seldom, over one hour and over a day; and what
 * it holds in memory at most.
 */
export async function benchScan(): Promise<void> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'portcullis-bench-'))
  try {
    for (const hours of [1, 24]) {
      const file = path.join(folder, `${hours}.log`)
      await writeLog(file, hours)
      const runs = []
      for (let round = 0; round < ROUNDS; round++) runs.push(await scan(file))
      const [median] = runs.toSorted((a, b) => a.seconds - b.seconds).slice(ROUNDS >> 1)
      const { seconds, processor, megabytes } = median!
      console.log(
        `${format(LINES)} lines of ${hours} h: ${seconds.toFixed(1)} s, ${format(LINES / seconds)} lines/s; ${processor.toFixed(1)} s of processor time, ${format(megabytes)} MB (median of ${ROUNDS})`,
      )
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function writeLog(file: string, hours: number): Promise<void> {
  const random = seededRandom(1)
  const output = createWriteStream(file)
  for (let done = 0; done < LINES; done += LINES_IN_PIECE) {
    const piece = Array.from({ length: LINES_IN_PIECE }, (_, i) => {
      return lineOf(done + i, START + ((done + i) / LINES) * hours * HOUR_MS, random)
    })
    if (!output.write(piece.join(''))) await once(output, 'drain')
  }
  output.end()
  await once(output, 'finish')
}

function lineOf(nth: number, time: number, random: () => number): string {
  const client = Math.floor(random() ** 2 * ADDRESSES)
  const address = `${20 + (client >> 16)}.${(client >> 8) & 255}.${client & 255}.${1 + (client % 250)}`
  const iso = new Date(time).toISOString()
  const clock = `${iso.slice(8, 10)}/${MONTH}/2026:${iso.slice(11, 19)} +0000`
  const target = `/articles/${Math.floor(random() * 2_000)}/comments?page=${nth % 10}`
  const status = nth % 20 === 0 ? 404 : 200
  const agent = `Mozilla/5.0 (X11; Linux x86_64; rv:${100 + (client % 40)}.0) Gecko/20100101 Firefox/${100 + (client % 40)}.0`
  return `${address} - - [${clock}] "GET ${target} HTTP/1.1" ${status} ${nth % 9_999} "https://shop.example/" "${agent}"\n`
}

interface Run {
  seconds: number
  /** Seconds of both processors that it took, which other work on the machine changes less. */
  processor: number
  megabytes: number
}

async function scan(file: string): Promise<Run> {
  const startedAt = performance.now()
  const tsNode = require.resolve('ts-node/dist/bin')
  const child = spawn(process.execPath, [tsNode, 'scripts/scan-log.ts', file, '--json'], {
    cwd: path.join(__dirname, '..'),
  })
  let used = { processor: 0, megabytes: 0 }
  const watch = setInterval(() => {
    used = usedBy(child.pid!) ?? used
  }, 100)
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  clearInterval(watch)
  if (code !== 0) throw new Error(errors)
  const { lines } = JSON.parse(output) as { lines: { accepted: number } }
  if (lines.accepted !== LINES) throw new Error(`${lines.accepted} lines were accepted`)
  return { seconds: (performance.now() - startedAt) / 1_000, ...used }
}

/** What a process has used so far, as Linux counts it; undefined when it has ended. */
function usedBy(pid: number): { processor: number; megabytes: number } | undefined {
  try {
    const peak = /^VmHWM:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [user, system] = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 13)
    if (peak === null) return undefined
    return { processor: (Number(user) + Number(system)) / 100, megabytes: Number(peak[1]) / 1_024 }
  } catch {
    return undefined
  }
}

function format(value: number): string {
  return Math.round(value).toLocaleString('en')
}
