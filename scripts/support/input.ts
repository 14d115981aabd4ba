import { constants, createReadStream } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { WrongUsage } from './script'

const CHUNK_BYTES = 256 * 1024

/** The file that a person names, `-` being standard input; throws `WrongUsage` when it cannot be read. */
export async function openInput(file: string): Promise<Readable> {
  if (file === '-') return process.stdin
  await access(file, constants.R_OK).catch(() => {
    throw new WrongUsage(`${file} cannot be read.`)
  })
  if ((await stat(file)).isDirectory()) throw new WrongUsage(`${file} is a folder.`)
  return createReadStream(file, { highWaterMark: CHUNK_BYTES })
}
