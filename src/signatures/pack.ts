import type { Signature } from './signature'

/**
 * What attackers ask for, as data: `pattern.ts` says how a pattern is written, and
 * `test/signatures/pack.test.ts` shows for every entry what it matches and what it does not.
 */
export const SIGNATURES: readonly Signature[] = [
  {
    name: 'environment-file',
    title: 'a file of settings and passwords (.env)',
    family: 'secrets',
    severity: 'high',
    path: ['/.env*', '*.env/'],
  },
  {
    name: 'version-control',
    title: 'the history of the source code (.git, .svn)',
    family: 'secrets',
    severity: 'high',
    path: ['/.git/', '/.svn/', '/.hg/', '/.bzr/'],
  },
  {
    name: 'wordpress-login',
    title: "WordPress' sign-in",
    family: 'cms',
    severity: 'low',
    path: ['/wp-login.php/', '/wp-admin/'],
  },
  {
    name: 'log4shell',
    title: 'code for Log4j (Log4Shell)',
    family: 'exploits',
    severity: 'high',
    reference: 'CVE-2021-44228',
    target: ['${jndi:'],
    agent: ['${jndi:'],
  },
  {
    name: 'sql-injection-union',
    title: 'SQL that reads other tables (union select)',
    family: 'injection',
    severity: 'high',
    reference: 'https://owasp.org/www-community/attacks/SQL_Injection',
    target: ['union select … from', 'union all select', 'union select N,N'],
  },
  {
    name: 'nikto',
    title: 'the scanner Nikto',
    family: 'scanners',
    severity: 'high',
    agent: ['nikto'],
  },
]
