/** The national clouds: where each signs people in, and what its resources are called. */

export interface Cloud {
  /** Origin of the authority, without a trailing slash. */
  readonly authorityHost: string
  /** Other hosts that answer for the same cloud. */
  readonly aliases: readonly string[]
  /** Microsoft Graph: the resource that a short scope such as `User.Read` means. */
  readonly graph: string
  /** The audience that Entra wants in a federated assertion, where it is known. */
  readonly exchangeAudience?: string
  /** Azure Resource Manager, where it is known. */
  readonly resourceManager?: string
}

export const clouds = {
  public: {
    authorityHost: 'https://login.microsoftonline.com',
    aliases: ['https://login.windows.net', 'https://login.microsoft.com', 'https://sts.windows.net'],
    graph: 'https://graph.microsoft.com',
    exchangeAudience: 'api://AzureADTokenExchange',
    resourceManager: 'https://management.azure.com',
  },
  usgov: {
    authorityHost: 'https://login.microsoftonline.us',
    aliases: ['https://login.usgovcloudapi.net'],
    graph: 'https://graph.microsoft.us',
    exchangeAudience: 'api://AzureADTokenExchangeUSGov',
    resourceManager: 'https://management.usgovcloudapi.net',
  },
  'usgov-dod': {
    authorityHost: 'https://login.microsoftonline.us',
    aliases: [],
    graph: 'https://dod-graph.microsoft.us',
    exchangeAudience: 'api://AzureADTokenExchangeUSGov',
    resourceManager: 'https://management.usgovcloudapi.net',
  },
  china: {
    authorityHost: 'https://login.partner.microsoftonline.cn',
    aliases: ['https://login.chinacloudapi.cn'],
    graph: 'https://microsoftgraph.chinacloudapi.cn',
    exchangeAudience: 'api://AzureADTokenExchangeChina',
    resourceManager: 'https://management.chinacloudapi.cn',
  },
  bleu: {
    authorityHost: 'https://login.sovcloud-identity.fr',
    aliases: [],
    graph: 'https://graph.svc.sovcloud.fr',
    exchangeAudience: 'api://AzureADTokenExchangeFrance',
  },
  delos: {
    authorityHost: 'https://login.sovcloud-identity.de',
    aliases: [],
    graph: 'https://graph.svc.sovcloud.de',
    exchangeAudience: 'api://AzureADTokenExchangeGermany',
  },
  govsg: {
    authorityHost: 'https://login.sovcloud-identity.sg',
    aliases: [],
    graph: 'https://graph.svc.sovcloud.sg',
  },
} as const satisfies Record<string, Cloud>

export type CloudName = keyof typeof clouds

export const cloudNames = Object.keys(clouds) as CloudName[]

export function isCloudName(name: string): name is CloudName {
  return Object.hasOwn(clouds, name)
}

/** The cloud that an authority host belongs to, if it is one of the known. */
export function findCloudOfHost(authorityHost: string): CloudName | undefined {
  return cloudNames.find(
    (name) =>
      clouds[name].authorityHost === authorityHost ||
      (clouds[name].aliases as readonly string[]).includes(authorityHost),
  )
}
