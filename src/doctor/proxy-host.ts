/** The host and port of a proxy variable, without the user and password it may hold; undefined for no proxy. */
export function findProxyHost(value: string): string | undefined {
  const text = value.includes('://') ? value : `http://${value}`
  if (!URL.canParse(text)) return undefined
  const { protocol, host } = new URL(text)
  return /^https?:$/.test(protocol) && host ? host : undefined
}
