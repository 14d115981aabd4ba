import { FileKind } from '../../request-log/file-kind'
import { templateKind } from '../../request-log/template'
import { share } from './odds'

/** What people ask for that is not there, as long as nobody has told of this site: pages. */
const USUAL: Record<FileKind, number> = {
  [FileKind.Page]: 0.65,
  [FileKind.Document]: 0.08,
  [FileKind.Program]: 0.07,
  [FileKind.Copy]: 0.01,
  [FileKind.Data]: 0.05,
  [FileKind.Inside]: 0.01,
  [FileKind.Media]: 0.12,
  [FileKind.Hidden]: 0.01,
}
const PRIOR_TEMPLATES = 20
/** However many have not asked for such a kind, one may; and who searches may search for anything. */
const LEAST = 0.005
const KINDS = Object.keys(USUAL).length

/** How often each kind of file was asked for, as shares of all, drawn towards what is usual. */
export class FileKinds {
  readonly #counts = new Float64Array(KINDS)
  #all = 0

  add(template: number): void {
    this.#counts[templateKind(template)]!++
    this.#all++
  }

  shareOf(template: number): number {
    const kind = templateKind(template)
    return Math.max(LEAST, share(this.#counts[kind]!, this.#all, USUAL[kind], PRIOR_TEMPLATES))
  }
}
