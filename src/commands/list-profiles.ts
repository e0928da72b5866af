import * as Flags from '@oclif/core/flags'
import { BaseCommand, outputFlags } from '../command.ts'

export default class ListProfiles extends BaseCommand {
  static override summary = 'List the profiles.'
  static override aliases = ['config:list']
  static override examples = [
    '<%= config.bin %> list-profiles',
    "<%= config.bin %> list-profiles --output json | jq -r '.profiles[].name'",
  ]
  static override flags = {
    verbose: Flags.boolean({ char: 'v', summary: 'show client IDs, flows and scopes too' }),
    ...outputFlags(['text', 'json']),
  }

  async run(): Promise<void> {
    const { flags } = await this.parse(ListProfiles)
    await this.within(flags, async ({ profiles, out, notice, columns }) => {
      const { loadProfiles } = await import('../profiles/store.ts')
      const { credentialWord, profileRecord } = await import('../profiles/describe.ts')
      const { compareNames } = await import('../profiles/profile.ts')
      const document = await loadProfiles(profiles)
      const all = [...document.profiles].sort(([a], [b]) => compareNames(a, b))
      if (flags.json || flags.output === 'json') {
        const records = all.map(([name, profile]) => profileRecord(name, profile, name === document.default))
        return out(`${JSON.stringify({ default: document.default ?? null, profiles: records })}\n`)
      }
      if (all.length === 0) return notice('no profiles yet; create one: entra-auth-cli create-profile')
      const { table } = await import('../output/table.ts')
      const rows = all.map(([name, profile]) => [
        name === document.default ? `${name} *` : name,
        profile.tenant ?? '-',
        credentialWord(profile),
        ...(flags.verbose
          ? [profile.clientId ?? '-', profile.flow ?? '-', profile.scopes?.join(' ') ?? '-']
          : []),
      ])
      // Details are for reading whole.
      const more = flags.verbose ? ['CLIENT ID', 'FLOW', 'SCOPES'] : []
      out(`${table(['NAME', 'TENANT', 'CREDENTIAL', ...more], rows, flags.verbose ? undefined : columns)}\n`)
    })
  }
}
