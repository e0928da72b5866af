import { createPrivateKey } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { localSigner } from '../../src/crypto/local-signer.ts'
import { makeLeaf, openssl, pathOf, read } from './openssl.ts'

beforeAll(() => {
  makeLeaf()
  openssl('x509 -in leaf.crt -noout -pubkey -out leaf.pub')
  writeFileSync(pathOf('data'), 'the data')
})

test.each<['PS256' | 'RS256', string]>([
  ['PS256', '-sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:32 -sigopt rsa_mgf1_md:sha256'],
  ['RS256', '-sigopt rsa_padding_mode:pkcs1'],
])('openssl verifies %s', async (algorithm, options) => {
  const signer = localSigner(createPrivateKey(read('leaf.key')), algorithm)
  expect(signer.algorithm).toBe(algorithm)
  writeFileSync(pathOf('signature'), await signer.sign(Buffer.from('the data')))
  const verified = openssl(`dgst -sha256 -verify leaf.pub ${options} -signature signature data`)
  expect(verified.toString()).toContain('Verified OK')
})
