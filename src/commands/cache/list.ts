import { BaseCommand, outputFlags } from '../../command.ts'

export default class CacheList extends BaseCommand {
  static override summary = 'List the cached access tokens: for whom and how long, never the tokens.'
  static override examples = ['<%= config.bin %> cache list', '<%= config.bin %> cache list --output json']
  static override flags = outputFlags(['text', 'json'])

  async run(): Promise<void> {
    const { flags } = await this.parse(CacheList)
    await this.within(flags, async (context) => {
      const { listCache } = await import('../../tokens/cache-contents.ts')
      const { cacheRecord, cacheTable } = await import('../../tokens/cache-report.ts')
      const entries = await listCache(context)
      if (flags.json || flags.output === 'json')
        return context.out(
          `${JSON.stringify({ tokens: entries.map((entry) => cacheRecord(entry, context.now())) })}\n`,
        )
      if (entries.length === 0) return context.notice('no cached tokens')
      context.out(`${cacheTable(entries, context.now(), context.columns)}\n`)
    })
  }
}
