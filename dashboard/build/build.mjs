import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import zlib from 'node:zlib'
import { build } from 'esbuild'

const SOURCES = 'dashboard'
const TARGET = 'dist/dashboard'
const ASSETS = `${TARGET}/assets`

/**
 * Makes `dist/dashboard`: the page, and its assets, whose names hold a hash of what is in them, each
 * also compressed with gzip and brotli. What is there already is not made again.
 */
export async function buildDashboard() {
  mkdirSync(ASSETS, { recursive: true })
  const world = await worldMap()
  const { metafile } = await build({
    entryPoints: { app: `${SOURCES}/src/main.tsx` },
    outdir: ASSETS,
    entryNames: '[name]-[hash]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    minify: true,
    // Text of any script stands in the page as it is; escapes would be longer.
    charset: 'utf8',
    legalComments: 'none',
    target: ['chrome111', 'firefox114', 'safari16.4'],
    tsconfig: `${SOURCES}/tsconfig.json`,
    define: { WORLD_MAP: JSON.stringify(`assets/${world}`) },
    metafile: true,
    logLevel: 'warning',
  })
  const made = Object.keys(metafile.outputs).map((file) => path.basename(file))
  const kept = new Set([world, ...made].flatMap((name) => [name, `${name}.br`, `${name}.gz`]))
  for (const name of readdirSync(ASSETS)) if (!kept.has(name)) rmSync(`${ASSETS}/${name}`)
  for (const name of [world, ...made]) compress(`${ASSETS}/${name}`)

  const entry = made.find((name) => /^app-.*\.js$/.test(name))
  const style = made.find((name) => name.endsWith('.css'))
  const page = readFileSync(`${SOURCES}/index.html`, 'utf8')
  writeFileSync(
    `${TARGET}/index.html`,
    page.replace('app.js', `assets/${entry}`).replace('app.css', `assets/${style}`),
  )
}

/** The name of the map's file: projecting the world takes a second, so once per atlas and code of ours. */
async function worldMap() {
  const inputs = [
    ...['world', 'countries'].map((name) => `${SOURCES}/build/${name}.mjs`),
    'node_modules/world-atlas/package.json',
  ]
  const hash = createHash('sha256')
  for (const file of inputs) hash.update(readFileSync(file))
  const name = `world-${hash.digest('hex').slice(0, 8).toUpperCase()}.json`
  if (!existsSync(`${ASSETS}/${name}`)) {
    const { makeWorld } = await import('./world.mjs')
    writeFileSync(`${ASSETS}/${name}`, JSON.stringify(makeWorld()))
  }
  return name
}

function compress(file) {
  if (existsSync(`${file}.br`) && existsSync(`${file}.gz`)) return
  const bytes = readFileSync(file)
  writeFileSync(`${file}.gz`, zlib.gzipSync(bytes, { level: 9 }))
  writeFileSync(`${file}.br`, zlib.brotliCompressSync(bytes))
}
