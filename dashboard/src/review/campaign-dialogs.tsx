import { Dialog } from '../parts/dialog'
import { counted } from '../text'
import type { CampaignDetail } from '../wire'
import { type CampaignDecision, collateralOf, namesOf, withoutCollateral } from './campaign'
import { Toll } from './campaign-detail'
import { Buttons, blockGiven, Force, fieldsOf, HowLong, Note } from './dialogs'

interface Props {
  campaign: CampaignDetail
  onDecide(decision: CampaignDecision): void
  onClose(): void
}

/** Asks for how long to block a campaign, and with or without the networks where others behave well. */
export function BlockCampaign({ campaign: { title, networks }, onDecide, onClose }: Props) {
  const harmless = withoutCollateral(networks)
  const isChoice = harmless.length > 0 && harmless.length < networks.length
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const given = fieldsOf(event)
    onDecide({
      ...blockGiven(given),
      networks: namesOf(given.which === 'harmless' ? harmless : networks),
    })
  }
  return (
    <Dialog title={`Block: ${title}`} onClose={onClose}>
      <Toll networks={networks} />
      <form onSubmit={submit}>
        {isChoice && (
          <label>
            Which networks
            <select name="which">
              <option value="harmless">the {harmless.length} where nobody else behaved well</option>
              <option value="all">
                all {networks.length}, with {counted(collateralOf(networks), 'other')}
              </option>
            </select>
          </label>
        )}
        <HowLong />
        <Note />
        <Force />
        <Buttons text="Block" onClose={onClose} />
      </form>
    </Dialog>
  )
}

/** Asks before a campaign is dismissed, for that holds while it goes on. */
export function DismissCampaign({ campaign: { title, members }, onDecide, onClose }: Props) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    const { note } = fieldsOf(event)
    onDecide({ decision: 'dismiss', ...(note && { note }) })
  }
  return (
    <Dialog title={`Dismiss: ${title}`} onClose={onClose}>
      <form onSubmit={submit}>
        <p>
          The open findings about its {counted(members.length, 'member')} are dismissed too, and it
          stays dismissed while it goes on.
        </p>
        <Note />
        <Buttons text="Dismiss" onClose={onClose} />
      </form>
    </Dialog>
  )
}
