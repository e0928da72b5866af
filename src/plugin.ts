/**
 * The commands as an oclif plugin without files on disk: the manifest is built in, and a command's module is
 * evaluated only when it runs. With oclif's own `explicit` strategy the bundle would be loaded twice.
 */
import type { Command } from '@oclif/core/command'
import { Plugin } from '@oclif/core/config'
import type * as Interfaces from '@oclif/core/interfaces'
import { settings } from '@oclif/core/settings'
import { commands } from './commands.ts'

/** Written by the build: package.json's part that oclif reads, and oclif's manifest of all commands. */
declare const BUILD: { readonly pjson: Interfaces.PJSON; readonly manifest: Interfaces.Manifest }

/** oclif declares `_manifest` private; overriding it is what keeps its manifest off the disk (pinned and tested). */
const OpenPlugin = Plugin as unknown as new (options: Interfaces.PluginOptions) => OpenPlugin

interface OpenPlugin extends Omit<Plugin, 'findCommand' | 'load'> {
  hasManifest: boolean
  load(): Promise<void>
}

class EmbeddedPlugin extends OpenPlugin {
  /** Without commands: oclif would sort them by `localeCompare`, whose first call costs a fifth of a start. */
  async _manifest(): Promise<Interfaces.Manifest> {
    this.hasManifest = true
    return { ...BUILD.manifest, commands: {} }
  }

  override async load(): Promise<void> {
    await super.load()
    this.manifest = BUILD.manifest
    this.commandIDs = Object.keys(BUILD.manifest.commands)
    this.commands = Object.entries(BUILD.manifest.commands).map(([id, command]) => ({
      ...command,
      load: () => this.findCommand(id as keyof typeof commands),
      pluginAlias: this.alias,
      pluginType: this.type,
    }))
  }

  async findCommand(id: keyof typeof commands): Promise<Command.Class> {
    const command = (await commands[id]()).default as unknown as Command.Class
    command.id = id
    command.plugin = this as unknown as Plugin
    return command
  }
}

export async function createPlugin() {
  settings.enableAutoTranspile = false
  process.env.NODE_ENV ??= 'production'
  const { pjson } = BUILD
  const root = __dirname
  const plugin = new EmbeddedPlugin({ root, pjson, isRoot: true, type: 'core', name: pjson.name })
  await plugin.load()
  return { root, pjson, plugin }
}
