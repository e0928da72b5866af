/** A PKCS#11 token: finding, using, making and deleting the keys and certificates in it. */
import { type KeyObject, randomBytes, type X509Certificate } from 'node:crypto'
import { AppError } from '../../errors.ts'
import type { Secret } from '../../secret.ts'
import { readCertificateFields } from './certificate-fields.ts'
import {
  isMechanismRefused,
  isPinRefused,
  moduleFailed,
  named,
  pinLocked,
  pinMissing,
  pinRefused,
  tokenFlags,
} from './errors.ts'
import { type FoundToken, findToken, type TokenWorld } from './find-token.ts'
import type { PrivateKeyObject, TokenContents } from './protocol.ts'
import { checkVisibleKey, publicKeyOf, readAll, selectCertificate, selectKey } from './select.ts'
import { deviceInput, isSignature, type SignatureWay } from './signature.ts'
import type { Pkcs11Uri } from './uri.ts'

/** Called once, and only when the token wants a PIN: with the token's label, for the question. */
export type PinSource = (token: string) => Promise<Secret | undefined>

export interface NewKey {
  readonly bits: number
  readonly label: string
  /** CKA_ID; random when left out. */
  readonly id?: Uint8Array
  /** Another key may have the label: this one is to take its place. */
  readonly beside?: boolean
}

export interface GeneratedKey {
  readonly id: Uint8Array
  /** SubjectPublicKeyInfo, DER. */
  readonly publicKey: Buffer
  /** A PKCS#1 v1.5 signature with SHA-256, checked. */
  sign(data: Uint8Array): Promise<Uint8Array>
}

/**
 * Does some work with the token that the URI means: one process and one login for all of it, and at the end, however it
 * ends, nothing is left open.
 * @throws AppError as `findToken`, and as the work does.
 */
export async function withToken<T>(
  uri: Pkcs11Uri,
  pin: PinSource,
  world: TokenWorld,
  work: (token: Token) => Promise<T>,
): Promise<T> {
  const found = await findToken(uri, world)
  try {
    return await work(new Token(uri, found, pin, world))
  } finally {
    await found.device.close()
  }
}

export class Token {
  readonly label: string
  /** The library that drives it, absolute. */
  readonly module: string
  /** Of library and firmware: with another, the token may do other things. */
  readonly version: string
  readonly serial: string
  readonly #uri: Pkcs11Uri
  readonly #found: FoundToken
  readonly #pinSource: PinSource
  readonly #world: TokenWorld
  #session: 'none' | 'reading' | 'writing' = 'none'
  #isLoggedIn = false
  #refusal: AppError | undefined
  #pin: string | null = null

  constructor(uri: Pkcs11Uri, found: FoundToken, pin: PinSource, world: TokenWorld) {
    const { device, slot } = found
    this.label = slot.token.label
    this.serial = slot.token.serial
    this.module = device.module
    this.version = `${device.description.libraryVersion}/${slot.token.firmware}`
    this.#uri = uri
    this.#found = found
    this.#pinSource = pin
    this.#world = world
  }

  /** What the token shows: before `login`, public objects only. */
  async readContents(): Promise<TokenContents> {
    await this.#openSession()
    return this.#found.device.ask('contents', {})
  }

  /** The certificate, and all that may be of its chain. Throws as `selectCertificate`. @param now milliseconds since 1970 */
  async getCertificate(
    now: number,
  ): Promise<{ certificate: X509Certificate; others: readonly X509Certificate[] }> {
    const contents = await this.readContents()
    return {
      certificate: selectCertificate(this.#uri, contents, this.label, now),
      others: readAll(contents),
    }
  }

  /** Whether the key is the certificate's, as far as that shows without the PIN. Throws as `checkVisibleKey`. */
  async checkKey(certificate: X509Certificate): Promise<'matches' | 'unseen'> {
    return checkVisibleKey(this.#uri, await this.readContents(), this.label, certificate)
  }

  /** The private key; logs in. Throws as `login` and `selectKey`. */
  async getKey(certificate?: X509Certificate): Promise<PrivateKeyObject> {
    await this.login()
    return selectKey(this.#uri, await this.readContents(), this.label, certificate)
  }

  /**
   * A signature that verifies, or undefined where the token cannot sign that way.
   * @throws AppError `denied` for the PIN that a key wants at each use, `unavailable` for a device that is gone.
   */
  async sign(
    key: PrivateKeyObject,
    publicKey: KeyObject,
    way: SignatureWay,
    data: Uint8Array,
  ): Promise<Uint8Array | undefined> {
    const { device } = this.#found
    const bits = publicKey.asymmetricKeyDetails?.modulusLength ?? 0
    const answer = await device.attempt('sign', {
      key: key.handle,
      mechanism: way.mechanism,
      data: Buffer.from(deviceInput(way, data, bits)).toString('base64'),
      pinPerUse: key.pinPerUse,
      pin: this.#pin,
    })
    if ('failed' in answer) {
      if (isPinRefused(answer.failed)) throw pinRefused(this.label, answer.failed, await this.#readFlags())
      if (isMechanismRefused(answer.failed)) {
        this.#world.debug(
          `token ${this.label}: no ${way.algorithm} by ${way.mechanism}: ${answer.failed.message}`,
        )
        return undefined
      }
      throw moduleFailed(device.module, answer.failed)
    }
    const signature = Buffer.from(String(answer.value), 'base64')
    if (isSignature(way.algorithm, publicKey, data, signature)) return signature
    this.#world.debug(`token ${this.label}: its ${way.algorithm} by ${way.mechanism} does not verify`)
    return undefined
  }

  /**
   * Makes a key that cannot leave the token.
   * @throws AppError `usage` when there is one of that label, or for a size that the token has not.
   */
  async generateKey({ bits, label, id = randomBytes(8), beside = false }: NewKey): Promise<GeneratedKey> {
    await this.login('writing')
    const { device } = this.#found
    const { privateKeys, publicKeys } = await this.readContents()
    if (!beside && [...privateKeys, ...publicKeys].some((key) => key.label === label))
      throw new AppError('usage', `there is a key ${named(label)} in token ${named(this.label)} already`, {
        hint: 'give another --key-label, or delete that key first',
      })
    const answer = await device.attempt('generate', {
      bits,
      label,
      id: Buffer.from(id).toString('base64'),
    })
    if ('failed' in answer) throw this.#notGenerated(bits, moduleFailed(device.module, answer.failed))
    const { privateKey, isSafe } = answer.value
    const publicKey = publicKeyOf(answer.value.publicKey)
    if (!isSafe || !publicKey) {
      for (const object of [privateKey, answer.value.publicKey])
        await device.attempt('destroy', { object: object.handle })
      throw new AppError(
        'data',
        `token ${named(this.label)} does not vouch that the key can never leave it`,
        {
          hint: 'the key was deleted again; use another token',
        },
      )
    }
    return {
      id,
      publicKey: publicKey.export({ type: 'spki', format: 'der' }),
      sign: (data) => this.signPkcs1(privateKey, publicKey, data),
    }
  }

  #notGenerated(bits: number, error: AppError): AppError {
    const sizes: ReadonlySet<unknown> = new Set([19, 98])
    const { code } = (error.cause ?? {}) as { code?: number }
    if (!sizes.has(code)) return error
    return new AppError('usage', `token ${named(this.label)} makes no RSA keys of ${bits} bits`, {
      hint: bits > 2048 ? 'most TPMs have 2048 bits, some 3072' : 'ask for 2048, 3072 or 4096 bits',
      cause: error,
    })
  }

  /** A PKCS#1 v1.5 signature with SHA-256, checked. Throws as `sign`, and `data` for a key that gives none. */
  async signPkcs1(key: PrivateKeyObject, publicKey: KeyObject, data: Uint8Array): Promise<Uint8Array> {
    for (const mechanism of ['SHA256_RSA_PKCS', 'RSA_PKCS', 'RSA_X_509'] as const) {
      const signature = await this.sign(key, publicKey, { algorithm: 'RS256', mechanism }, data)
      if (signature) return signature
    }
    throw cannotSign(this.label)
  }

  /** Puts a certificate beside its key, which has the same ID. */
  async storeCertificate({
    der,
    label,
    id,
  }: {
    der: Uint8Array
    label: string
    id: Uint8Array
  }): Promise<void> {
    await this.login('writing')
    const { serial, issuer, subject } = readCertificateFields(der)
    const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
    await this.#found.device.ask('store', {
      label,
      id: text(id),
      value: text(der),
      serial: text(serial),
      issuer: text(issuer),
      subject: text(subject),
    })
  }

  /** Deletes the key pair that the URI means, and the certificates with its ID. Returns how many objects that were. */
  async deleteKey(): Promise<number> {
    await this.login('writing')
    const contents = await this.readContents()
    return this.#deletePair(selectKey(this.#uri, contents, this.label, undefined), contents)
  }

  /** Deletes the keys that `isMeant` accepts, with what belongs to them. Returns how many objects that were. */
  async deleteKeys(isMeant: (key: { label: string; id: Buffer }) => boolean): Promise<number> {
    await this.login('writing')
    const contents = await this.readContents()
    const meant = contents.privateKeys.filter(({ label, id }) =>
      isMeant({ label, id: Buffer.from(id, 'base64') }),
    )
    let deleted = 0
    for (const key of meant) deleted += await this.#deletePair(key, contents)
    return deleted
  }

  async #deletePair({ id, label, handle }: PrivateKeyObject, contents: TokenContents): Promise<number> {
    // Without an ID only the label says what belongs together.
    const others = [...contents.publicKeys, ...contents.certificates].filter((one) =>
      id === '' ? one.id === '' && one.label === label : one.id === id,
    )
    // The private key last: what is left by a failure can be named again.
    for (const object of [...others.map((one) => one.handle), handle])
      await this.#found.device.ask('destroy', { object })
    return others.length + 1
  }

  /**
   * Shows the PIN to the token, once however often it is called. One wrong PIN ends the work: none is tried twice.
   * @throws AppError `denied` for a wrong PIN or a locked token, `interaction` where there is no PIN to be had.
   */
  async login(purpose: 'reading' | 'writing' = 'reading'): Promise<void> {
    await this.#openSession(purpose)
    if (this.#isLoggedIn) return
    if (this.#refusal) throw this.#refusal
    const { device } = this.#found
    const flags = await device.ask('flags', {})
    if (!(flags & tokenFlags.loginRequired)) return
    if (flags & tokenFlags.pinLocked) throw pinLocked(this.label)
    if (!(flags & tokenFlags.pinPad)) {
      const pin = await this.#pinSource(this.label)
      if (!pin) throw pinMissing(this.label)
      this.#pin = pin.reveal()
    }
    if (flags & tokenFlags.pinFinalTry)
      this.#world.warn(`a wrong PIN now locks token ${named(this.label)}: it is the last try`)
    const attempt = () => device.attempt('login', { pin: this.#pin })
    const { exclusively } = this.#world
    // At a keypad a person takes their time.
    const answer = await (exclusively && this.#pin !== null ? exclusively(attempt) : attempt())
    if ('failed' in answer) {
      if (!isPinRefused(answer.failed)) throw moduleFailed(device.module, answer.failed)
      this.#refusal = pinRefused(this.label, answer.failed, await this.#readFlags())
      throw this.#refusal
    }
    this.#isLoggedIn = true
  }

  async #readFlags(): Promise<number | undefined> {
    const answer = await this.#found.device.attempt('flags', {})
    return 'value' in answer ? answer.value : undefined
  }

  async #openSession(purpose: 'reading' | 'writing' = 'reading'): Promise<void> {
    if (this.#session === 'writing' || this.#session === purpose) return
    const { device, slot } = this.#found
    await device.ask('session', { slot: slot.slot, write: purpose === 'writing' })
    this.#session = purpose
  }
}

export const cannotSign = (token: string) =>
  new AppError('data', `the key in token ${named(token)} gives no RSA signature with SHA-256`, {
    hint: 'it must be an RSA key that may sign; --debug says what the token answered',
  })
