import { randomUUID } from 'node:crypto'
import fs from 'node:fs'

/** Taking a lock over takes far less than a millisecond. */
const GUARD_LIMIT_MS = 10_000

/** What kind of program holds the lock: a script ends soon, a service does not. */
export type Role = 'service' | 'script'

/** Who holds a lock; enough to tell the process from a later one with the same number. */
export interface Holder {
  pid: number
  role: Role
  /** The process's start time in clock ticks since boot; '' where there is no /proc. */
  startedAt: string
  bootId: string
  /** Makes each holding different. */
  id: string
}

/** A lock file held by this process. */
export interface Lock {
  /** Gives the lock back; it is left alone when it has become another's. */
  release(): void
}

/**
 * Takes the lock at `path`, unless a living process holds it (then undefined).
 *
 * The file appears with its contents in one step: `link` fails where a file is. A dead holder's
 * file is removed first, and all who want the lock then compete for a new one.
 */
export function takeLock(path: string, role: Role): Lock | undefined {
  const text = JSON.stringify(holderOf(role))
  if (!create(path, text)) {
    removeDead(path, text)
    if (!create(path, text)) return undefined
  }
  return {
    release() {
      if (read(path) === text) fs.unlinkSync(path)
    },
  }
}

/** The living process that holds the lock at `path`, if any. */
export function lockHolder(path: string): Holder | undefined {
  const holder = parse(read(path))
  return holder && isAlive(holder) ? holder : undefined
}

function create(path: string, text: string): boolean {
  const own = `${path}.${randomUUID()}`
  try {
    fs.writeFileSync(own, text, { mode: 0o600 })
    fs.linkSync(own, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    // A full disk may have taken the name and not the text.
    fs.rmSync(own, { force: true })
  }
}

/**
 * One contender at a time, who looks again: between another's look and its removal, the dead
 * lock could have become a living one.
 */
function removeDead(path: string, text: string): void {
  const guard = `${path}.takeover`
  if (create(guard, text)) {
    if (!lockHolder(path)) fs.rmSync(path, { force: true })
    fs.rmSync(guard, { force: true })
  } else if (ageMs(guard) > GUARD_LIMIT_MS) {
    fs.rmSync(guard, { force: true }) // its owner died in these two lines
  }
}

function ageMs(path: string): number {
  return Date.now() - (fs.statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
}

function holderOf(role: Role): Holder {
  const { pid } = process
  return { pid, role, startedAt: startTime(pid), bootId: bootId(), id: randomUUID() }
}

function isAlive({ pid, startedAt, bootId: boot }: Holder): boolean {
  if (boot !== bootId()) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: somebody else's process, but there is one.
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  return startTime(pid) === startedAt
}

/** Field 22 of /proc/<pid>/stat, counted behind the name, which may hold anything. */
function startTime(pid: number): string {
  const stat = read(`/proc/${pid}/stat`) ?? ''
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
}

function bootId(): string {
  return read('/proc/sys/kernel/random/boot_id')?.trim() ?? ''
}

function read(path: string): string | undefined {
  try {
    return fs.readFileSync(path, 'utf8')
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined
    throw error
  }
}

/** A file that holds something else was written by nobody who lives. */
function parse(text: string | undefined): Holder | undefined {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
