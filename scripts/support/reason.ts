import { visible } from '../../src/net/visible'
import { WrongUsage } from './script'

const LONGEST = 500

/** The text behind `--reason`, or `fallback` without it; as long as the service takes it. */
export function readReason(flag: unknown, fallback: string): string {
  const reason = visible(String(flag ?? fallback).trim())
  if (reason !== '' && reason.length <= LONGEST) return reason
  throw new WrongUsage(`--reason takes a text of 1 to ${LONGEST} characters.`)
}
