/** What an import did, or would do, as people and scripts read it. */
import { existsSync } from 'node:fs'
import { safeJson } from '../../output/safe-text.ts'
import { table } from '../../output/table.ts'
import type { SecretPurpose } from '../../secrets/account.ts'
import { credentialFiles, credentialReferences } from './credential-needs.ts'
import { missingSecrets } from './incoming.ts'
import type { Planned } from './plan.ts'

const done = { create: 'created', replace: 'replaced', skip: 'skipped' } as const
const planned = {
  create: 'would be created',
  replace: 'would be replaced',
  skip: 'would be skipped',
} as const

/** A row for each note: there may be several to a profile. */
export function importTable(plan: readonly Planned[], dryRun: boolean): string {
  const rows = plan.flatMap((one) => {
    const [first = '', ...others] = notes(one)
    const action = (dryRun ? planned : done)[one.action]
    return [[one.name, action, first], ...others.map((note) => ['', '', note])]
  })
  return table(['NAME', 'ACTION', 'NOTE'], rows)
}

export const importJson = (plan: readonly Planned[], dryRun: boolean): string =>
  safeJson({
    dry_run: dryRun,
    profiles: plan.map((one) => ({
      name: one.name,
      source_name: sourceName(one),
      action: one.action,
      default: one.becomesDefault,
      notes: notes(one),
    })),
  })

const sourceName = ({ incoming }: Planned): string => incoming.foreignName ?? incoming.name

const words = (purpose: SecretPurpose): string => purpose.replaceAll('-', ' ')

/** What a person should know or do about one of the profiles. */
function notes(one: Planned): string[] {
  const { incoming, name, action, becomesDefault } = one
  if (action === 'skip') return ['there is a profile of that name already']
  const { profile, secrets, lost, wanting = [] } = incoming
  const missing = credentialFiles(profile).filter((file) => !existsSync(file))
  return [
    ...(sourceName(one) === name ? [] : [`was called ${sourceName(one)}`]),
    ...(becomesDefault ? ['the default profile'] : []),
    ...[...secrets.keys()].map((purpose) => `with its ${words(purpose)}`),
    ...missing.map((file) => `this file is not here: ${file}`),
    ...[...missingSecrets(incoming), ...wanting].map((purpose) =>
      purpose === 'private-key'
        ? `its private key did not come along: entra-auth-cli cert generate --profile ${name} --force`
        : `set its ${words(purpose)}: entra-auth-cli edit-profile ${name} --${purpose}-stdin`,
    ),
    // Whoever wrote the profile decides what these do, and where the secret goes.
    ...credentialReferences(profile),
    ...(profile.authorityHost === undefined ? [] : [`signs in at ${profile.authorityHost}`]),
    ...(lost.length > 0 ? [`not carried over: ${lost.join(', ')}`] : []),
  ]
}
