import { X509Certificate } from 'node:crypto'
import {
  thumbprintSha1,
  thumbprintSha1Hex,
  thumbprintSha256,
  thumbprintSha256Hex,
} from '../../src/crypto/thumbprint.ts'
import { makeLeaf, openssl, read } from './openssl.ts'

test('thumbprints are those openssl prints', () => {
  makeLeaf()
  const certificate = new X509Certificate(read('leaf.crt'))
  const fingerprint = (digest: string) =>
    openssl(`x509 -in leaf.crt -noout -fingerprint -${digest}`)
      .toString()
      .trim()
      .replace(/^.*=/, '')
      .replaceAll(':', '')
  expect(thumbprintSha1Hex(certificate)).toBe(fingerprint('sha1'))
  expect(thumbprintSha256Hex(certificate)).toBe(fingerprint('sha256'))
  expect(Buffer.from(thumbprintSha1(certificate), 'base64url').toString('hex').toUpperCase()).toBe(
    fingerprint('sha1'),
  )
  expect(thumbprintSha256(certificate)).toMatch(/^[\w-]{43}$/)
  expect(Buffer.from(thumbprintSha256(certificate), 'base64url').toString('hex').toUpperCase()).toBe(
    fingerprint('sha256'),
  )
})
