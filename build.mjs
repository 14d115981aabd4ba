// Makes dist/: the compiled service, and the snapshot of an empty embedded database that makes a
// first start quick. Runs at install and before every start; on a tree that is already built it
// takes a tenth of a second.
import { spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { build } from 'esbuild'

const compiled = ['src', 'models', 'migrations', 'scripts']

// A file that was deleted must not live on as compiled code: migrations are found by listing.
for (const folder of compiled) rmSync(`dist/${folder}`, { recursive: true, force: true })

await build({
  entryPoints: compiled.map((folder) => `${folder}/**/*.ts`),
  outdir: 'dist',
  outbase: '.',
  format: 'cjs',
  platform: 'node',
  target: 'node20',
  sourcemap: true,
  logLevel: 'warning',
})

const { status } = spawnSync(process.execPath, ['dist/src/platform/embedded/make-snapshot.js'], {
  stdio: 'inherit',
})
process.exit(status ?? 1)
