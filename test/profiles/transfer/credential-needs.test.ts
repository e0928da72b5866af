/** What an imported credential does at each use is said, before it does it. */
import { credentialReferences } from '../../../src/profiles/transfer/credential-needs.ts'

test("a PKCS#11 token's library is a program that would be loaded", () => {
  const credential = (key: string) => ({ credential: { type: 'certificate' as const, key, pin: 'env:PIN' } })
  expect(credentialReferences(credential('pkcs11:token=t?module-path=/tmp/p11%20x.so'))).toEqual([
    'loads at each use: /tmp/p11 x.so',
    'reads at each use: env:PIN',
  ])
  expect(credentialReferences(credential('pkcs11:token=t'))).toEqual(['reads at each use: env:PIN'])
})
