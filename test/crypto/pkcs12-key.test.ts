/** Known answers of PKCS#12's key derivation, as published with RSA's PKCS #12 1.0 and used by Bouncy Castle and OpenSSL. */

import { passwordBytes } from '../../src/crypto/password-bytes.ts'
import { derivePkcs12Key, pkcs12Purpose } from '../../src/crypto/pkcs12-key.ts'
import { Secret } from '../../src/secret.ts'

test.each<[string, keyof typeof pkcs12Purpose, string, number, string]>([
  ['smeg', 'key', '0a58cf64530d823f', 1, '8aaae6297b6cb04642ab5b077851284eb7128f1a2a7fbca3'],
  ['smeg', 'iv', '0a58cf64530d823f', 1, '79993dfe048d3b76'],
  ['smeg', 'key', '642b99ab44fb4b1f', 1, 'f3a95fec48d7711e985cfe67908c5ab79fa3d7c5caa5d966'],
  ['smeg', 'iv', '642b99ab44fb4b1f', 1, 'c0a38d64a79bea1d'],
  ['smeg', 'mac', '3d83c0e4546ac140', 1, '8d967d88f6caa9d714800ab3d48051d63f73a312'],
  ['queeg', 'key', '05dec959acff72f7', 1000, 'ed2034e36328830ff09df1e1a07dd357185dac0d4f9eb3d4'],
  ['queeg', 'iv', '05dec959acff72f7', 1000, '11dedad7758d4860'],
  ['queeg', 'key', '1682c0fc5b3f7ec5', 1000, '483dd6e919d7de2e8e648ba8f862f3fbfbdc2bcb2c02957f'],
  ['queeg', 'iv', '1682c0fc5b3f7ec5', 1000, '9d461d1b00355c50'],
  ['queeg', 'mac', '263216fcc2fab31c', 1000, '5ec4c7a80df652294c3925b6489a7ab857c83476'],
])('%s, %s, salt %s, %i iterations', async (text, purpose, salt, iterations, expected) => {
  const request = {
    digest: 'sha1',
    purpose: pkcs12Purpose[purpose],
    password: passwordBytes(new Secret(text)).bmp,
    salt: Buffer.from(salt, 'hex'),
    iterations,
    length: expected.length / 2,
  }
  expect((await derivePkcs12Key(request)).toString('hex')).toBe(expected)
})
