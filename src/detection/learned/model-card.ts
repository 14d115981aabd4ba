import type { Knex } from 'knex'
import { FEATURES } from '../features'
import { THRESHOLDS } from '../fusion'
import type { DetectorName } from './detector'

/** Models shown: the one that judges, and those before it. */
const SHOWN = 10

interface Champion {
  madeAt: Date
  /** Rows it was trained on. */
  trainedOn: number
  detectors: string
}

interface Run {
  hour: Date
  facts: { learned?: { usual?: Record<string, number> }; learning?: object }
}

/**
 * What the learned score rests on, for people: the model that judges, what it was trained from, what
 * it sees and what is usual there, what came of the last training, and the thresholds of risk.
 */
export async function modelCard(knex: Knex, detectors: readonly DetectorName[]) {
  const [models, baseline, run] = await Promise.all([
    knex('learned_models').orderBy('id', 'desc').limit(SHOWN).select<Champion[]>({
      madeAt: 'made_at',
      trainedOn: 'trained_on',
      detectors: 'detectors',
    }),
    knex('baseline_rows')
      .select<{ rows: number; from: Date | null; to: Date | null }[]>(
        knex.raw('count(*)::int as rows, min(hour) as "from", max(hour) as "to"'),
      )
      .first(),
    knex('detection_runs')
      .whereRaw("facts #> '{learned,usual}' is not null")
      .orderBy('hour', 'desc')
      .first<Run | undefined>('hour', 'facts'),
  ])
  const [champion, ...before] = models
  const usual = run?.facts.learned?.usual
  return {
    detectors,
    champion: champion ?? null,
    before,
    baseline,
    lastTraining: run?.facts.learning ? { hour: run.hour, ...run.facts.learning } : null,
    features: FEATURES.map(({ name, label, of }) => ({
      name,
      label,
      isShare: of !== undefined,
      usual: usual?.[name] ?? null,
    })),
    thresholds: THRESHOLDS,
  }
}
