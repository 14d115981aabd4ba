import { quote } from '../net/refusal'

/** In place of a value that is shown nowhere. */
const SECRET = Symbol('secret')

/** Settings that cannot be used; `message` names every one of them and what it takes. */
export class WrongSettings extends Error {
  override name = 'WrongSettings'

  constructor(readonly problems: readonly string[]) {
    super(`These settings cannot be used:\n${problems.map((text) => `  ${text}`).join('\n')}`)
  }
}

/**
 * Reads typed values from environment variables, an empty one being the same as none.
 *
 * A wrong value does not throw at once: it is remembered, so that `finish` can name all wrong
 * settings in one message.
 */
export class Environment {
  readonly #variables: NodeJS.ProcessEnv
  readonly #problems: string[] = []

  constructor(variables: NodeJS.ProcessEnv) {
    this.#variables = variables
  }

  text(name: string, fallback: string): string
  text(name: string): string | undefined
  text(name: string, fallback?: string): string | undefined {
    return withoutBlanks(this.#variables[name] ?? '') || fallback
  }

  /** A whole number from `min` to `max`. */
  integer(name: string, fallback: number, min: number, max: number): number {
    const text = this.text(name)
    if (text === undefined) return fallback
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= min && value <= max) return value
    return this.#wrong(name, text, `a whole number from ${min} to ${max}`, fallback)
  }

  /** A port to listen on, 0 for any that is free; undefined when it is not set. */
  port(name: string): number | undefined {
    return this.text(name) === undefined ? undefined : this.integer(name, 0, 0, 65_535)
  }

  /** One of `choices`. */
  choice<const Choice extends string>(
    name: string,
    choices: readonly Choice[],
    fallback: NoInfer<Choice>,
  ): Choice {
    const text = this.text(name)
    if (text === undefined) return fallback
    const choice = choices.find((known) => known === text)
    return choice ?? this.#wrong(name, text, `one of ${choices.join(', ')}`, fallback)
  }

  /** Comma-separated values, each understood by `parse`; `takes` says what it accepts. */
  list<Value>(
    name: string,
    fallback: Value[],
    parse: (text: string) => Value | undefined,
    takes: string,
  ): Value[] {
    const texts = this.text(name)?.split(',').map(withoutBlanks)
    if (!texts) return fallback
    return texts.filter(Boolean).flatMap((text) => {
      return parse(text) ?? this.#wrong(name, text, takes, [])
    })
  }

  /**
   * What `parse` makes of a text of several entries; it tells `wrong` each entry that it cannot
   * read, and why, and leaves it out. Nothing at all when there is no text.
   */
  entries<Value>(
    name: string,
    parse: (text: string, wrong: (entry: string, why: string) => void) => Value[],
  ): Value[] {
    const wrong = (entry: string, why: string) => this.#tell(name, entry, why)
    return parse(this.text(name) ?? '', wrong)
  }

  /** A text that `accepts` likes; `takes` says what that is. */
  accepted(
    name: string,
    fallback: string,
    accepts: (text: string) => boolean,
    takes: string,
  ): string
  accepted(
    name: string,
    fallback: undefined,
    accepts: (text: string) => boolean,
    takes: string,
  ): string | undefined
  accepted(
    name: string,
    fallback: string | undefined,
    accepts: (text: string) => boolean,
    takes: string,
  ): string | undefined {
    const text = this.text(name)
    if (text === undefined || accepts(text)) return text ?? fallback
    return this.#wrong(name, text, takes, fallback)
  }

  /** Like `accepted`, for a value that is shown nowhere. */
  secret(name: string, accepts: (text: string) => boolean, takes: string): string | undefined {
    const text = this.text(name)
    if (text === undefined || accepts(text)) return text
    return this.#wrong(name, SECRET, takes, undefined)
  }

  /** Throws WrongSettings when any value read so far was wrong. */
  finish(): void {
    if (this.#problems.length > 0) throw new WrongSettings(this.#problems)
  }

  #wrong<Value>(name: string, text: string | typeof SECRET, takes: string, fallback: Value): Value {
    this.#tell(name, text, `takes ${takes}`)
    return fallback
  }

  #tell(name: string, text: string | typeof SECRET, problem: string): void {
    // Values of addresses with passwords are not repeated: the message ends up in a log.
    const isSecret = text === SECRET || text.includes('@')
    const shown = isSecret ? '(not shown)' : quote(text)
    this.#problems.push(`${name}=${shown}: ${problem}`)
  }
}

/** Without the blanks around a value; others than ASCII's are somebody's mistake, and are told. */
function withoutBlanks(text: string): string {
  return text.replace(/^[ \t\r\n]+|(?<![ \t\r\n])[ \t\r\n]+$/g, '')
}
