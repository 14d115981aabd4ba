import { Model, snakeCaseMappers } from 'objection'

/** What all models share: columns are snake_case in SQL and camelCase everywhere else. */
export class BaseModel extends Model {
  static override columnNameMappers = snakeCaseMappers()
}
