import { openDatabase } from '../../../src/platform/database'
import { createLogger } from '../../../src/platform/logger'

/**
 * A program that opens a database and writes rows, one commit each, saying each row's number once
 * it is acknowledged: `writer.ts <folder> <role> <rows>`.
 */
async function write(dataDir: string, role: 'service' | 'script', rows: number): Promise<void> {
  const log = createLogger('info', process.stderr)
  const database = await openDatabase({ dataDir, role, log })
  const { knex } = database
  await knex.raw('create table if not exists written (writer int, n int, body text)')
  process.stdout.write('open\n')

  const body = 'x'.repeat(2_000)
  for (let n = 1; n <= rows; n++) {
    await knex.raw('insert into written values (?, ?, ?)', [process.pid, n, body])
    process.stdout.write(`${n}\n`)
  }
  await database.close()
}

const [dataDir, role, rows] = process.argv.slice(2)
write(dataDir!, role === 'service' ? role : 'script', Number(rows)).catch((error) => {
  console.error(error)
  setTimeout(() => process.exit(1), 1_000) // time for the database to say what it knows
})
