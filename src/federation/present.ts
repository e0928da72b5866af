/** The assertion that this machine presents to Entra: fetched afresh from its source, read and checked. */
import { AppError } from '../errors.ts'
import type { Environment } from '../profiles/environment.ts'
import type { FederatedCredential } from '../profiles/profile.ts'
import { sourceNames } from '../profiles/rules.ts'
import type { Secret } from '../secret.ts'
import { type Assertion, findFault, readAssertion } from './assertion.ts'
import type { FederatedSource, SourceWorld } from './source.ts'
import { findSource, sources } from './sources/index.ts'

export interface PresentableAssertion {
  readonly token: Secret
  readonly assertion: Assertion
  /** Where it comes from; what `auto` chose. */
  readonly source: string
  /** Why Entra would refuse it. */
  readonly fault: AppError | undefined
}

/** @throws AppError of every kind: `config` where the machine offers none, `data` for one that is no JWT, … */
export async function fetchAssertion(
  credential: FederatedCredential,
  world: SourceWorld,
): Promise<PresentableAssertion> {
  const { audience } = credential
  if (audience === undefined)
    throw new AppError('config', 'the audience that this cloud wants of an assertion is not known', {
      hint: 'give it with --audience',
    })
  const [source, { fetch, audienceHint }] = chooseSource(credential.source, world)
  const token = await fetch(credential, audience, world)
  const assertion = readAssertion(token, source)
  const hint = audienceHint?.(audience) ?? 'give --audience where the federated credential has another one'
  const fault = findFault(assertion, { audience, audienceHint: hint, source, now: world.now() })
  return { token, assertion, source, fault }
}

/** As `fetchAssertion`, and throws what is wrong with it: Entra's own answer would be harder to read. */
export async function presentAssertion(
  credential: FederatedCredential,
  world: SourceWorld,
): Promise<PresentableAssertion> {
  const presentable = await fetchAssertion(credential, world)
  if (presentable.fault) throw presentable.fault
  return presentable
}

function chooseSource(
  text: string,
  { env, notice }: Pick<SourceWorld, 'env' | 'notice'>,
): readonly [string, FederatedSource] {
  if (text === 'auto') {
    const [name, source] = detectSource(env)
    notice(`the assertion comes from ${name}`)
    return [name, source]
  }
  const source = findSource(text)
  // A command may have arguments that are not for everyone's eyes.
  if (source) return [text.replace(/^(command):.*/s, 'the $1'), source]
  throw new AppError('bug', 'a source of assertions that nobody knows')
}

/** What the machine offers goes before what it could: the error then says what is missing. */
function detectSource(env: Environment): readonly [string, FederatedSource] {
  const all = Object.entries(sources)
  const found =
    all.find(([, { isOffered }]) => isOffered?.(env)) ?? all.find(([, { isHere }]) => isHere?.(env))
  if (found) return found
  throw new AppError('config', 'nothing in the environment offers an assertion', {
    hint: `name a source with --federated: ${sourceNames.filter((name) => name !== 'auto').join(', ')}, env:NAME, file:/path, command:…`,
  })
}
