import { BaseCommand, outputFlags } from '../command.ts'

export default class ListProfiles extends BaseCommand {
  static override summary = 'List the profiles.'
  static override aliases = ['config:list']
  static override examples = [
    '<%= config.bin %> list-profiles',
    "<%= config.bin %> list-profiles --output json | jq -r '.profiles[].name'",
  ]
  static override flags = outputFlags(['text', 'json'])

  async run(): Promise<void> {
    const { flags } = await this.parse(ListProfiles)
    await this.within(flags, async ({ profiles, out, notice, columns }) => {
      const { loadProfiles } = await import('../profiles/store.ts')
      const { credentialWord, profileRecord } = await import('../profiles/describe.ts')
      const document = await loadProfiles(profiles)
      const all = [...document.profiles].sort(([a], [b]) => a.localeCompare(b))
      if (flags.json || flags.output === 'json') {
        const records = all.map(([name, profile]) => profileRecord(name, profile, name === document.default))
        return out(`${JSON.stringify({ default: document.default ?? null, profiles: records })}\n`)
      }
      if (all.length === 0) return notice('no profiles yet; create one: entra-auth-cli create-profile')
      const { table } = await import('../output/table.ts')
      const rows = all.map(([name, profile]) => [
        name === document.default ? `${name} *` : name,
        profile.tenant,
        credentialWord(profile),
      ])
      out(`${table(['NAME', 'TENANT', 'CREDENTIAL'], rows, columns)}\n`)
    })
  }
}
