import fs from 'node:fs'
import path from 'node:path'
import v8 from 'node:v8'
import zlib from 'node:zlib'
import { projectRoot } from '../project-root'

/** A folder's contents: paths inside it, folders before what they hold; a folder has no bytes. */
type Entry = [path: string, bytes?: Uint8Array]

/**
 * Where the snapshot of a new cluster lies: in dist/, made by the build.
 *
 * Its name holds PGlite's version, so that a cluster is never made by another one's snapshot.
 */
export function snapshotFile(): string {
  return path.join(projectRoot(), 'dist', `embedded-${pgliteVersion()}.gz`)
}

/** Writes the contents of `folder` into `file`, which appears as a whole or not at all. */
export function writeSnapshot(folder: string, file: string): void {
  const entries = fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .map((entry): Entry => {
      const full = path.join(entry.parentPath, entry.name)
      const inside = path.relative(folder, full)
      return entry.isDirectory() ? [inside] : [inside, fs.readFileSync(full)]
    })
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const unfinished = `${file}.${process.pid}`
  fs.writeFileSync(unfinished, zlib.gzipSync(v8.serialize(entries)))
  fs.renameSync(unfinished, file)
}

/** Makes `folder` with the contents that were written into `file`. */
export function unpackSnapshot(file: string, folder: string): void {
  const entries: Entry[] = v8.deserialize(zlib.gunzipSync(fs.readFileSync(file)))
  fs.mkdirSync(folder, { mode: 0o700 })
  for (const [inside, bytes] of entries) {
    const full = path.join(folder, inside)
    if (bytes) fs.writeFileSync(full, bytes, { mode: 0o600 })
    else fs.mkdirSync(full, { mode: 0o700 })
  }
}

function pgliteVersion(): string {
  const manifest = path.join(
    path.dirname(require.resolve('@electric-sql/pglite')),
    '../package.json',
  )
  return JSON.parse(fs.readFileSync(manifest, 'utf8')).version
}
