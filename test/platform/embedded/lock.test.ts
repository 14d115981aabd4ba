import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect } from 'chai'
import { lockHolder, takeLock } from '../../../src/platform/embedded/lock'

const quoted = (module: string) => JSON.stringify(require.resolve(module))

describe('the lock', () => {
  let folder: string
  let file: string

  beforeEach(() => {
    folder = fs.mkdtempSync(path.join(os.tmpdir(), 'portcullis-lock-'))
    file = path.join(folder, 'lock')
  })

  afterEach(() => fs.rmSync(folder, { recursive: true }))

  /** Leaves a lock that was ours, with some of it changed. */
  function leaveLock(change: object): void {
    takeLock(file, 'script')
    fs.writeFileSync(file, JSON.stringify({ ...lockHolder(file), ...change }))
  }

  it('is held by one at a time, and says by whom', () => {
    const lock = takeLock(file, 'service')
    expect(lock).to.not.equal(undefined)
    expect(takeLock(file, 'script')).to.equal(undefined)
    expect(lockHolder(file)).to.include({ pid: process.pid, role: 'service' })

    lock?.release()
    expect(lockHolder(file)).to.equal(undefined)
    expect(fs.readdirSync(folder)).to.deep.equal([])
  })

  it('is taken over from a process that is dead', () => {
    const { pid } = spawnSync('true')
    leaveLock({ pid })
    expect(lockHolder(file)).to.equal(undefined)
    expect(takeLock(file, 'service')).to.not.equal(undefined)
    expect(fs.readdirSync(folder)).to.deep.equal(['lock'])
  })

  it('is taken over when the number belongs to another process by now', () => {
    leaveLock({ startedAt: '1' })
    expect(takeLock(file, 'service')).to.not.equal(undefined)
  })

  it('is taken over after the machine was started anew', () => {
    leaveLock({ bootId: 'an earlier one' })
    expect(takeLock(file, 'service')).to.not.equal(undefined)
  })

  it('is taken over when it says nothing', () => {
    for (const rubbish of ['', '{', 'null', '{"pid":"x"}', '[]']) {
      fs.writeFileSync(file, rubbish)
      takeLock(file, 'service')!.release()
    }
  })

  it('is taken over by one of many, again and again', () => {
    const winners = path.join(folder, 'winners')
    const contender = path.join(folder, 'contender.cjs')
    fs.writeFileSync(
      contender,
      `require(${quoted('ts-node/register/transpile-only')})
       const { takeLock } = require(${quoted('../../../src/platform/embedded/lock')})
       for (const until = Date.now() + 10_000; Date.now() < until; ) {
         if (!takeLock(${JSON.stringify(file)}, 'script')) continue
         require('node:fs').appendFileSync(${JSON.stringify(winners)}, process.pid + '\\n')
         process.kill(process.pid, 'SIGKILL')
       }`,
    )
    const all = 'for i in 1 2 3 4 5 6; do "$0" "$1" & done; wait'
    spawnSync('sh', ['-c', all, process.execPath, contender])

    const pids = fs.readFileSync(winners, 'utf8').trim().split('\n')
    expect(pids).to.have.length(6)
    expect(new Set(pids).size).to.equal(6)
  })

  it('stays with its new holder when an earlier one gives it back', () => {
    const lock = takeLock(file, 'script')
    const text = fs.readFileSync(file, 'utf8').replace(/"id":"[^"]*"/, '"id":"another"')
    fs.writeFileSync(file, text)
    lock?.release()
    expect(fs.readFileSync(file, 'utf8')).to.equal(text)
  })
})
