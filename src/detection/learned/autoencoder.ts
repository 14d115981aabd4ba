import type { Detector, Matrix } from '../detector'
import { pickRows } from '../detector'
import { sample, seededRandom } from './random'
import { loadTensorFlow, type TensorFlow } from './tensorflow'

const TRAINING_ROWS = 2_048
const EPOCHS = 40
const BATCH_ROWS = 64
/** Rows scored at a time: bounds the tensors' memory. */
const SCORED_ROWS = 4_096
const LEARNING_RATE = 0.01

/**
 * A small autoencoder (TensorFlow.js): it learns to squeeze usual rows through three numbers and
 * to restore them; a row that it restores badly is odd. The score is log(1 + mean squared error)
 * in units of each feature's deviation.
 */
export const autoencoder: Detector = {
  name: 'autoencoder',
  async train(usual, seed) {
    const tensorflow = await loadTensorFlow()
    const random = seededRandom(seed)
    // `fit` would shuffle with Math.random; these rows are in a random order that can be repeated.
    const rows = pickRows(usual, sample(TRAINING_ROWS, usual.rows, random))
    const standardise = standardiser(rows)
    const model = build(tensorflow, usual.columns, seed)

    const input = tensorflow.tensor2d(standardise(rows), [rows.rows, rows.columns])
    await model.fit(input, input, {
      epochs: EPOCHS,
      batchSize: BATCH_ROWS,
      shuffle: false,
      verbose: 0,
    })
    input.dispose()

    return {
      score(matrix) {
        const scores = new Float64Array(matrix.rows)
        for (let from = 0; from < matrix.rows; from += SCORED_ROWS) {
          const some = slice(matrix, from, Math.min(from + SCORED_ROWS, matrix.rows))
          const given = standardise(some)
          const input = tensorflow.tensor2d(given, [some.rows, some.columns])
          const output = model.predict(input)
          scores.set(restorationErrors(given, output.dataSync(), some.columns), from)
          input.dispose()
          output.dispose()
        }
        return scores
      },
    }
  },
}

function build(
  { sequential, layers, train, initializers }: TensorFlow,
  width: number,
  seed: number,
) {
  const dense = (units: number, activation: string, nth: number, inputShape?: number[]) =>
    layers.dense({
      units,
      activation,
      inputShape,
      kernelInitializer: initializers.glorotNormal({ seed: seed + nth }),
    })
  const model = sequential({
    layers: [
      dense(8, 'tanh', 0, [width]),
      dense(3, 'tanh', 1),
      dense(8, 'tanh', 2),
      dense(width, 'linear', 3),
    ],
  })
  model.compile({ optimizer: train.adam(LEARNING_RATE), loss: 'meanSquaredError' })
  return model
}

/** Turns rows into deviations from the mean, in units of the standard deviation seen in `usual`. */
function standardiser(usual: Matrix): (matrix: Matrix) => Float32Array {
  const { rows, columns, values } = usual
  const mean = new Float64Array(columns)
  const deviation = new Float64Array(columns)
  values.forEach((value, i) => {
    mean[i % columns]! += value / rows
  })
  values.forEach((value, i) => {
    deviation[i % columns]! += (value - mean[i % columns]!) ** 2 / rows
  })
  // A feature without any spread keeps its own unit: a deviation there must still be seen.
  const unit = deviation.map((variance) => Math.sqrt(variance) || 1)
  return (matrix) =>
    Float32Array.from(
      matrix.values,
      (value, i) => (value - mean[i % columns]!) / unit[i % columns]!,
    )
}

function restorationErrors(given: Float32Array, restored: Float32Array, columns: number) {
  const errors = new Float64Array(given.length / columns)
  given.forEach((value, i) => {
    errors[Math.floor(i / columns)]! += (value - restored[i]!) ** 2 / columns
  })
  return errors.map(Math.log1p)
}

function slice({ columns, values }: Matrix, from: number, to: number): Matrix {
  return { rows: to - from, columns, values: values.subarray(from * columns, to * columns) }
}
