/** Variables that change what the program or Node does: those that are set, by name. No value is shown that may be secret. */
import type { Check } from './finding.ts'
import { variableRules } from './variable-rules.ts'

export const variablesCheck: Check = {
  group: 'variables',
  deadline: 5,
  run: (world, add) => {
    const { env } = world.context
    const said = Object.keys(variableRules).flatMap((name) => {
      const value = env[name]
      const found = value ? variableRules[name]?.(value, world) : undefined
      return found ? [{ name, ...found }] : []
    })
    const others = Object.keys(env)
      .filter((name) => env[name] && /^(ENTRA_AUTH_CLI|AZURE)_/.test(name) && !(name in variableRules))
      .sort()
    for (const { name, ...found } of said) add({ check: name, ...found })
    for (const name of others)
      add(
        name.startsWith('AZURE_')
          ? { check: name, status: 'ok', message: `${name} is not read by this program` }
          : {
              check: name,
              status: 'warning',
              message: `${name} is no variable that this program knows`,
              fix: 'check its spelling, or unset it',
            },
      )
    if (said.length + others.length === 0)
      add({ check: 'variables', status: 'ok', message: 'none that changes what the program does' })
  },
}
