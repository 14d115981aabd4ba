import { benchBlocklist } from './blocklist'
import { benchBouncer } from './bouncer'
import { benchCampaigns } from './campaigns'
import { benchCopy } from './copy'
import { benchDetection } from './detection'
import { benchFeatures } from './features'
import { benchForest } from './forest'
import { benchIngest } from './ingest'
import { benchInsights } from './insights'
import { benchLimits } from './limits'
import { benchPlaces } from './places'
import { benchRequests } from './requests'
import { benchScan } from './scan'
import { benchSignatures } from './signatures'

const benches: Record<string, () => Promise<void>> = {
  requests: benchRequests,
  ingest: benchIngest,
  places: benchPlaces,
  copy: benchCopy,
  features: benchFeatures,
  detection: benchDetection,
  forest: benchForest,
  campaigns: benchCampaigns,
  scan: benchScan,
  insights: benchInsights,
  limits: benchLimits,
  signatures: benchSignatures,
  blocklist: benchBlocklist,
  bouncer: benchBouncer,
}

/** `npm run bench` runs all; `npm run bench -- requests` one. */
async function main(): Promise<void> {
  const names = process.argv.slice(2)
  for (const name of names.length > 0 ? names : Object.keys(benches)) {
    const bench = benches[name]
    if (!bench) throw new Error(`No bench "${name}"; there are ${Object.keys(benches).join(', ')}`)
    console.log(`== ${name}`)
    await bench()
  }
}

void main()
