import { createHash, randomBytes } from 'node:crypto'

/** A secret nobody can guess: 256 random bits, as 43 characters that fit into headers and URLs. */
export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

/**
 * What is stored of a token. A plain SHA-256 is enough: slow hashes protect what people make up,
 * and 256 random bits cannot be tried out.
 */
export function hashToken(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
