import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** How a file can be sent, the smallest way first. */
const ENCODINGS = ['br', 'gzip'] as const
const SUFFIXES = { br: '.br', gzip: '.gz' }

const TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
}

/** One file of the page, in memory as it is and compressed. */
export interface Asset {
  readonly type: string
  readonly plain: Buffer
  readonly br?: Buffer
  readonly gzip?: Buffer
}

/** The page and its assets by name. */
export interface Page {
  readonly html: Buffer
  readonly assets: ReadonlyMap<string, Asset>
}

/**
 * Reads what the build has made, some hundred kilobytes; undefined when it has not: then there is
 * no page, and everything else works.
 */
export function readPage(folder: string): Page | undefined {
  try {
    const html = readFileSync(path.join(folder, 'index.html'))
    return { html, assets: readAssets(path.join(folder, 'assets')) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function readAssets(folder: string): Map<string, Asset> {
  const names = readdirSync(folder)
  const read = (name: string) => {
    return names.includes(name) ? readFileSync(path.join(folder, name)) : undefined
  }
  const assets = new Map<string, Asset>()
  for (const name of names) {
    const type = TYPES[path.extname(name)]
    if (type === undefined) continue
    const [br, gzip] = ENCODINGS.map((encoding) => read(name + SUFFIXES[encoding]))
    assets.set(name, { type, plain: read(name)!, ...(br && { br }), ...(gzip && { gzip }) })
  }
  return assets
}
