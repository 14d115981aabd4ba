import { useState } from 'preact/hooks'
import { AddBlock } from '../blocklist/add-block'
import { AllowedNetworks } from '../blocklist/allowed-networks'
import { Blocks } from '../blocklist/blocks'
import { ImportList } from '../blocklist/import-list'
import { changed as told } from '../live'
import { Card } from '../parts/card'
import { route } from '../route'

const FORMATS = [
  ['txt', 'one network per line'],
  ['json', 'with reasons'],
  ['nginx', 'a geo block'],
  ['nft', 'sets for nftables'],
] as const

/** Who is refused and who never is: looked up, added with a preview, imported, taken away. */
export function Blocklist() {
  const [changes, setChanges] = useState(0)
  const changed = () => setChanges((before) => before + 1)
  const given = route.value.parameters.get('block') ?? ''
  return (
    <>
      <div class="two">
        <AddBlock key={given} given={given} onChange={changed} />
        <ImportList onChange={changed} />
      </div>
      <Blocks changes={changes + told.blocks.value} onChange={changed} />
      <AllowedNetworks changes={changes} onChange={changed} />
      <Card title="For other programs">
        <p>
          The active list, for programs with a key of the scope <code>check</code> (
          <code>Authorization: Bearer …</code>):
        </p>
        <ul>
          {FORMATS.map(([name, what]) => (
            <li key={name}>
              <code>{`${new URL('..', location.href).href}v1/blocklist.${name}`}</code> {what}
            </li>
          ))}
        </ul>
      </Card>
    </>
  )
}
