/** In the audit log and on findings, when nobody did something but this service. */
export const MACHINE = 'portcullis'
