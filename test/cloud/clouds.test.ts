import { parseAuthorityHost } from '../../src/cloud/authority.ts'
import { type CloudName, cloudNames, clouds, findCloudOfHost, isCloudName } from '../../src/cloud/clouds.ts'

test.each<[CloudName, string, string]>([
  ['public', 'https://login.microsoftonline.com', 'https://graph.microsoft.com'],
  ['usgov', 'https://login.microsoftonline.us', 'https://graph.microsoft.us'],
  ['usgov-dod', 'https://login.microsoftonline.us', 'https://dod-graph.microsoft.us'],
  ['china', 'https://login.partner.microsoftonline.cn', 'https://microsoftgraph.chinacloudapi.cn'],
  ['bleu', 'https://login.sovcloud-identity.fr', 'https://graph.svc.sovcloud.fr'],
  ['delos', 'https://login.sovcloud-identity.de', 'https://graph.svc.sovcloud.de'],
  ['govsg', 'https://login.sovcloud-identity.sg', 'https://graph.svc.sovcloud.sg'],
])('%s signs in at %s and has its Microsoft Graph at %s', (name, authorityHost, graph) => {
  expect(clouds[name]).toMatchObject({ authorityHost, graph })
})

test('these are the clouds, in the order they are offered', () => {
  expect(cloudNames).toEqual(['public', 'usgov', 'usgov-dod', 'china', 'bleu', 'delos', 'govsg'])
})

test.each<[string, CloudName | undefined]>([
  ['https://login.microsoftonline.com', 'public'],
  ['https://login.windows.net', 'public'],
  ['https://login.microsoft.com', 'public'],
  ['https://sts.windows.net', 'public'],
  ['https://login.microsoftonline.us', 'usgov'],
  ['https://login.usgovcloudapi.net', 'usgov'],
  ['https://login.chinacloudapi.cn', 'china'],
  ['https://login.sovcloud-identity.fr', 'bleu'],
  ['https://127.0.0.1:8443', undefined],
  ['https://login.microsoftonline.com.evil.example', undefined],
  ['https://login.microsoftonline.com:8443', undefined],
  ['', undefined],
])('the host %j belongs to %p', (host, cloud) => {
  expect(findCloudOfHost(host)).toBe(cloud)
})

test('each host of a cloud is one that a person could give', () => {
  for (const { authorityHost, aliases, graph } of Object.values(clouds))
    for (const host of [authorityHost, ...aliases, graph]) expect(parseAuthorityHost(host, 'x')).toBe(host)
})

test('only these names are clouds', () => {
  expect(cloudNames.every(isCloudName)).toBe(true)
  for (const name of ['', 'Public', 'germany', 'constructor', '__proto__', 'toString'])
    expect(isCloudName(name)).toBe(false)
})
