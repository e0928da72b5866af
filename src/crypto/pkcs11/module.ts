/** The functions of one PKCS#11 module that we use, in the process of its own. The sole importer of pkcs11js. */
import type { PKCS11, Template, TokenInfo } from 'pkcs11js'
import { readAttribute, readCertificate, readPrivateKey, readPublicKey } from './attributes.ts'
import type { Actions, Failure, Handle, ModuleDescription, SlotDescription } from './protocol.ts'

export type Library = typeof import('pkcs11js')

/** A slot's numbers and padded texts come as the module has them. */
const trimmed = (text: string) => text.replace(/[\s\0]+$/, '')
const version = ({ major, minor }: { major: number; minor: number }) => `${major}.${minor}`
const fromBase64 = (text: string) => Buffer.from(text, 'base64')

/** CK_ULONG: eight bytes, four on Windows. */
const numberOf = (handle: Buffer) =>
  handle.length === 8 ? handle.readBigUInt64LE() : BigInt(handle.readUInt32LE())

/** More objects than this no token has: a module that goes on is broken. */
const mostObjects = 5000
/** RSA with 16384 bits. */
const longestSignature = 2048

class StepError extends Error {
  readonly step: Failure['step']
  constructor(step: Failure['step'], cause: unknown) {
    super((cause as Error).message.split('\n')[0], { cause })
    this.step = step
  }
}

/** @throws Error with `step`, for what the file or the package is not; else what the module answers. */
export async function loadModule(path: string): Promise<LoadedModule> {
  let library: Library
  try {
    library = (await import('pkcs11js')).default as unknown as Library
  } catch (cause) {
    throw new StepError('package', cause)
  }
  const module = new library.PKCS11()
  try {
    module.load(path)
  } catch (cause) {
    throw new StepError('load', cause)
  }
  try {
    module.C_Initialize()
  } catch (error) {
    if ((error as { code?: number }).code !== library.CKR_CRYPTOKI_ALREADY_INITIALIZED) throw error
  }
  return new LoadedModule(library, module)
}

export class LoadedModule {
  readonly #library: Library
  readonly #module: PKCS11
  #slot: Buffer | undefined
  #session: Buffer | undefined
  #writes = false

  constructor(library: Library, module: PKCS11) {
    this.#library = library
    this.#module = module
  }

  describe(): ModuleDescription {
    const info = this.#module.C_GetInfo()
    return {
      libraryManufacturer: trimmed(info.manufacturerID),
      libraryDescription: trimmed(info.libraryDescription),
      libraryVersion: version(info.libraryVersion),
      slots: this.#module.C_GetSlotList(true).flatMap((slot) => this.#describeSlot(slot) ?? []),
    }
  }

  /** Undefined for a token that cannot be read: it may be another than the one that is wanted. */
  #describeSlot(slot: Buffer): SlotDescription | undefined {
    try {
      const info = this.#module.C_GetSlotInfo(slot)
      const token = this.#tokenInfo(slot)
      return {
        slot: slot.toString('base64'),
        slotId: numberOf(slot).toString(),
        slotDescription: trimmed(info.slotDescription),
        slotManufacturer: trimmed(info.manufacturerID),
        token: {
          label: trimmed(token.label),
          manufacturer: trimmed(token.manufacturerID),
          model: trimmed(token.model),
          serial: trimmed(token.serialNumber),
          flags: token.flags,
          firmware: version(token.firmwareVersion),
        },
      }
    } catch {
      return undefined
    }
  }

  /** While another process logs in, SoftHSM writes the token's file, and reading it may fail: that passes. */
  #tokenInfo(slot: Buffer): TokenInfo {
    for (let tries = 1; ; tries++)
      try {
        return this.#module.C_GetTokenInfo(slot)
      } catch (error) {
        if ((error as { code?: number }).code !== this.#library.CKR_GENERAL_ERROR || tries === 5) throw error
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20)
      }
  }

  openSession(slot: Handle, write: boolean): null {
    const old = this.#session
    this.#slot = fromBase64(slot)
    this.#writes = write
    this.#session = this.#newSession()
    // A login lasts while one session is open.
    if (old) this.#module.C_CloseSession(old)
    return null
  }

  #newSession(): Buffer {
    const { CKF_SERIAL_SESSION, CKF_RW_SESSION } = this.#library
    if (!this.#slot) throw new Error('no slot is chosen')
    return this.#module.C_OpenSession(this.#slot, CKF_SERIAL_SESSION | (this.#writes ? CKF_RW_SESSION : 0))
  }

  get #open(): Buffer {
    if (!this.#session) throw new Error('no session is open')
    return this.#session
  }

  login(pin: string | null): null {
    this.#login(this.#library.CKU_USER, pin)
    return null
  }

  #login(user: number, pin: string | null): void {
    try {
      // pkcs11js has no null: for a keypad, an empty PIN stands for it.
      this.#module.C_Login(this.#open, user, pin ?? '')
    } catch (error) {
      if ((error as { code?: number }).code !== this.#library.CKR_USER_ALREADY_LOGGED_IN) throw error
    }
  }

  readFlags(): number {
    return this.#slot ? this.#tokenInfo(this.#slot).flags : 0
  }

  readContents(): Actions['contents']['answer'] {
    const { CKO_CERTIFICATE, CKO_PUBLIC_KEY, CKO_PRIVATE_KEY } = this.#library
    const read = this.#reader
    return {
      certificates: this.#find(CKO_CERTIFICATE).flatMap((object) => readCertificate(object, read) ?? []),
      publicKeys: this.#find(CKO_PUBLIC_KEY).map((object) => readPublicKey(object, read)),
      privateKeys: this.#find(CKO_PRIVATE_KEY).map((object) => readPrivateKey(object, read)),
    }
  }

  get #reader() {
    const session = this.#open
    return {
      library: this.#library,
      attribute: (object: Buffer, type: number) => readAttribute(this.#module, session, object, type),
    }
  }

  #find(objectClass: number): Buffer[] {
    const session = this.#open
    const found: Buffer[] = []
    this.#module.C_FindObjectsInit(session, [{ type: this.#library.CKA_CLASS, value: objectClass }])
    try {
      for (;;) {
        const more = this.#module.C_FindObjects(session, 100)
        found.push(...more)
        if (more.length === 0) return found
        if (found.length > mostObjects) throw new Error('it lists objects without end')
      }
    } finally {
      this.#module.C_FindObjectsFinal(session)
    }
  }

  /** The PIN of a key that wants it at each use goes between the two calls (PKCS#11 2.40, section 5.11). */
  async sign(request: Actions['sign']['request']): Promise<string> {
    const { CKU_CONTEXT_SPECIFIC } = this.#library
    try {
      this.#module.C_SignInit(this.#open, this.#mechanism(request.mechanism), fromBase64(request.key))
      if (request.pinPerUse) this.#login(CKU_CONTEXT_SPECIFIC, request.pin)
      const room = Buffer.alloc(longestSignature)
      const signature = await this.#module.C_SignAsync(this.#open, fromBase64(request.data), room)
      return signature.toString('base64')
    } catch (error) {
      this.#renewSession()
      throw error
    }
  }

  /** A failed signature may stay active in its session. */
  #renewSession(): void {
    try {
      const old = this.#open
      this.#session = this.#newSession()
      this.#module.C_CloseSession(old)
    } catch {
      // The signature's own error says more.
    }
  }

  #mechanism(name: Actions['sign']['request']['mechanism']) {
    const library = this.#library
    const mechanism = library[`CKM_${name}`]
    if (!name.endsWith('_PSS')) return { mechanism }
    const { CK_PARAMS_RSA_PSS, CKM_SHA256, CKG_MGF1_SHA256 } = library
    const parameter = { type: CK_PARAMS_RSA_PSS, hashAlg: CKM_SHA256, mgf: CKG_MGF1_SHA256, saltLen: 32 }
    return { mechanism, parameter }
  }

  /** The attributes that both SoftHSM and tpm2-pkcs11 accept: the latter refuses any that are false but EXTRACTABLE. */
  async generate({
    bits,
    label,
    id,
  }: Actions['generate']['request']): Promise<Actions['generate']['answer']> {
    const { CKA_TOKEN, CKA_PRIVATE, CKA_ID, CKA_LABEL, CKA_MODULUS_BITS, CKA_PUBLIC_EXPONENT } = this.#library
    const { CKA_VERIFY, CKA_SIGN, CKA_SENSITIVE, CKA_EXTRACTABLE, CKM_RSA_PKCS_KEY_PAIR_GEN } = this.#library
    const names: Template = [
      { type: CKA_TOKEN, value: true },
      { type: CKA_ID, value: fromBase64(id) },
      { type: CKA_LABEL, value: label },
    ]
    const pair = await this.#module.C_GenerateKeyPairAsync(
      this.#open,
      { mechanism: CKM_RSA_PKCS_KEY_PAIR_GEN },
      [
        ...names,
        { type: CKA_MODULUS_BITS, value: bits },
        { type: CKA_PUBLIC_EXPONENT, value: Buffer.from([1, 0, 1]) },
        { type: CKA_VERIFY, value: true },
      ],
      [
        ...names,
        { type: CKA_PRIVATE, value: true },
        { type: CKA_SENSITIVE, value: true },
        { type: CKA_EXTRACTABLE, value: false },
        { type: CKA_SIGN, value: true },
      ],
    )
    return {
      publicKey: readPublicKey(pair.publicKey, this.#reader),
      privateKey: readPrivateKey(pair.privateKey, this.#reader),
      isSafe: this.#isSafe(pair.privateKey),
    }
  }

  /** What was asked for is not always what was made: the token itself says. */
  #isSafe(key: Buffer): boolean {
    const { CKA_EXTRACTABLE, CKA_SENSITIVE, CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE } = this.#library
    const read = (type: number) => this.#reader.attribute(key, type)?.[0]
    return (
      read(CKA_EXTRACTABLE) === 0 &&
      [CKA_SENSITIVE, CKA_ALWAYS_SENSITIVE, CKA_NEVER_EXTRACTABLE].every((type) => read(type) === 1)
    )
  }

  store({ label, id, value, subject, issuer, serial }: Actions['store']['request']): null {
    const library = this.#library
    this.#module.C_CreateObject(this.#open, [
      { type: library.CKA_CLASS, value: library.CKO_CERTIFICATE },
      { type: library.CKA_CERTIFICATE_TYPE, value: library.CKC_X_509 },
      { type: library.CKA_TOKEN, value: true },
      { type: library.CKA_LABEL, value: label },
      { type: library.CKA_ID, value: fromBase64(id) },
      { type: library.CKA_SUBJECT, value: fromBase64(subject) },
      { type: library.CKA_ISSUER, value: fromBase64(issuer) },
      { type: library.CKA_SERIAL_NUMBER, value: fromBase64(serial) },
      { type: library.CKA_VALUE, value: fromBase64(value) },
    ])
    return null
  }

  destroy(object: Handle): null {
    this.#module.C_DestroyObject(this.#open, fromBase64(object))
    return null
  }

  close(): void {
    const steps = [
      () => this.#session && this.#module.C_Logout(this.#session),
      () => this.#session && this.#module.C_CloseSession(this.#session),
      () => this.#module.C_Finalize(),
    ]
    for (const step of steps)
      try {
        step()
      } catch {
        // Each is tried, whatever the one before said.
      }
  }
}
