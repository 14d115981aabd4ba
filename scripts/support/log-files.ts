import { anyFormat } from '../../src/access-log/any-format'
import type { IsTrusted } from '../../src/access-log/format'
import { Intake, type Rejection } from '../../src/access-log/intake'
import { readLines } from '../../src/access-log/reader'
import type { LogEntry } from '../../src/request-log/entry'
import { openInput } from './input'
import type { Progress } from './progress'

/** What was read of several files. */
export interface ReadLogs {
  lines: { read: number; accepted: number; rejected: number }
  /** The first of each file. */
  rejections: (Rejection & { file: string })[]
}

/** Rejected lines that are kept of each file. */
const SHOWN_REJECTIONS = 5

/**
 * Reads logs one after the other, each in its own format, and hands over their entries in pieces.
 * Throws `WrongUsage` for a file that cannot be read, and tells which file's gzip is broken.
 */
export async function readLogs(
  files: readonly string[],
  isTrusted: IsTrusted,
  take: (entries: LogEntry[]) => void,
  progress: Progress,
): Promise<ReadLogs> {
  const read: ReadLogs = { lines: { read: 0, accepted: 0, rejected: 0 }, rejections: [] }
  for (const file of files) {
    const intake = new Intake(anyFormat(isTrusted), (entries) => {
      take(entries)
      return true
    })
    try {
      for await (const lines of readLines(await openInput(file))) {
        intake.take(lines)
        const sum = read.lines.read + intake.lines
        progress.tell(`${nameOf(file)}: ${sum.toLocaleString('en')} lines read`)
      }
    } catch (error) {
      if (!(error as NodeJS.ErrnoException).code?.startsWith('Z_')) throw error
      const { message } = error as Error
      throw new Error(`${nameOf(file)}: the gzip data is broken or cut off (${message}).`)
    }
    read.lines.read += intake.lines
    read.lines.accepted += intake.accepted
    read.lines.rejected += intake.rejected
    const first = intake.firstRejected.slice(0, SHOWN_REJECTIONS)
    read.rejections.push(...first.map((rejection) => ({ file: nameOf(file), ...rejection })))
  }
  return read
}

/** A file as people call it. */
export function nameOf(file: string): string {
  return file === '-' ? 'standard input' : file
}
