import { Model, type Pojo, snakeCaseMappers } from 'objection'
import { parseNetwork } from '../src/net/network'

/** What all models share: columns are snake_case in SQL and camelCase everywhere else. */
export class BaseModel extends Model {
  static override columnNameMappers = snakeCaseMappers()

  /** Postgres writes `192.0.2.1/32` in a `cidr`, and `::192.0.2.1`; our one form is the canonical. */
  override $parseDatabaseJson(json: Pojo): Pojo {
    const row = super.$parseDatabaseJson(json)
    if (typeof row.ipAddress === 'string') {
      row.ipAddress = parseNetwork(row.ipAddress) ?? row.ipAddress
    }
    return row
  }
}
