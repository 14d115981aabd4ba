import Router from '@koa/router'
import type { Context, Middleware } from 'koa'
import { z } from 'zod'
import type { Models } from '../../models'
import type { AddressNote } from '../../models/address-note'
import { type Abouts, describe } from '../http/about'
import { LIST_TYPES, listOf } from '../http/answers'
import { giverOf } from '../http/giver'
import { Paging, page, readCursor } from '../http/paging'
import { NetworkText, StoredLines } from '../http/schemas'
import { readBody, readQuery } from '../http/validate'
import type { Network } from '../net/network'
import { NoteAnswer } from './answers'

/** `ip` leaves the notes about this address and the networks around it. */
const Filter = Paging.extend({ ip: NetworkText.optional() })
const Key = z.tuple([z.int()])

const NewNote = z.strictObject({
  ipAddress: NetworkText,
  note: StoredLines.trim().min(1).max(2_000),
})

const ABOUT: Abouts = {
  'GET /admin/api/notes': {
    who: 'admin',
    says: 'What people have written down about addresses and networks, the newest first.',
    query: Filter,
    answers: listOf(NoteAnswer),
    gives: LIST_TYPES,
  },
  'POST /admin/api/notes': {
    who: 'admin',
    says: 'Writes something down about an address or a network.',
    body: NewNote,
    answers: NoteAnswer,
    status: 201,
  },
  'DELETE /admin/api/notes/:id': { who: 'admin', says: 'Removes a note.', status: 204 },
}

interface Parts {
  models: Pick<Models, 'AddressNote' | 'AuditEntry'>
  requireAdmin: Middleware
}

/** Notes of people about addresses and networks; they are kept as long as the audit log. */
export function noteRoutes({ models, requireAdmin }: Parts): Router {
  const { AddressNote, AuditEntry } = models
  const router = describe(new Router(), ABOUT)

  router.get('/admin/api/notes', requireAdmin, async (ctx: Context) => {
    const { limit, cursor, ip } = readQuery(ctx, Filter)
    const [before] = readCursor(ctx, cursor, Key) ?? []
    const rows = AddressNote.query()
      .orderBy('id', 'desc')
      .limit(limit + 1)
    if (before !== undefined) rows.where('id', '<', before)
    if (ip !== undefined) rows.whereRaw('ip_address >>= ?::inet', [ip])
    ctx.body = page(await rows, limit, ({ id }) => [id], presentNote)
  })

  router.post('/admin/api/notes', requireAdmin, async (ctx: Context) => {
    const { ipAddress, note } = await readBody(ctx, NewNote)
    const { by, from } = giverOf(ctx)
    const written = await AddressNote.transaction(async (trx) => {
      const row = { ipAddress, note, writtenBy: by, writtenAt: new Date() }
      const inserted = await AddressNote.query(trx).insert(row).returning('*').first()
      const entry = {
        actor: by,
        action: 'note.create',
        subject: ipAddress,
        ipAddress: from ?? null,
      }
      await AuditEntry.query(trx).insert({ ...entry, details: { id: inserted!.id } })
      return inserted!
    })
    ctx.status = 201
    ctx.body = presentNote(written)
  })

  router.delete('/admin/api/notes/:id', requireAdmin, async (ctx: Context) => {
    const { id } = ctx.params
    const { by, from } = giverOf(ctx)
    const gone = await AddressNote.transaction(async (trx) => {
      if (!/^\d{1,15}$/.test(id)) return undefined
      const note = await AddressNote.query(trx).findById(id)
      if (!note || (await AddressNote.query(trx).deleteById(id)) === 0) return undefined
      const entry = { actor: by, action: 'note.delete', ipAddress: from ?? null }
      await AuditEntry.query(trx).insert({
        ...entry,
        subject: note.ipAddress,
        details: { id: note.id },
      })
      return note
    })
    if (!gone) ctx.throw(404, 'There is no such note.', { code: 'unknown_entry' })
    ctx.status = 204
  })

  return router
}

/** Most notes shown beside an address. */
const SHOWN = 50

/** The notes about a network and those around it, the newest first. */
export async function notesAbout(
  { AddressNote }: Pick<Models, 'AddressNote'>,
  network: Network,
): Promise<z.infer<typeof NoteAnswer>[]> {
  const rows = await AddressNote.query()
    .whereRaw('ip_address >>= ?::inet', [network])
    .orderBy('id', 'desc')
    .limit(SHOWN)
  return rows.map(presentNote)
}

function presentNote(row: AddressNote): z.infer<typeof NoteAnswer> {
  const { id, ipAddress, note, writtenBy, writtenAt } = row
  return { id, ipAddress, note, writtenBy, writtenAt }
}
