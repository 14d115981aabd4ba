import { expect } from 'chai'
import type { CopiedRow } from '../../src/platform/copy-out'
import { copyOut } from '../../src/platform/copy-out'
import { inParts } from '../../src/platform/parts'
import { type TestDatabase, testDatabase } from '../support/database'

describe('rows read by copy', () => {
  let database: TestDatabase
  before(async () => {
    database = await testDatabase()
  })

  it('are what was selected, of every type, nulls too', async () => {
    const rows: unknown[] = []
    const words: number[] = []
    const bits = [0, 0]
    await copyOut(
      database.knex,
      `select * from (values
         (1::int2, -2::int4, 9007199254740991, 0.1::float8, 'ä\t\\N'::text, inet '192.0.2.1',
          inet '2001:db8::/48', bit '1' || repeat('0', 63)::bit(63), bytea '\\x00000001ffffffff'),
         (-1::int2, 2147483647, null, 'NaN', null, inet '2001:db8::1', inet '192.0.2.0/24',
          repeat('1', 64)::bit(64), '')) as of (a, b, c, d, e, f, g, h, i)`,
      (row) => {
        const read = [row.int2(), row.int4(), row.int8(), row.float8(), row.text()]
        rows.push([...read, row.inet(), row.inet()])
        row.bit(bits)
        words.push(...bits)
        row.words((word) => words.push(word))
      },
    )
    expect(rows).to.deep.equal([
      [1, -2, Number.MAX_SAFE_INTEGER, 0.1, 'ä\t\\N', '192.0.2.1', '2001:db8::/48'],
      [-1, 2 ** 31 - 1, null, Number.NaN, null, '2001:db8::1', '192.0.2.0/24'],
    ])
    expect(words).to.deep.equal([-(2 ** 31), 0, 1, -1, -1, -1])
  })

  it('may be read in part, or not at all', async () => {
    let rows = 0
    await copyOut(database.knex, 'select n, n from generate_series(1, 9) as n', () => rows++)
    expect(rows).to.equal(9)
  })

  it('fail with what Postgres says, or who reads them, and the connection goes on', async () => {
    const refused = await copyOut(database.knex, 'select 1/0', () => {}).catch((e: Error) => e)
    expect((refused as Error).message).to.contain('division by zero')
    const nobody = () => {
      throw new Error('cannot read')
    }
    const thrown = await copyOut(database.knex, 'select 1', nobody).catch((e: Error) => e)
    expect((thrown as Error).message).to.equal('cannot read')
    let read = 0
    const read1 = (row: CopiedRow) => {
      read = row.int4()
    }
    await copyOut(database.knex, 'select 1', read1)
    expect(read).to.equal(1)
  })

  for (const groups of [0, 1, 90, 150_000]) {
    it(`has each of ${groups} groups once, in parts`, async () => {
      const seen = new Set<number>()
      let requests = 0
      let statements = 0
      const select = (condition: string) => {
        statements++
        return `select n, count(*)::int
                  from generate_series(1, ${groups}) as n, generate_series(1, 2)
                 where ${condition} group by n`
      }
      await inParts(database.knex, 'hashint4(n)', select, (row) => {
        seen.add(row.int4())
        requests += row.int4()
      })
      expect(seen.size).to.equal(groups)
      expect(requests).to.equal(2 * groups)
      expect(statements).to.be[groups < 1_000 ? 'equal' : 'greaterThan'](2)
    })
  }

  it('let others be served between two parts', async () => {
    const order: string[] = []
    const select = (condition: string) => {
      order.push('part')
      return `select n from generate_series(1, 200000) as n where ${condition}`
    }
    let asked: Promise<unknown> | undefined
    await inParts(database.knex, 'hashint4(n)', select, () => {
      asked ??= database.knex.raw('select 1').then(() => order.push('other'))
    })
    await asked
    expect(order.indexOf('other')).to.be.lessThan(order.lastIndexOf('part'))
  })

  it('end with the error of the part that fails, and leave the pool as it was', async () => {
    let parts = 0
    const select = (condition: string) =>
      parts++ < 2
        ? `select n from generate_series(1, 200000) as n where ${condition}`
        : 'select n from nowhere'
    const failed = await inParts(database.knex, 'hashint4(n)', select, () => {}).catch(
      (error: Error) => error,
    )
    expect((failed as Error).message).to.contain('nowhere')
    await Promise.all(Array.from({ length: 12 }, () => database.knex.raw('select 1')))
  })
})
