import { randomUUID } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { readdir, rename, rm, rmdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { lockHolder, type Role, takeLock } from '../platform/embedded/lock'
import { CLOSED, DONE, OPEN } from './segment'
import { syncFolder } from './sync-folder'

const LOCK = 'lock'
const STATES = [OPEN, CLOSED, DONE] as const

/** A segment as it lies in a folder. */
export interface SegmentFile {
  /** Path without the extension that says its state. */
  readonly base: string
  /** Its identity in the database. */
  readonly id: string
  readonly state: (typeof STATES)[number]
  readonly size: number
}

/**
 * Makes a folder for the segments of this process under `root`; throws when the disk does not let
 * it. The folder is never seen without its lock, so that no other process takes it for left.
 */
export function claimFolder(root: string, role: Role): string {
  const name = randomUUID()
  const unfinished = path.join(root, `.${name}`)
  mkdirSync(unfinished, { recursive: true, mode: 0o700 })
  const folder = path.join(root, name)
  try {
    takeLock(path.join(unfinished, LOCK), role)
    renameSync(unfinished, folder)
  } catch (error) {
    // It is tried again and again, and must not leave a folder each time.
    rmSync(unfinished, { recursive: true, force: true })
    throw error
  }
  return folder
}

/**
 * Makes the folder of this process again when somebody has removed it, or its lock; throws when the
 * disk does not let it.
 */
export function keepFolder(folder: string, role: Role): void {
  const lock = path.join(folder, LOCK)
  if (existsSync(lock)) return
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  takeLock(lock, role)
}

/** Gives a folder up: it disappears when it is empty, and is anybody's to adopt when it is not. */
export async function releaseFolder(folder: string): Promise<void> {
  await rm(path.join(folder, LOCK), { force: true })
  await rmdir(folder).catch(() => {}) // Not empty: what is left is written by the next to start.
}

/**
 * Moves the segments of dead processes under `root` into `own`, where they are written like its
 * own. A move succeeds for one of several adopters only, and one that dies is adopted in turn.
 */
export async function adoptSegments(root: string, own: string): Promise<void> {
  for (const entry of await readdir(root, { withFileTypes: true })) {
    const folder = path.join(root, entry.name)
    if (!entry.isDirectory() || entry.name.startsWith('.') || folder === own) continue
    if (lockHolder(path.join(folder, LOCK))) continue

    for (const { base, state } of await listSegments(folder)) {
      // Its writer is dead, so an open segment is as complete as it will ever be.
      const target = path.join(own, path.basename(base)) + (state === OPEN ? CLOSED : state)
      await rename(base + state, target).catch(ignoreMissing)
    }
    await syncFolder(own)
    await releaseFolder(folder)
  }
}

/** The segments in a folder, the oldest first. */
export async function listSegments(folder: string): Promise<SegmentFile[]> {
  const segments: SegmentFile[] = []
  for (const name of (await readdir(folder).catch(ignoreMissing)) ?? []) {
    const state = STATES.find((extension) => name.endsWith(extension))
    if (!state) continue
    const stats = await stat(path.join(folder, name)).catch(ignoreMissing)
    // Closed, and so renamed, since the folder was read: none may be overlooked.
    if (!stats) return listSegments(folder)
    const base = path.join(folder, name.slice(0, -state.length))
    segments.push({ base, id: path.extname(base).slice(1), state, size: stats.size })
  }
  return segments.sort((a, b) => (a.base < b.base ? -1 : 1))
}

/** For files that somebody else may have moved or removed first. */
export function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== 'ENOENT') throw error
}
