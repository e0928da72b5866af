/** A PKCS#11 token for tests, whatever module drives it. */
import type { X509Certificate } from 'node:crypto'
import { join } from 'node:path'
import type { TokenWorld } from '../../src/crypto/pkcs11/find-token.ts'
import { publicKeyOf } from '../../src/crypto/pkcs11/select.ts'
import { withToken } from '../../src/crypto/pkcs11/token.ts'
import { formatUri } from '../../src/crypto/pkcs11/uri.ts'
import { Secret } from '../../src/secret.ts'
import { createSelfSignedBy, type SelfSignedOptions } from '../entra/certificates.ts'
import { type Env, projectRoot, type Result, run } from './cli.ts'

export interface TestToken {
  /** How its module finds it. */
  readonly env: Env
  readonly module: string
  readonly label: string
  readonly pin: string
  readonly world: TokenWorld
  /** Makes a key in the token by our own code, with a certificate beside it. */
  readonly generate: (label: string, options?: SelfSignedOptions) => Promise<X509Certificate>
  /** OpenSC's tool on this token, logged in. */
  readonly pkcs11Tool: (...args: string[]) => Promise<Result>
}

export const helper = { command: process.execPath, args: [join(projectRoot, 'dist/pkcs11-helper.cjs')] }

/** The world of a token, of another deadline perhaps. */
export const tokenWorld = (env: Env, extra: Partial<TokenWorld> = {}): TokenWorld => ({
  helper,
  env: { PATH: process.env.PATH, ...env },
  platform: process.platform,
  home: '/nonexistent',
  debug: () => {},
  warn: () => {},
  ...extra,
})

export function testToken(place: Pick<TestToken, 'env' | 'module' | 'label' | 'pin'>): TestToken {
  const { env, module, label, pin } = place
  const world = tokenWorld(env)
  return {
    ...place,
    world,
    generate: (key, { bits = 2048, ...options } = {}) =>
      withToken(
        { token: label, 'module-path': module },
        async () => new Secret(pin),
        world,
        async (token) => {
          const made = await token.generateKey({ bits, label: key })
          const certificate = await createSelfSignedBy(made, { subject: `CN=${key}`, ...options })
          await token.storeCertificate({ der: certificate.raw, label: key, id: made.id })
          return certificate
        },
      ),
    pkcs11Tool: (...args) =>
      run('pkcs11-tool', ['--module', module, '--token-label', label, '--login', '--pin', pin, ...args], {
        env: { PATH: process.env.PATH, ...env },
      }),
  }
}

/** The URI of a key in that token. */
export const uriOf = ({ label, module }: TestToken, key: string): string =>
  formatUri({ token: label, object: key, 'module-path': module })

/** A certificate of a key that is in the token already, by label and, where several have it, by ID in hexadecimal. */
export const certify = (token: TestToken, label: string, id?: string): Promise<X509Certificate> =>
  withToken(
    {
      token: token.label,
      'module-path': token.module,
      object: label,
      ...(id && { id: Buffer.from(id, 'hex') }),
    },
    async () => new Secret(token.pin),
    token.world,
    async (open) => {
      const key = await open.getKey()
      const publicKey = publicKeyOf(key)
      if (!publicKey) throw new Error('the token does not show the modulus')
      const way = { algorithm: 'RS256', mechanism: 'SHA256_RSA_PKCS' } as const
      return createSelfSignedBy(
        {
          publicKey: publicKey.export({ type: 'spki', format: 'der' }),
          sign: async (data) => (await open.sign(key, publicKey, way, data)) as Uint8Array,
        },
        { subject: `CN=${label}` },
      )
    },
  )
