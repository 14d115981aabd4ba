import { existsSync, statfsSync, statSync } from 'node:fs'
import { isIP } from 'node:net'
import path from 'node:path'
import { DEFAULT_ESCALATION } from './blocklist/escalation'
import { DETECTOR_NAMES, type DetectorName } from './detection/learned/detector'
import { isMmdbFile } from './geo/mmdb-metadata'
import { isProviderUrl } from './geo/provider'
import { parseRegions } from './geo/regions'
import { requireDuration } from './http/duration'
import { InvalidNetwork, type Network, requireNetwork } from './net/network'
import { quote } from './net/refusal'
import { requestPath } from './net/request-path'
import { Environment } from './platform/environment'
import { LOG_LEVELS } from './platform/logger'
import { isScheduleRule } from './platform/scheduler'
import { parseTiers } from './rate-limit/tier'

/** What Linux calls the file system of /proc (statfs(2)). */
const PROC_FILES = 0x9fa0

export type Config = ReturnType<typeof readConfig>

/**
 * Every setting of the service: its name, meaning and default.
 * The safe value is the default; throws WrongSettings, which names all that are wrong.
 */
export function readConfig(variables: NodeJS.ProcessEnv) {
  const read = new Environment(variables)
  const config = {
    /** Where the service listens. */
    port: read.integer('PORT', 3000, 0, 65_535),
    host: read.accepted('HOST', '127.0.0.1', isHostName, 'an address or a host name'),
    /** Where /admin and signing in are, when not there; PORT is then without them. */
    adminPort: read.port('ADMIN_PORT'),
    adminHost: read.accepted('ADMIN_HOST', '127.0.0.1', isHostName, 'an address or a host name'),
    /** Embedded database, spool and snapshots. */
    dataDir: path.resolve(
      read.accepted(
        'DATA_DIR',
        './data',
        canHoldData,
        'a folder on a disk, or the path of a new one',
      ),
    ),
    /** Megabytes of the request log that may wait for the database; past it the oldest are given up. */
    spoolMaxMb: read.integer('SPOOL_MAX_MB', 256, 1, 1_000_000),
    /** Postgres; the embedded database when unset. */
    databaseUrl: read.accepted(
      'DATABASE_URL',
      undefined,
      isUrlOf('postgres:', 'postgresql:'),
      'a postgres:// address',
    ),
    /** Redis; in-process memory when unset. */
    redisUrl: read.accepted(
      'REDIS_URL',
      undefined,
      isUrlOf('redis:', 'rediss:'),
      'a redis:// address',
    ),

    /** Proxies whose client-address header is believed; nobody by default. */
    trustedProxies: read.entries('TRUSTED_PROXIES', parseNetworks),
    /** The one header that is believed, from trusted proxies only. */
    clientIpHeader: read
      .accepted('CLIENT_IP_HEADER', 'x-forwarded-for', isHeaderName, 'the name of a header')
      .toLowerCase(),

    /** Path prefixes that nobody asks for by accident; whole segments. */
    sensitivePaths: read.list(
      'SENSITIVE_PATHS',
      ['/admin', '/login'],
      parsePathPrefix,
      'paths such as /admin',
    ),
    /** More requests than this in one hour are suspicious. */
    maxRequestsPerHour: read.integer('MAX_REQUESTS_PER_HOUR', 100, 1, 1_000_000_000),
    /** When closed hours are judged; a node-schedule rule, UTC. */
    detectionSchedule: read.accepted(
      'DETECTION_SCHEDULE',
      '0 * * * *',
      isScheduleRule,
      'a cron rule such as 0 * * * *',
    ),

    /** Which learned detectors judge beside the rules. */
    detectors: read.list<DetectorName>(
      'DETECTORS',
      ['forest'],
      parseDetectorName,
      `some of ${DETECTOR_NAMES.join(', ')}`,
    ),

    /** Whether addresses that say they are a crawler are looked up in DNS, once an hour. */
    verifyCrawlers: read.choice('VERIFY_CRAWLERS', ['off', 'dns'], 'off'),
    /** Whether people who look at an address are told its names in DNS. */
    reverseNames: read.choice('REVERSE_NAMES', ['off', 'dns'], 'off'),
    /** Files with the addresses of crawlers, as these publish them. */
    crawlerRanges: read.list('CRAWLER_RANGES', [], parseFile, 'files that can be read'),
    /** One's own monitors: addresses and networks that are not judged. */
    monitors: read.entries('MONITORS', parseNetworks),

    /** Whether the detection blocks by itself: for a while, by rules alone, never by a learned score. */
    autoblock: read.choice('AUTOBLOCK', ['off', 'rules'], 'off'),
    /** Most blocks that it gives by itself in an hour. */
    autoblockPerHour: read.integer('AUTOBLOCK_PER_HOUR', 50, 1, 100_000),

    /** Login attempts per minute: for a client without a session, and for one with. */
    loginLimitAnonymous: read.integer('LOGIN_LIMIT_ANONYMOUS', 5, 1, 10_000),
    loginLimitAuthenticated: read.integer('LOGIN_LIMIT_AUTHENTICATED', 10, 1, 10_000),
    /** Plans: `free=60/1m anonymous; member=600/1m authenticated; partner=10000/1h key`. */
    rateLimits: read.entries('RATE_LIMITS', parseTiers),

    /** How long the first, second, … block of a repeat offender lasts, in milliseconds. */
    blockEscalation: read.list(
      'BLOCK_ESCALATION',
      [...DEFAULT_ESCALATION],
      parseDuration,
      'durations such as 4h, 1d, 7d',
    ),

    /** Localised versions of a site behind forward-auth: `de,at=/de/; *=/en/`. */
    regionRedirects: read.entries('REGION_REDIRECTS', parseRegions),

    /** How addresses are kept in the request log. */
    ipStorage: read.choice('IP_STORAGE', ['full', 'truncated', 'hashed'], 'full'),
    /** Hours after which stored addresses are truncated. */
    anonymizeAfterHours: read.integer('ANONYMIZE_AFTER_HOURS', 24, 1, 87_600),
    /** Days after which rows of the request log are deleted. */
    retentionDays: read.integer('RETENTION_DAYS', 30, 1, 3_650),
    /** Days after which entries of the audit log are deleted: the history of blocks, and who did what. */
    auditDays: read.integer('AUDIT_DAYS', 365, 1, 3_650),
    /** Whether `DNT: 1` opts a request out, as `Sec-GPC: 1` always does. */
    honorDnt: read.choice('HONOR_DNT', ['true', 'false'], 'false') === 'true',
    /** Whom people ask about their data, as `GET /privacy` tells them. */
    privacyContact: read.text('PRIVACY_CONTACT'),

    /** An mmdb file with cities instead of the bundled one. */
    geoCityDb: read.accepted('GEO_CITY_DB', undefined, isMmdbFile, 'an mmdb file that can be read'),
    /** How long a place is remembered. */
    geoCacheHours: read.integer('GEO_CACHE_HOURS', 24, 1, 720),
    /** An HTTP provider that corrects what the files know; it may hold a key, so it is not shown. */
    geoApiUrl: read.secret(
      'GEO_API_URL',
      isProviderUrl,
      'an http(s) address with {ip} in its path or query, such as https://ipinfo.io/{ip}/json',
    ),
    /** Sent to it as a bearer token. */
    geoApiToken: read.secret('GEO_API_TOKEN', isToken, 'visible ASCII characters'),
    /** How long one of its answers may take. */
    geoApiTimeoutMs: read.integer('GEO_API_TIMEOUT_MS', 2_000, 100, 30_000),
    /** Most questions to it in a day (UTC). */
    geoApiDailyBudget: read.integer('GEO_API_DAILY_BUDGET', 1_000, 1, 100_000_000),

    logLevel: read.choice('LOG_LEVEL', LOG_LEVELS, 'info'),
  }
  read.finish()
  return config
}

/** Whether a folder could be made there: not below a file, nor in /proc, where node tries for ever. */
function canHoldData(text: string): boolean {
  let nearest = path.resolve(text)
  while (!existsSync(nearest)) nearest = path.dirname(nearest)
  return statSync(nearest).isDirectory() && statfsSync(nearest).type !== PROC_FILES
}

function isUrlOf(...protocols: string[]) {
  return (text: string) => URL.canParse(text) && protocols.includes(new URL(text).protocol)
}

/** IPv6 goes without brackets, as `listen` takes it. */
function isHostName(text: string): boolean {
  return isIP(text) !== 0 || /^[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/i.test(text)
}

/** A token of RFC 9110, section 5.6.2. */
function isHeaderName(text: string): boolean {
  return /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/.test(text)
}

/** What an Authorization header can carry. */
function isToken(text: string): boolean {
  return /^[!-~]+$/.test(text)
}

/** Addresses and networks, comma-separated. */
function parseNetworks(text: string, wrong: (entry: string, why: string) => void): Network[] {
  const entries = text.split(/[ \t\r\n]*,[ \t\r\n]*/).filter(Boolean)
  return entries.flatMap((entry) => {
    try {
      return requireNetwork(entry)
    } catch (error) {
      if (!(error instanceof InvalidNetwork)) throw error
      wrong(entry, error.message.slice(quote(entry).length + 1))
      return []
    }
  })
}

/** Whatever its spelling, it must not be the root, below which everything is. */
function parseDuration(text: string): number | undefined {
  try {
    return requireDuration(text)
  } catch {
    return undefined // The setting is named with what it takes.
  }
}

function parsePathPrefix(text: string): string | undefined {
  return text.startsWith('/') && requestPath(text) !== '/' ? text : undefined
}

function parseFile(text: string): string | undefined {
  return existsSync(text) && statSync(text).isFile() ? path.resolve(text) : undefined
}

function parseDetectorName(text: string): DetectorName | undefined {
  return DETECTOR_NAMES.find((name) => name === text)
}
