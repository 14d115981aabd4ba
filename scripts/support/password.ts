import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { Writable } from 'node:stream'
import { WrongUsage } from './script'

/** A new password: asked for twice on a terminal, without echo; otherwise the first line of standard input. */
export async function readNewPassword(): Promise<string> {
  if (!process.stdin.isTTY) return firstLine()
  const password = await ask('Password: ')
  if ((await ask('Once more: ')) !== password) throw new WrongUsage('The two are not the same.')
  return password
}

async function firstLine(): Promise<string> {
  const lines = createInterface({ input: process.stdin })
  for await (const line of lines) return line
  throw new WrongUsage('No password on standard input.')
}

/** The question goes to standard error, so that standard output stays the script's result. */
async function ask(question: string): Promise<string> {
  process.stderr.write(question)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true })
  const interrupted = once(terminal, 'close').then(() => undefined)
  const line = once(terminal, 'line').then(([text]) => text as string)
  const answer = await Promise.race([line, interrupted])
  terminal.close()
  process.stderr.write('\n')
  if (answer === undefined) throw new WrongUsage('No password given.')
  return answer
}
