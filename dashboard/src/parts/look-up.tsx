import { get } from '../api'
import { go, linkTo } from '../route'
import { sayFailure } from '../toast'
import type { Finding, List } from '../wire'

/** Leads from everywhere to an address or network, or to the one that an incident is about. */
export function LookUp() {
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const text = String(new FormData(form).get('subject')).trim()
    if (text === '') return
    form.reset()
    void lookUp(text).catch(sayFailure)
  }
  return (
    <form class="look-up" onSubmit={submit}>
      <input
        class="mono"
        name="subject"
        type="search"
        aria-label="Look up an address, network or incident"
        placeholder="address or incident"
      />
    </form>
  )
}

/** A finding's incident has ten letters and digits, that of a refusal sixteen. */
async function lookUp(text: string): Promise<void> {
  if (/^[0-9a-z]{16}$/i.test(text)) {
    const { ipAddress } = await get<{ ipAddress: string }>(`incidents/${text}`)
    return go(linkTo('address', { ip: ipAddress }))
  }
  if (!/^[0-9a-z]{10}$/i.test(text)) return go(linkTo('address', { ip: text }))

  const { items } = await get<List<Finding>>('suspicious', { incident: text })
  if (!items[0]) throw new Error(`There is no finding ${text}, or none any more.`)
  return go(linkTo('address', { ip: items[0].ipAddress }))
}
