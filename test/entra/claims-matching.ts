/** Flexible federated credentials: `claims['sub'] matches 'repo:org/*' and claims['job_workflow_ref'] eq '…'`. */

export type ClaimsMatcher = (claims: Readonly<Record<string, unknown>>) => boolean

const comparison = /^\s*claims\['([^']+)'\]\s+(eq|matches)\s+'([^']*)'\s*(and\s|$)/

/** Reads an expression. Throws when it is none. */
export function claimsMatcher(expression: string): ClaimsMatcher {
  const matchers: ClaimsMatcher[] = []
  let rest = expression
  let isOpen = true
  while (isOpen) {
    const [all, name = '', operator, value = '', joint] = comparison.exec(rest) ?? []
    if (all === undefined) throw new Error(`not a claims matching expression: ${expression}`)
    matchers.push((claims) => {
      const claim = claims[name]
      return typeof claim === 'string' && (operator === 'eq' ? claim === value : pattern(value).test(claim))
    })
    rest = rest.slice(all.length)
    isOpen = joint !== ''
  }
  return (claims) => matchers.every((matches) => matches(claims))
}

/** `*` stands for any characters, `?` for one. */
function pattern(value: string): RegExp {
  const source = value
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.')
  return new RegExp(`^${source}$`, 's')
}
