import type { Knex } from 'knex'
import type { Address } from '../net/address'

/** What stands in the audit log in place of an address that was erased. */
const ERASED = '(erased)'

/**
 * Has the audit log forget an address, in all its `forms`: what was decided, by whom and when, is
 * kept; about which address, is not. With `keepHistory` what was decided about it stays as well,
 * because a block that is running rests on it. Answers how many entries had named it.
 */
export async function forgetDecisions(
  trx: Knex,
  address: Address,
  forms: readonly string[],
  keepHistory: boolean,
): Promise<number> {
  const { rowCount } = await trx.raw<{ rowCount: number }>(
    `update audit_log
        set subject = case when subject = any (:forms) then :erased else subject end,
            details = '{}',
            ip_address = nullif(ip_address, cast(:address as inet))
      where (subject = any (:forms) or details::text ~ :named)
        and not (:keepHistory and subject = any (:forms))`,
    { address, forms: [...forms], named: named(forms), erased: ERASED, keepHistory },
  )
  const acted = await trx('audit_log').where('ip_address', address).update({ ip_address: null })
  return rowCount + acted
}

/** Finds one of `forms` in a text, and not inside a longer address. */
function named(forms: readonly string[]): string {
  const either = forms.map((form) => form.replaceAll('.', '\\.')).join('|')
  return `(?<![\\w.:])(${either})(?![\\w.:])`
}
