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
const LEAST = 0.001
const KINDS = Object.keys(USUAL).length

/** How often each kind of file was asked for, as shares of all, drawn towards others, or what is usual. */
export class FileKinds {
  readonly #others: FileKinds | undefined
  readonly #counts = new Float64Array(KINDS)
  #all = 0

  constructor(others?: FileKinds) {
    this.#others = others
  }

  add(template: number): void {
    this.#counts[templateKind(template)]!++
    this.#all++
  }

  shareOf(template: number): number {
    return Math.max(LEAST, this.#shareOf(templateKind(template)))
  }

  #shareOf(kind: FileKind): number {
    const prior = this.#others ? this.#others.#shareOf(kind) : USUAL[kind]
    return share(this.#counts[kind]!, this.#all, prior, PRIOR_TEMPLATES)
  }
}
