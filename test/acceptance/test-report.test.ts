import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { expect } from 'chai'

const ROOT = path.join(__dirname, '../..')

/** What the report says about itself is what scripts rely on, so it is read as they read it. */
describe('the test report', () => {
  function report(tests: string, env: NodeJS.ProcessEnv = {}) {
    const folder = mkdtempSync(path.join(os.tmpdir(), 'portcullis-report-'))
    try {
      const file = path.join(folder, 'some.test.cjs')
      writeFileSync(
        file,
        `const { skipLoudly } = require('${ROOT}/test/support/skipped')\n${tests}`,
      )
      const args = ['--no-config', '-r', 'ts-node/register/transpile-only', '--reporter']
      const mocha = path.join(ROOT, 'node_modules/mocha/bin/mocha.js')
      const run = spawnSync(process.execPath, [mocha, ...args, 'test/support/reporter.ts', file], {
        cwd: ROOT,
        env: { ...process.env, CI: '', ...env },
        encoding: 'utf8',
      })
      return { code: run.status, output: run.stdout, lastLine: run.stdout.split('\n').at(-2) }
    } finally {
      rmSync(folder, { recursive: true })
    }
  }

  const passing = `it('passes', () => {})\n`
  const skipping = `describe('needs a thing', () => {
    before(function () { skipLoudly(this, 'the thing is missing') })
    it('uses the thing', () => {})
  })\n`

  it('ends with what passed and failed, alone on its line', () => {
    expect(report(passing)).to.include({ code: 0, lastLine: '1 passed, 0 failed' })
    const failing = `${passing}it('fails', () => { throw new Error('no') })`
    expect(report(failing)).to.include({ code: 1, lastLine: '1 passed, 1 failed' })
  })

  it('names what did not run, and why', () => {
    const { code, output, lastLine } = report(passing + skipping)
    expect(code).to.equal(0)
    expect(lastLine).to.equal('1 passed, 0 failed, 1 skipped')
    expect(output).to.match(
      /DID NOT RUN:\n {2}- needs a thing uses the thing\n {4}the thing is missing/,
    )
  })

  it('takes what did not run for a failure with CI=true', () => {
    const { code, lastLine } = report(passing + skipping, { CI: 'true' })
    expect(code).to.equal(1)
    expect(lastLine).to.equal('1 passed, 1 failed')
  })
})
