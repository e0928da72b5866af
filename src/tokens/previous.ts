/** A new credential takes the previous one's place once Entra knows it: until then, the previous one gets the tokens. */
import { AppError } from '../errors.ts'
import { credentialWords } from '../profiles/profile.ts'
import type { TokenRequest } from '../profiles/resolve.ts'
import type { AccessToken } from './access-token.ts'
import type { AcquireWorld } from './acquire.ts'

/** What Entra says of a certificate, and of a secret, that the application has not (or has not yet). */
const unknownCredential: ReadonlySet<number | undefined> = new Set([700027, 7000215])

/** Seconds: the new credential is tried again soon, and not at each call of a busy script. */
const untilNextTry = 60

/** @throws AppError what the new credential is refused with, when the previous one does no better. */
export async function acquireWithPrevious(
  request: TokenRequest,
  acquire: (which: 'current' | 'previous', request: TokenRequest) => Promise<AccessToken>,
  { warn, debug, confirm }: Pick<AcquireWorld, 'warn' | 'debug' | 'confirm'>,
): Promise<AccessToken> {
  const { previous } = request
  try {
    const token = await acquire('current', request)
    await confirm(request)
    return token
  } catch (error) {
    if (!previous || !(error instanceof AppError) || !unknownCredential.has(error.aadsts)) throw error
    debug(`the new credential is refused: ${error.message}`)
    const token = await acquire('previous', { ...request, credential: previous }).catch((second: unknown) => {
      if (second instanceof AppError && second.code === 'try_again') throw second
      debug(`the previous credential is of no use: ${(second as Error).message}`)
      throw error
    })
    warn(advice(request, error))
    const refreshOn = Math.floor(token.obtainedOn) + untilNextTry
    return { ...token, refreshOn: Math.min(refreshOn, token.refreshOn ?? refreshOn) }
  }
}

function advice({ credential, profile, clientId }: TokenRequest, { aadsts }: AppError): string {
  const word = credentialWords[credential.type]
  const refused = `Entra does not know the new ${word} of profile ${profile} (AADSTS${aadsts}); the previous credential was used`
  if (credential.type === 'client-secret')
    return `${refused}. Store the right one: entra-auth-cli cred secret --profile ${profile}`
  return (
    `${refused}. Upload the certificate: entra-auth-cli cert export --profile ${profile} --out new.crt && ` +
    `az ad app credential reset --id ${clientId} --cert @new.crt --append; then it takes some minutes to work`
  )
}
