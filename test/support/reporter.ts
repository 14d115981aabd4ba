import { reporters, type Test } from 'mocha'
import { whySkipped } from './skipped'

/**
 * Mocha's usual report, then the tests that did not run and why, and at the very end one plain
 * line for people and scripts: `N passed, N failed`, with `, N skipped` when there are any.
 */
export default class Reporter extends reporters.Spec {
  readonly #skipped: Test[] = []

  constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
    super(runner, options)
    runner.on('pending', (test) => this.#skipped.push(test))
  }

  override epilogue(): void {
    super.epilogue()
    if (this.#skipped.length > 0) console.log(this.#explainSkipped())

    const { passes, failures } = this.stats
    const counts = [`${passes} passed`, `${failures} failed`]
    if (this.#skipped.length > 0) counts.push(`${this.#skipped.length} skipped`)
    console.log(counts.join(', '))
  }

  #explainSkipped(): string {
    const lines = this.#skipped.map((test) => {
      const reason = whySkipped(test.parent) ?? 'marked as pending'
      return `  - ${test.fullTitle()}\n    ${reason}`
    })
    return `DID NOT RUN:\n${lines.join('\n')}\n`
  }
}
