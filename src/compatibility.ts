/**
 * What people type who come from the .NET tool of the same name, and what it is called here. Its flags that mean the
 * same are aliases where the flag is declared; this table is for what this program does not have or does otherwise.
 */

/** For each of its commands that is none of ours, the hint; it sees the rest of the words and repeats none of them. */
const foreignCommands: Readonly<Record<string, (args: readonly string[]) => string>> = {
  discover: (args) =>
    searchesApplications(args)
      ? 'applications are searched for with `az ad app list --display-name NAME`; a token is read by `entra-auth-cli inspect`'
      : 'a token is read by `entra-auth-cli inspect`, from --profile, --file or standard input',
  login: () => '`entra-auth-cli get-token` signs in where that is needed',
  // bash's `complete -C entra-auth-cli` runs the program with its own name.
  'entra-auth-cli': () => 'completion is loaded by `source <(entra-auth-cli autocomplete bash)`',
}

/** There `-t` is a tenant for one use of `discover`, and a token for the other. */
function searchesApplications(args: readonly string[]): boolean {
  if (args.some((word) => /^(-s|--search|--tenant)(=|$)/.test(word))) return true
  const tenant = args[args.indexOf('-t') + 1]
  return args.includes('-t') && tenant !== undefined && !tenant.startsWith('eyJ')
}

const keptPassword =
  'a password is kept with its profile: `entra-auth-cli edit-profile NAME --certificate-password-stdin`'

/** For each command, its flags that are none of ours. */
const foreignFlags: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'get-token': {
    'warn-expiry': 'a token with less than five minutes left is renewed; --min-ttl 10m renews it earlier',
    'cache-cert-password': keptPassword,
    'port-range': 'a free port is taken where --port names none',
    'show-url': 'where no browser can be opened, use --flow device-code',
  },
  'create-profile': { 'cache-cert-password': keptPassword },
  'show-profile': { 'show-secrets': 'secrets are not shown; the profile says where each is kept' },
}

/** The hint for a command line whose first word is a command of that tool; undefined for any other. */
export function findCommandHint([command = '', ...args]: readonly string[]): string | undefined {
  return Object.hasOwn(foreignCommands, command) ? foreignCommands[command]?.(args) : undefined
}

/** The hint for a flag (`--name`) of that tool at a command of ours; undefined for any other. */
export function findFlagHint(command: string | undefined, flag: string): string | undefined {
  const flags = command !== undefined && Object.hasOwn(foreignFlags, command) ? foreignFlags[command] : {}
  const name = flag.replace(/^--/, '')
  return flags && Object.hasOwn(flags, name) ? flags[name] : undefined
}

/** What to add to the values of a flag for someone who gave another: there `-o` is also a file's name. */
export function findValueHint(command: string | undefined, flag: string, value: string): string | undefined {
  const printsToken = command === 'get-token' || command === 'refresh'
  return printsToken && flag === 'output' && /[./\\]/.test(value) ? '--file FILE writes to a file' : undefined
}
