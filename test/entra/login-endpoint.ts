/** POST `/{tenant}/login`: what people press on the pages of a sign-in. */
import type { Authority } from './authority.ts'
import { EntraError, refused } from './errors.ts'
import { type Answer, correlationId, type Exchange, type Form } from './exchange.ts'
import { readForm } from './form.ts'
import type { Interaction } from './interaction.ts'
import { errorPage } from './pages/html.ts'

export async function loginAnswer(exchange: Exchange, authority: Authority): Promise<Answer> {
  try {
    const form = await readForm(exchange.request)
    // Passwords are not kept, not even those of a test: records end up in test reports.
    exchange.record.form = { ...form, ...(form.password !== undefined && { password: '***' }) }
    const session = authority.sessions.of(exchange.request)
    const interaction = authority.interactions.get(form.flow ?? '')
    if (!interaction?.belongsTo(session)) throw unknownFlow()
    const answer = act(interaction, form, authority)
    if (interaction.isOver) authority.interactions.delete(interaction.id)
    return answer
  } catch (error) {
    if (error instanceof EntraError) return errorPage(error, correlationId(exchange))
    throw error
  }
}

type Action = (interaction: Interaction, form: Form, authority: Authority) => Answer

const actions: Readonly<Record<string, Action>> = {
  'sign-in': (interaction, form, authority) => signIn(interaction, form, authority),
  'other-account': (interaction) => interaction.askForAccount(),
  approve: (interaction) => interaction.approve(),
  accept: (interaction) => interaction.accept(),
  cancel: (interaction) => interaction.cancel(),
}

function act(interaction: Interaction, form: Form, authority: Authority): Answer {
  try {
    if (form.account !== undefined) return interaction.pick(form.account)
    // Enter in a field submits without a button in some browsers.
    const action = actions[form.action ?? 'sign-in']
    if (!action)
      throw refused('invalid_request', 9002313, 'Invalid request. Request is malformed or invalid.')
    return action(interaction, form, authority)
  } catch (error) {
    if (error instanceof EntraError) return interaction.fail(error)
    throw error
  }
}

function signIn(interaction: Interaction, form: Form, authority: Authority): Answer {
  const { username = '', password = '' } = form
  const again = (text: string) => interaction.refusePassword(username, text)
  const user = authority.findUser(username)
  if (!user) return again(`AADSTS50034: The user account ${username} does not exist in the directory.`)
  try {
    interaction.options.tenantOf(user)
  } catch (error) {
    if (error instanceof EntraError) return again(`AADSTS${error.code}: ${error.message}`)
    throw error
  }
  if (user.password !== password) {
    return again('AADSTS50126: Error validating credentials due to invalid username or password.')
  }
  if (user.disabled) return again('AADSTS50057: The user account is disabled.')
  return interaction.signInAs(user)
}

const unknownFlow = () =>
  refused(
    'invalid_request',
    165000,
    'Invalid Request: The request tokens do not match the user context. Do not copy the user context values (cookies; form fields; headers) between different requests or user sessions; always maintain the ALL of the supplied values across a complete single user flow.',
  )
