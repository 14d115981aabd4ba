import { expect } from 'chai'
import { toMatrix, usualOf } from '../../../src/detection/features'
import type { DetectorName } from '../../../src/detection/learned/detector'
import { DETECTOR_NAMES } from '../../../src/detection/learned/detector'
import { trainEnsemble } from '../../../src/detection/learned/ensemble'
import { packModel, unpackModel } from '../../../src/detection/learned/learned-model'
import { observedCrowd } from './data'

const observed = observedCrowd(300, { odd: [299] })
const usual = usualOf(observed)
const rows = toMatrix(observed, usual)

const packed = async (...names: DetectorName[]) => {
  const ensemble = await trainEnsemble(names, rows, { seed: 1, clean: true })
  return { ensemble, bytes: packModel({ usual, ensemble, trainedOn: rows.rows }) }
}
const refusal = (bytes: Uint8Array) =>
  unpackModel(bytes).then(
    () => 'accepted',
    (error) => error.message,
  )

describe('a learned model, packed', () => {
  for (const name of DETECTOR_NAMES) {
    it(`scores as before: ${name}`, async () => {
      const { ensemble, bytes } = await packed(name)
      const unpacked = await unpackModel(bytes)
      expect(unpacked.ensemble.score(rows)).to.deep.equal(ensemble.score(rows))
      expect(unpacked.usual).to.deep.equal(usual)
      expect(unpacked.trainedOn).to.equal(300)
    })
  }

  it('holds no row that it was trained on', async () => {
    const { bytes } = await packed('forest', 'ml-isolation-forest')
    const one = packModel({ ...(await unpackModel(bytes)), usual })
    expect(one).to.deep.equal(bytes)
    // 300 rows as they are would be more than all that is kept of a Mahalanobis distance.
    const small = await packed('mahalanobis')
    expect(small.bytes.length).to.be.lessThan(rows.values.byteLength / 4)
  })

  it('is refused with a sentence when a bit of it is wrong', async () => {
    const { bytes } = await packed('forest')
    for (const at of [12, 100, bytes.length - 1]) {
      expect(await refusal(bytes.with(at, bytes[at]! ^ 1))).to.match(/torn/)
    }
    expect(await refusal(bytes.slice(0, -1))).to.match(/torn/)
    expect(await refusal(new Uint8Array([...bytes, 0]))).to.match(/torn/)
    expect(await refusal(bytes.slice(0, 7))).to.match(/is of version|not a learned model/)
    expect(await refusal(new Uint8Array(0))).to.equal('This is not a learned model.')
    expect(await refusal(new TextEncoder().encode('{"trees":[]}'))).to.match(/not a learned model/)
  })

  it('is refused by another version', async () => {
    const { bytes } = await packed('mahalanobis')
    expect(await refusal(bytes.with(4, 99))).to.match(/of version 99; this is 1/)
  })
})
