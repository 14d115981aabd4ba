import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** What the metadata of every mmdb file begins with, within its last 128 KiB. */
const METADATA = Buffer.from('abcdef4d61784d696e642e636f6d', 'hex')
const METADATA_WITHIN = 131_072

/** Whether `path` can be read and is in MaxMind's format. */
export function isMmdbFile(path: string): boolean {
  try {
    return endOf(path).includes(METADATA)
  } catch {
    return false
  }
}

function endOf(path: string): Buffer {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    const end = Buffer.alloc(Math.min(size, METADATA_WITHIN))
    readSync(file, end, 0, end.length, size - end.length)
    return end
  } finally {
    closeSync(file)
  }
}
