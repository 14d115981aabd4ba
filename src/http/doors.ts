/**
 * Which paths a listener serves. With `ADMIN_PORT` there are two: what people need to look after
 * the service moves to its own, and the other one knows nothing of it.
 */
export type Door = (path: string) => boolean

const ADMIN = /^\/(?:admin|login|logout|session|setup|openapi(?:\.json)?)(?:\/|$)/
const HEALTH = /^\/(?:livez|readyz)$/

export const everyDoor: Door = () => true
export const publicDoor: Door = (path) => !ADMIN.test(path)
export const adminDoor: Door = (path) => ADMIN.test(path) || HEALTH.test(path)
