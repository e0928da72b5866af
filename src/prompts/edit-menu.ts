/** The menu of `edit-profile`: the fields with their values, until a person is done. Secrets are not shown. */
import { cloudNames } from '../cloud/clouds.ts'
import type { DraftFlags } from '../profiles/draft.ts'
import { credentialWords, type Profile } from '../profiles/profile.ts'
import { clientIdRule, tenantRule } from '../profiles/rules.ts'
import { splitScopes } from '../tokens/scopes.ts'
import { askChoice, askText } from './ask.ts'
import { applications, askCredentialType, askSource, sentence } from './wizard.ts'

type Wanted = { -readonly [K in keyof DraftFlags]: DraftFlags[K] } & { 'client-secret-prompt'?: boolean }

const presentCredential = ({ credential }: Profile): string =>
  credential.type === 'federated'
    ? `federated assertion from ${credential.source}`
    : credentialWords[credential.type]

const newCredential = (wanted: Wanted): string | undefined =>
  wanted['use-certificate']
    ? 'a new certificate'
    : wanted['client-secret-prompt']
      ? 'a new secret'
      : wanted.federated && `federated assertion from ${wanted.federated}`

/** The changes as the flags that would make them; undefined when nothing is to change. */
export async function askChanges(profile: Profile): Promise<DraftFlags | undefined> {
  const wanted: Wanted = {}
  for (;;) {
    const shown = {
      tenant: wanted['tenant-id'] ?? profile.tenant,
      clientId: wanted['client-id'] ?? profile.clientId,
      cloud: wanted.cloud ?? profile.authorityHost ?? profile.cloud ?? 'public',
      scopes: (wanted.scope ?? profile.scopes ?? ["Microsoft Graph's .default"]).join(' '),
    }
    // A managed identity has a tenant and client ID of its own; another credential needs them.
    const isManaged = profile.credential.type === 'managed-identity' && newCredential(wanted) === undefined
    const application = [
      { value: 'tenant', name: `tenant: ${shown.tenant ?? '-'}` },
      { value: 'clientId', name: `client ID: ${shown.clientId ?? '-'}` },
    ]
    const choice = await askChoice('What should change?', [
      ...(isManaged ? [] : application),
      { value: 'cloud', name: `cloud: ${shown.cloud}` },
      { value: 'scopes', name: `scopes: ${shown.scopes}` },
      {
        value: 'credential',
        name: `credential: ${newCredential(wanted) ?? presentCredential(profile)}`,
      },
      { value: 'save', name: 'save and leave' },
      { value: 'leave', name: 'leave without saving' },
    ])
    switch (choice) {
      case 'tenant':
        wanted['tenant-id'] = await askText({
          message: 'Tenant (ID or domain)',
          ...(shown.tenant !== undefined && { default: shown.tenant }),
          fault: (answer) => sentence(tenantRule(answer)),
        })
        break
      case 'clientId':
        wanted['client-id'] = await askText({
          message: 'Application (client) ID',
          ...(shown.clientId !== undefined && { default: shown.clientId }),
          fault: (answer) => sentence(clientIdRule(answer)),
        })
        break
      case 'cloud':
        wanted.cloud = await askChoice(
          'Cloud',
          cloudNames.map((value) => ({ value, name: value })),
        )
        break
      case 'scopes':
        wanted.scope = splitScopes([await askText({ message: 'Scopes', default: shown.scopes })])
        break
      case 'credential': {
        const type = await askCredentialType(applications)
        wanted['use-certificate'] = type === 'certificate'
        wanted['client-secret-prompt'] = type === 'client-secret'
        wanted.federated = type === 'federated' ? await askSource() : undefined
        break
      }
      case 'save':
        return Object.keys(wanted).length > 0 ? wanted : undefined
      default:
        return undefined
    }
  }
}
