/** GUIDs, which name tenants, apps, requests and credentials in Entra. */

const shape = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

export const isGuid = (text: string) => shape.test(text)
