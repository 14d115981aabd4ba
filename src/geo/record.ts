import { isHosting } from './hosting'
import type { Found } from './source'

/** Longest name of a city or an organisation that is kept. */
const LONGEST_NAME = 120

type Fields = Record<string, unknown>

/**
 * What a record says about a place, whoever wrote it: the rows of mmdb files (DB-IP's flat ones,
 * the nested ones of GeoIP2 and GeoLite2, IPinfo's) and the answers of HTTP providers (IPinfo's
 * several forms, ip-api's and their like). Null when the record knows no place; undefined when it
 * is none of these.
 *
 * The names in it end up in a database and on a page: they are cut, and come without control
 * characters. What does not look like a country, a coordinate or a number of a system is left out.
 */
export function readRecord(record: unknown): Found | null | undefined {
  if (!isFields(record)) return undefined
  const location = readLocation(record)
  const operator = readOperator(record)
  if (location || operator) return { ...location, ...operator }
  return ANSWERS_WITHOUT_PLACE.some((field) => field in record) ? null : undefined
}

/** What is in a record about an address of which nothing is known. */
const ANSWERS_WITHOUT_PLACE = ['ip', 'query', 'bogon', 'continent', 'continent_code']

function readLocation(record: Fields) {
  const { city, location, geo, loc, registered_country: registered } = record
  if (isFields(geo)) return readLocation(geo)
  const country = first(
    countryCode(record.country_code),
    countryCode(record.countryCode),
    countryCode(codeIn(record.country)),
    countryCode(codeIn(registered)),
  )
  if (country === null) return undefined

  const [near, far] = typeof loc === 'string' ? loc.split(',') : []
  const point = isFields(location) ? location : record
  return {
    country,
    city: name(isFields(city) ? englishName(city) : city),
    latitude: first(
      coordinate(point.latitude, 90),
      coordinate(point.lat, 90),
      coordinate(near, 90),
    ),
    longitude: first(
      coordinate(point.longitude, 180),
      coordinate(point.lon, 180),
      coordinate(point.lng, 180),
      coordinate(far, 180),
    ),
  }
}

function readOperator(record: Fields) {
  const { as, asn: system, connection } = record
  const nested = [as, system, connection].find(isFields) ?? {}
  const asn = first(
    systemNumber(system),
    systemNumber(record.autonomous_system_number),
    systemNumber(nested.asn),
    systemNumber(as),
    systemNumber(record.org, 'AS'),
  )
  if (asn === null) return undefined

  const organisation = first(
    name(record.as_name),
    name(record.autonomous_system_organization),
    name(nested.name),
    name(nested.org),
    name(withoutNumber(record.org)),
    name(withoutNumber(as)),
    name(record.isp),
  )
  return { asn, organisation, hosting: saidHosting(record, nested) ?? isHosting(asn, organisation) }
}

function saidHosting({ hosting, is_hosting: isOne, privacy }: Fields, nested: Fields) {
  const said = [hosting, isOne, isFields(privacy) ? privacy.hosting : undefined]
  if (typeof nested.type === 'string') said.push(nested.type === 'hosting')
  return said.find((value) => typeof value === 'boolean')
}

/** `US`, or what holds it: `{"iso_code":"US"}`, `{"code":"US"}`. */
function codeIn(country: unknown): unknown {
  return isFields(country) ? (country.iso_code ?? country.code) : country
}

/** GeoIP2 has its names by language. */
function englishName(city: Fields): unknown {
  return isFields(city.names) ? city.names.en : city.name
}

/** `XX` and `ZZ` are what some say in place of nothing (ISO 3166-1 leaves them to their users). */
function countryCode(value: unknown): string | null {
  if (typeof value !== 'string' || !/^[a-z]{2}$/i.test(value)) return null
  const code = value.toUpperCase()
  return code === 'XX' || code === 'ZZ' ? null : code
}

function coordinate(value: unknown, most: number): number | null {
  if (typeof value !== 'number' && typeof value !== 'string') return null
  const degrees = value === '' ? Number.NaN : Number(value)
  return Math.abs(degrees) <= most ? degrees : null
}

/** `15169`, `AS15169`, `AS15169 Google LLC`; a number without `AS` only where no text can follow. */
function systemNumber(value: unknown, prefix = ''): number | null {
  if (typeof value !== 'number' && typeof value !== 'string') return null
  const text = String(value)
  const digits = /^AS(\d{1,10})\b/i.exec(text)?.[1] ?? (prefix === '' ? text : '')
  const asn = /^\d+$/.test(digits) ? Number(digits) : 0
  return asn > 0 && asn < 2 ** 32 ? asn : null
}

function withoutNumber(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/^AS\d+\s*/i, '') : undefined
}

function name(value: unknown): string | null {
  if (typeof value !== 'string') return null
  const text = value
    .toWellFormed()
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    // What turns the direction of a text around; whole languages need the two joiners.
    .replaceAll(/(?![\u200c\u200d])\p{Cf}/gu, '')
    .trim()
  return text === ''
    ? null
    : Array.from(text.slice(0, 2 * LONGEST_NAME))
        .slice(0, LONGEST_NAME)
        .join('')
}

function first<Value>(...values: (Value | null)[]): Value | null {
  return values.find((value) => value !== null) ?? null
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
