import { get } from '../api'
import { useLoad } from '../load'
import { Await } from '../parts/await'
import { Card } from '../parts/card'
import { atDay, counted, exactly, fromNow } from '../text'
import type { ModelCard } from '../wire'

/** On what the learned part of a risk rests: the model, what it has seen, and what is usual here. */
export function ModelCardCard() {
  const loaded = useLoad('model', () => get<ModelCard>('detection/model'))
  return (
    <Card title="What was learned">
      <Await of={loaded}>
        {(model) => (
          <>
            <State model={model} />
            <Facts model={model} />
            <Usual features={model.features} />
          </>
        )}
      </Await>
    </Card>
  )
}

function State({ model: { detectors, champion, baseline, lastTraining } }: { model: ModelCard }) {
  if (detectors.length === 0) return <p>Off: the rules judge alone (DETECTORS is empty).</p>
  if (champion) {
    return (
      <p>
        <b>In use</b>: {champion.detectors}, made {fromNow(champion.madeAt)} from{' '}
        {counted(champion.trainedOn, 'row')}.
      </p>
    )
  }
  const { needed } = lastTraining ?? {}
  return (
    <p>
      <b>Learning</b>: {exactly(baseline.rows)}
      {needed !== undefined && ` of ${exactly(needed)}`} rows of usual clients so far. Until there
      is a model, the rules judge, and an hour is compared with itself.
    </p>
  )
}

function Facts({ model }: { model: ModelCard }) {
  const { baseline, lastTraining, before, thresholds } = model
  const { from, to } = baseline
  const facts: [string, string | false | null | undefined][] = [
    ['Usual clients', `${counted(baseline.rows, 'row')}, one per address and hour`],
    ['Seen', from && to && `from ${atDay(from)} to ${atDay(to)}`],
    ['Last training', lastTraining && `${atDay(lastTraining.hour)}: ${cameOf(lastTraining)}`],
    ['Model before', before[0] && `made ${atDay(before[0].madeAt)}`],
    [
      'Severity by risk',
      `high from ${thresholds.high}, medium from ${thresholds.medium}, low from ${thresholds.low}`,
    ],
  ]
  return (
    <dl class="facts">
      {facts.map(
        ([name, value]) =>
          value && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  )
}

function cameOf({ state, promoted, why, error }: NonNullable<ModelCard['lastTraining']>): string {
  if (state === 'failed') return `failed: ${error}`
  if (state !== 'trained') return state
  return `${why} ${promoted ? 'It judges now.' : 'The model before it goes on judging.'}`
}

function Usual({ features }: Pick<ModelCard, 'features'>) {
  return (
    <details>
      <summary>{counted(features.length, 'feature')}, and what is usual here</summary>
      <table class="features">
        <thead>
          <tr>
            <th scope="col">feature</th>
            <th scope="col" class="number">
              usual here
            </th>
          </tr>
        </thead>
        <tbody>
          {features.map(({ name, label, usual }) => (
            <tr key={name}>
              <td>{label}</td>
              <td class="number">{usual ?? 'not known yet'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  )
}
