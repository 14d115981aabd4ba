import { createHash } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** What the metadata of every mmdb file begins with, within its last 128 KiB. */
const MARKER = Buffer.from('abcdef4d61784d696e642e636f6d', 'hex')
const WITHIN = 131_072

/** Whether `path` can be read and is in MaxMind's format. */
export function isMmdbFile(path: string): boolean {
  try {
    mmdbMetadata(path)
    return true
  } catch {
    return false
  }
}

/** Tells two builds of a file apart, by their ends: the same on every machine with the same file. */
export function mmdbEdition(path: string): string {
  return createHash('sha256').update(endOf(path)).digest('hex').slice(0, 12)
}

/**
 * What a file says of itself, undecoded: who made it, when, how large it is. Only the end of the
 * file is read. Throws when it cannot be, or is no mmdb file.
 */
export function mmdbMetadata(path: string): Buffer {
  const end = endOf(path)
  const marker = end.lastIndexOf(MARKER)
  if (marker < 0) throw new Error('not an mmdb file')
  return end.subarray(marker + MARKER.length)
}

function endOf(path: string): Buffer {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const end = Buffer.alloc(Math.min(size, WITHIN))
    readSync(file, end, 0, end.length, size - end.length)
    return end
  } finally {
    closeSync(file)
  }
}
