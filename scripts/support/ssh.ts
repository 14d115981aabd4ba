import { type Address, parseAddress } from '../../src/net/address'

/**
 * The address that the person at this terminal has logged in from, as sshd tells it; undefined on
 * the machine itself, and behind sudo, which does not pass it on.
 */
export function sshClient(variables: NodeJS.ProcessEnv = process.env): Address | undefined {
  const [client = ''] = (variables.SSH_CONNECTION || variables.SSH_CLIENT || '').split(' ')
  return parseAddress(client.replace(/%.*/, ''))
}
