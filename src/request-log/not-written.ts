/** What was recorded has not been written, or what was to be forgotten has not: told as 503. */
export class NotWritten extends Error {
  override name = 'NotWritten'
  readonly status = 503
  readonly code = 'not_written'
  readonly headers = { 'Retry-After': '5' }

  constructor(how: string) {
    super(`The request log was not written ${how}. Nothing is lost by that; try again.`)
  }
}
