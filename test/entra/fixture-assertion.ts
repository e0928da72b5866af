/** Client assertions for tests: good ones, and every kind of bad one. */
import { createHmac, randomUUID } from 'node:crypto'
import { importPKCS8, SignJWT } from 'jose'
import type { SelfSigned } from './certificates.ts'
import { app, assertionType, certificate, type Fields, fields, tokenEndpoint } from './fixture.ts'
import { thumbprint } from './thumbprint.ts'

export const now = () => Math.floor(Date.now() / 1000)

export interface AssertionChanges {
  readonly claims?: Record<string, unknown>
  readonly header?: Record<string, unknown>
  readonly key?: SelfSigned
}

/** A good assertion, but for the changes. Undefined removes a claim or a header parameter. */
export async function assertion({
  claims,
  header,
  key = certificate,
}: AssertionChanges = {}): Promise<string> {
  const all = {
    alg: 'PS256',
    typ: 'JWT',
    'x5t#S256': thumbprint(key.x509, 'x5t#S256'),
    ...header,
  }
  const payload = {
    aud: tokenEndpoint(),
    iss: app.clientId,
    sub: app.clientId,
    jti: randomUUID(),
    nbf: now(),
    exp: now() + 600,
    ...claims,
  }
  if (all.alg === 'none' || all.alg === 'HS256') return forged(all, payload)
  return new SignJWT(payload).setProtectedHeader(all).sign(await importPKCS8(key.privateKeyPem, all.alg))
}

/** What a library refuses to sign: no signature, or the public certificate as an HMAC key. */
function forged(header: { alg: string }, payload: object): string {
  const input = [header, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  if (header.alg === 'none') return `${input}.`
  return `${input}.${createHmac('sha256', certificate.certificatePem).update(input).digest('base64url')}`
}

export async function withAssertion(changes: AssertionChanges = {}, other: Fields = {}): Promise<Fields> {
  return fields({
    client_secret: undefined,
    client_assertion_type: assertionType,
    client_assertion: await assertion(changes),
    ...other,
  })
}
