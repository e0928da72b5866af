/**
 * What is said between this program and the process in which a PKCS#11 module runs: requests as JSON lines on its
 * standard input, one answer each on a pipe of its own, so that whatever a module prints cannot be taken for one.
 * Bytes are base64. The PIN travels in a request, never in arguments or the environment.
 */

/** The answers' file descriptor in the child. */
export const answerPipe = 3

/** A handle of the module's, as base64: good for one process. */
export type Handle = string

export interface SlotDescription {
  readonly slot: Handle
  /** The slot's number, which may change from start to start. */
  readonly slotId: string
  readonly slotDescription: string
  readonly slotManufacturer: string
  readonly token: TokenDescription
}

export interface TokenDescription {
  readonly label: string
  readonly manufacturer: string
  readonly model: string
  readonly serial: string
  /** CKF_… of CK_TOKEN_INFO. */
  readonly flags: number
  /** `MAJOR.MINOR`. */
  readonly firmware: string
}

export interface ModuleDescription {
  readonly libraryManufacturer: string
  readonly libraryDescription: string
  readonly libraryVersion: string
  /** Slots whose token is there. */
  readonly slots: readonly SlotDescription[]
}

export interface CertificateObject {
  readonly handle: Handle
  readonly label: string
  readonly id: string
  /** DER. */
  readonly value: string
}

export interface KeyObject {
  readonly handle: Handle
  readonly label: string
  readonly id: string
  /** RSA's; absent for keys of other types, and where the token does not tell. */
  readonly modulus?: string
  readonly publicExponent?: string
}

export interface PrivateKeyObject extends KeyObject {
  /** CKA_ALWAYS_AUTHENTICATE: the PIN again, at each use. */
  readonly pinPerUse: boolean
  /** True only where the token says that the key can leave it. */
  readonly extractable: boolean
}

export interface TokenContents {
  readonly certificates: readonly CertificateObject[]
  readonly publicKeys: readonly KeyObject[]
  /** Most tokens show these only after the PIN. */
  readonly privateKeys: readonly PrivateKeyObject[]
}

/** The mechanisms by which an RSA signature can be had; in each, who does how much of it differs. */
export const mechanisms = [
  'SHA256_RSA_PKCS_PSS',
  'RSA_PKCS_PSS',
  'SHA256_RSA_PKCS',
  'RSA_PKCS',
  'RSA_X_509',
] as const
export type Mechanism = (typeof mechanisms)[number]

/** What can be asked, and what is answered. */
export interface Actions {
  open: { request: { module: string }; answer: ModuleDescription }
  session: { request: { slot: Handle; write: boolean }; answer: null }
  /** Without a PIN the token asks for it itself, on its own keypad. */
  login: { request: { pin: string | null }; answer: null }
  /** The flags of the token now: they tell how many tries are left. */
  flags: { request: object; answer: number }
  contents: { request: object; answer: TokenContents }
  sign: {
    request: { key: Handle; mechanism: Mechanism; data: string; pinPerUse: boolean; pin: string | null }
    answer: string
  }
  generate: {
    request: { bits: number; label: string; id: string }
    answer: { publicKey: KeyObject; privateKey: PrivateKeyObject; isSafe: boolean }
  }
  store: {
    request: { label: string; id: string; value: string; subject: string; issuer: string; serial: string }
    answer: null
  }
  destroy: { request: { object: Handle }; answer: null }
}

export type Action = keyof Actions
export type Request = { [A in Action]: { readonly action: A } & Readonly<Actions[A]['request']> }[Action]

/** Where a failure happened: loading the package, loading the module, or in one of the module's functions. */
export interface Failure {
  readonly step: 'package' | 'load' | 'module'
  readonly message: string
  /** CKR_… */
  readonly code?: number
  /** C_… */
  readonly method?: string
}

export type Answer<A extends Action> = { readonly value: Actions[A]['answer'] } | { readonly failed: Failure }
