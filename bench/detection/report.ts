/** One line of figures: what was measured, what came out, and what it should be. */
export function line(what: string, value: string, target?: { text: string; met: boolean }): void {
  const judged = target ? `${target.text.padEnd(12)} ${target.met ? 'met' : 'MISSED'}` : ''
  console.log(`${what.padEnd(64)} ${value.padStart(9)}  ${judged}`.trimEnd())
}

export function atLeast(value: number, least: number) {
  return { text: `>= ${least}`, met: value >= least }
}

export function atMost(value: number, most: number) {
  return { text: `<= ${most}`, met: value <= most }
}

export function heading(text: string): void {
  console.log(`\n-- ${text}`)
}
