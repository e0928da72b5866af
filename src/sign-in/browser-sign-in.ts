/** A person signs in with their browser: authorization code with PKCE, and a redirect to this machine. */
import { AppError } from '../errors.ts'
import { safeText } from '../output/safe-text.ts'
import type { TokenRequest } from '../profiles/resolve.ts'
import { startAuthorization } from '../tokens/msal/authorization-code.ts'
import { readRefusal, type TokenResponse } from '../tokens/token-response.ts'
import type { Accept } from './account.ts'
import { browserCommands, findObstacle, openBrowser } from './browser.ts'
import { type Arrival, openRedirectServer } from './redirect-server.ts'
import { failedPage, signedInPage } from './result-page.ts'
import type { SignInWorld } from './world.ts'

/** Seconds that a person has, unless `--timeout` is shorter. */
const patience = 300

/**
 * @param accept who signed in; throws AppError where somebody else was asked for
 * @throws AppError `denied` when they decline, `timeout` when nothing comes, and as `startAuthorization`.
 */
export async function signInByBrowser(
  request: TokenRequest,
  world: SignInWorld,
  accept: Accept,
): Promise<TokenResponse> {
  const { options } = world
  const client = await world.client()
  const server = await openRedirectServer(options)
  try {
    const { url, state, redeem } = await startAuthorization(client, {
      redirectUri: server.redirectUri,
      scopes: request.scopes,
      claims: request.claims,
      loginHint: options.loginHint ?? request.account,
      domainHint: options.domainHint,
      prompt: options.prompt ?? (request.flow === 'authorization-code' ? 'select_account' : undefined),
    })
    const arrival = server.waitFor(state, patience)
    // It may come to nothing before it is waited for.
    arrival.catch(() => {})
    await sendToBrowser(url, world)
    return await finish(await arrival, redeem, accept)
  } finally {
    server.close()
  }
}

/** The page waits for the exchange, so that it can say how the sign-in really ended. */
async function finish(
  { answer, show }: Arrival,
  redeem: (code: string) => Promise<TokenResponse>,
  accept: Accept,
): Promise<TokenResponse> {
  try {
    if (answer.type === 'error') throw declined(answer.fields)
    const response = await redeem(answer.code)
    await show(signedInPage(safeText(accept(response).username, { max: 120 })))
    return response
  } catch (error) {
    const { message, hint } = error instanceof AppError ? error : new AppError('bug', 'an unexpected error')
    await show(failedPage(message, hint))
    throw error
  }
}

/** RFC 6749, section 4.1.2.1. */
function declined(fields: Readonly<Record<string, string>>): AppError {
  if (fields.error === 'access_denied' && !/AADSTS(?!65004)/.test(fields.error_description ?? ''))
    return new AppError('denied', 'the sign-in was cancelled, or consent was declined', {
      hint: 'run the command again and accept, or ask an administrator to grant consent to the application',
      ...(/AADSTS65004/.test(fields.error_description ?? '') && { aadsts: 65004 }),
    })
  return readRefusal(fields, 400)
}

async function sendToBrowser(url: string, world: SignInWorld): Promise<void> {
  const { tell, options, platform } = world
  const asked = options.browser
  const elsewhere = 'without a browser on this machine, press Ctrl+C and use --flow device-code'
  const obstacle = findObstacle(asked, world)
  if (obstacle !== undefined) {
    tell(`${obstacle}, so no browser is opened; sign in here:`)
    tell(url)
    return tell(elsewhere)
  }
  tell('sign in with the browser that opens; if none does, go to:')
  tell(url)
  if (await openBrowser(browserCommands(url, asked, world), { env: world.env, platform })) return
  tell(`the browser could not be opened: open that address yourself; ${elsewhere}`)
}
