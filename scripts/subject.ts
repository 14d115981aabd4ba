import { requireAddress } from '../src/net/address'
import { PostgresBus } from '../src/platform/bus'
import { Subjects } from '../src/privacy/subject'
import { RequestLog } from '../src/request-log/request-log'
import { runScript, WrongUsage } from './support/script'

void runScript({
  usage: `ts-node scripts/subject.ts export|erase <ip> [--json]

Answers a person who asks about their address: export prints everything that is stored about it, as
JSON; erase removes it from the request log, roll-ups, findings, quarantine, caches and the audit
log. A running block stays, and erase says so.`,
  args: [2, 2],
  async run({ args: [order, text = ''], config, log, opened, openDatabase }) {
    if (order !== 'export' && order !== 'erase') {
      throw new WrongUsage(`"${order}" is neither export nor erase.`)
    }
    const address = requireAddress(text)
    const { database, models } = await openDatabase()
    const { knex, connection } = database
    const held = opened.add(
      new RequestLog({ config, connection, role: 'script', log }),
      (requestLog) => requestLog.stop(),
    )
    held.start()
    const bus = new PostgresBus(knex, connection, log)
    const subjects = new Subjects({ knex, models, bus, held })
    if (order === 'export') {
      const copy = await subjects.export(address)
      return { text: JSON.stringify(copy, null, 2), json: copy }
    }

    const erased = await subjects.erase(address, 'command line')
    const { requests, rollUps, findings } = erased
    const block = erased.blockKept ? ' A running block covers it and stays: see unblock-ip.ts.' : ''
    return {
      text: `Erased ${address}: ${requests} requests, ${rollUps} roll-ups, ${findings} findings.${block}`,
      json: erased,
    }
  },
})
