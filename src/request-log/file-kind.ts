/**
 * What kind of file a path names. People miss pages of the kinds that a site has; who asks for archives,
 * dumps or hidden files where there are none has not mistyped an address.
 */
export enum FileKind {
  /** No file: a page under a name of its own. */
  Page,
  /** A page in a file (`.html`). */
  Document,
  /** A program that makes pages (`.php`, `.aspx`). */
  Program,
  /** Packed files, and copies that somebody put aside (`.zip`, `.bak`). */
  Copy,
  /** Data that programs exchange and people read (`.json`, `.txt`). */
  Data,
  /** What is for the server alone: dumps, settings, logs, keys. */
  Inside,
  /** Parts of pages, pictures, things to read and to watch. */
  Media,
  /** A hidden file or folder (`.env`). */
  Hidden,
}

const ENDINGS: Partial<Record<FileKind, string>> = {
  [FileKind.Document]: 'html htm xhtml shtml',
  [FileKind.Program]:
    'php php3 php4 php5 php7 phtml asp aspx ashx asmx jsp jspx do action cgi pl py cfm rb',
  [FileKind.Copy]:
    'zip gz tar tgz rar 7z bz2 xz zst bak bkp old orig save saved copy backup tmp swp swo dist',
  [FileKind.Data]: 'json xml txt csv md rss atom xls xlsx',
  [FileKind.Inside]:
    'sql sqlite sqlite3 db db3 mdb dump env ini conf cnf cfg config yml yaml toml properties log key pem crt cer p12 pfx jks ppk lock sh bat ps1 inc passwd htpasswd',
  [FileKind.Media]:
    'css js mjs map png jpg jpeg gif webp avif svg ico bmp woff woff2 ttf otf eot mp3 mp4 m4a ogg webm mov avi pdf doc docx ppt pptx epub wasm',
}

const KIND_OF = new Map(
  Object.entries(ENDINGS).flatMap(([kind, endings]) =>
    endings.split(' ').map((ending) => [ending, Number(kind) as FileKind] as const),
  ),
)

const HIDDEN = /\/\.(?!well-known\b)/

/** The kind of file that a canonical path (`requestPath`) names; a name that ends in `~` is a copy. */
export function fileKindOf(path: string): FileKind {
  if (HIDDEN.test(path)) return FileKind.Hidden
  if (path.endsWith('~')) return FileKind.Copy
  const name = path.slice(path.lastIndexOf('/') + 1)
  const dot = name.lastIndexOf('.')
  return dot < 0 ? FileKind.Page : (KIND_OF.get(name.slice(dot + 1)) ?? FileKind.Page)
}
