/** What a PKCS#11 module's failures mean, and what to do about them. */
import { AppError, type ErrorCode } from '../../errors.ts'
import { safeText } from '../../output/safe-text.ts'
import type { Failure } from './protocol.ts'

interface Meaning {
  readonly code: ErrorCode
  /** What the name of the value does not say. */
  readonly says?: string
  readonly hint: string
}

const again = 'see that the device is connected and its service runs, then try again'
const start =
  'see its configuration: SOFTHSM2_CONF for SoftHSM, TPM2_PKCS11_STORE and access to /dev/tpmrm0 (group tss) for a TPM, pcscd for a YubiKey'
const gone: Meaning = { code: 'unavailable', says: 'the token was taken away', hint: again }
const refused: Meaning = {
  code: 'denied',
  says: 'the token does not allow this',
  hint: "its policy, or the object's own attributes, forbid it",
}

/** Names and meanings of the return values that can be explained (PKCS#11 2.40, section 5.1). */
const meanings: Readonly<Record<number, readonly [name: string, meaning?: Meaning]>> = {
  2: ['CKR_HOST_MEMORY'],
  3: ['CKR_SLOT_ID_INVALID', gone],
  5: ['CKR_GENERAL_ERROR', { code: 'unavailable', hint: start }],
  6: ['CKR_FUNCTION_FAILED', { code: 'unavailable', hint: start }],
  19: ['CKR_ATTRIBUTE_VALUE_INVALID'],
  32: ['CKR_DATA_INVALID'],
  48: ['CKR_DEVICE_ERROR', { code: 'unavailable', says: 'the device failed', hint: start }],
  49: [
    'CKR_DEVICE_MEMORY',
    {
      code: 'store',
      says: 'the token is full',
      hint: 'delete what it needs no more: pkcs11-tool --list-objects',
    },
  ],
  50: ['CKR_DEVICE_REMOVED', gone],
  80: [
    'CKR_FUNCTION_CANCELED',
    { code: 'denied', says: 'it was cancelled at the device', hint: 'try again' },
  ],
  84: ['CKR_FUNCTION_NOT_SUPPORTED'],
  99: ['CKR_KEY_TYPE_INCONSISTENT'],
  104: ['CKR_KEY_FUNCTION_NOT_PERMITTED'],
  112: ['CKR_MECHANISM_INVALID'],
  113: ['CKR_MECHANISM_PARAM_INVALID'],
  163: [
    'CKR_PIN_EXPIRED',
    { code: 'denied', says: 'the PIN has expired', hint: "set a new one with the token's own program" },
  ],
  164: ['CKR_PIN_LOCKED'],
  179: ['CKR_SESSION_HANDLE_INVALID', gone],
  176: ['CKR_SESSION_CLOSED', gone],
  181: ['CKR_SESSION_READ_ONLY', refused],
  209: ['CKR_TEMPLATE_INCONSISTENT'],
  224: ['CKR_TOKEN_NOT_PRESENT', gone],
  225: [
    'CKR_TOKEN_NOT_RECOGNIZED',
    {
      code: 'config',
      says: 'the token is not initialised',
      hint: 'initialise it with its own program, as softhsm2-util --init-token or tpm2_ptool addtoken',
    },
  ],
  226: ['CKR_TOKEN_WRITE_PROTECTED', refused],
  257: [
    'CKR_USER_NOT_LOGGED_IN',
    { code: 'denied', says: 'the token wants a PIN for this', hint: 'say where the PIN is: --pin-source' },
  ],
  258: [
    'CKR_USER_PIN_NOT_INITIALIZED',
    {
      code: 'config',
      says: 'the token has no PIN yet',
      hint: "set one with the token's own program, as pkcs11-tool --init-pin",
    },
  ],
}

/** Return values of a wrong PIN, one of a wrong length included: all of them count as a try. */
const wrongPin: ReadonlySet<number> = new Set([160, 161, 162])
const locked = 164
/** After these another mechanism can do no better: PIN, login, token, session. */
const final: ReadonlySet<number> = new Set([3, 50, 80, 163, 164, 176, 179, 224, 225, 226, 256, 257, 258])

/** Whether another mechanism may do where this one failed. */
export const isMechanismRefused = ({ code, step }: Failure): boolean =>
  step === 'module' && code !== undefined && !final.has(code) && !wrongPin.has(code)

export const isPinRefused = ({ code }: Failure): boolean =>
  code !== undefined && (wrongPin.has(code) || code === locked)

/** CK_TOKEN_INFO's flags (PKCS#11 2.40, table 4.4). */
export const tokenFlags = {
  loginRequired: 0x4,
  pinPad: 0x100,
  initialized: 0x400,
  pinCountLow: 0x10000,
  pinFinalTry: 0x20000,
  pinLocked: 0x40000,
} as const

export const moduleMissing = (path: string) =>
  new AppError('not_found', `there is no PKCS#11 module ${path}`, {
    hint: 'install it, or name its library: on Debian softhsm2, libtpm2-pkcs11-1, ykcs11 or opensc-pkcs11 bring one',
  })

const nameOf = ({ code, message }: Failure): string =>
  code === undefined ? safeText(message, { max: 200 }) : (meanings[code]?.[0] ?? `CKR 0x${code.toString(16)}`)

/** What a failure of the module is to a person. PINs have their own: `pinRefused`. */
export function moduleFailed(module: string, failure: Failure): AppError {
  const cause = failure
  if (failure.step === 'package')
    return new AppError('config', 'the package pkcs11js, which talks to PKCS#11 modules, cannot be loaded', {
      hint:
        'npm compiles it when it installs entra-auth-cli, which takes a C++ compiler, make and python3 ' +
        '(apt-get install g++ make python3): with those, install entra-auth-cli again',
      cause,
    })
  if (failure.step === 'load') {
    const reason = safeText(failure.message.replace(/^\/[^:]*: /, ''), { max: 200 })
    return new AppError('data', `${module} is not a PKCS#11 module: ${reason}`, {
      hint: 'give the library that comes with the token, as libsofthsm2.so, libtpm2_pkcs11.so or libykcs11.so',
      cause,
    })
  }
  const meaning = failure.code === undefined ? undefined : meanings[failure.code]?.[1]
  const where = failure.method ? ` in ${failure.method}` : ''
  return new AppError(
    meaning?.code ?? 'unavailable',
    `the PKCS#11 module ${module} failed${where}: ${meaning?.says ? `${meaning.says} (${nameOf(failure)})` : nameOf(failure)}`,
    { hint: meaning?.hint ?? again, cause },
  )
}

/** @param flags the token's, read after the failure: undefined where they could not be. */
export function pinRefused(token: string, failure: Failure, flags: number | undefined): AppError {
  const isLocked = failure.code === locked || Boolean((flags ?? 0) & tokenFlags.pinLocked)
  if (isLocked) return pinLocked(token, failure)
  return new AppError('denied', `the PIN of token ${named(token)} is wrong; ${triesLeft(flags)}`, {
    hint: 'it was tried once; set the right one before trying again: entra-auth-cli edit-profile NAME --pin-source …',
    cause: failure,
  })
}

function triesLeft(flags = 0): string {
  if (flags & tokenFlags.pinFinalTry) return 'one try is left before it locks'
  if (flags & tokenFlags.pinCountLow) return 'few tries may be left: the token counts wrong ones'
  return 'the token does not say how many tries are left'
}

export const pinLocked = (token: string, cause?: unknown) =>
  new AppError('denied', `token ${named(token)} is locked: too many wrong PINs`, {
    hint: 'unlock it with its own program: the SO PIN or PUK, or for a TPM tpm2_dictionarylockout --clear-lockout',
    cause,
  })

export const pinMissing = (token: string) =>
  new AppError('interaction', `token ${named(token)} needs a PIN`, {
    hint: 'say where it is: --pin-source file:/path, env:NAME or keychain; on a terminal it is asked for',
  })

export const moduleCrashed = (module: string, how: string) =>
  new AppError('bug', `the PKCS#11 module ${module} crashed (${how})`, {
    hint: 'nothing was sent; try again, update the module, and report it to those who make it',
  })

export const moduleSilent = (module: string, seconds: number) =>
  new AppError('unavailable', `the PKCS#11 module ${module} did not answer within ${seconds} seconds`, {
    hint: 'see that the device is connected and waits for nothing, such as a touch; then try again',
  })

export const moduleGarbled = (module: string) =>
  new AppError('protocol', `the process of the PKCS#11 module ${module} gave an answer that is none`, {
    hint: 'the module writes where it should not; update it',
  })

/** A label as it is shown: quoted, harmless, not too long. */
export const named = (label: string) => `"${safeText(label, { max: 64 })}"`
