/** The resources every tenant knows from the start: Microsoft's own, in all clouds. */

const hosts = [
  'graph.microsoft.com',
  'graph.microsoft.us',
  'dod-graph.microsoft.us',
  'microsoftgraph.chinacloudapi.cn',
  'graph.svc.sovcloud.fr',
  'graph.svc.sovcloud.de',
  'graph.svc.sovcloud.sg',
  'graph.windows.net',
  'management.azure.com',
  'management.core.windows.net',
  'management.usgovcloudapi.net',
  'management.core.usgovcloudapi.net',
  'management.chinacloudapi.cn',
  'management.core.chinacloudapi.cn',
  'management.sovcloud-api.fr',
  'management.core.sovcloud-api.fr',
  'management.sovcloud-api.de',
  'management.core.sovcloud-api.de',
  'management.sovcloud-api.sg',
  'management.core.sovcloud-api.sg',
  'vault.azure.net',
  'vault.usgovcloudapi.net',
  'vault.azure.cn',
  'managedhsm.azure.net',
  'storage.azure.com',
  'database.windows.net',
  'database.usgovcloudapi.net',
  'database.chinacloudapi.cn',
  'ossrdbms-aad.database.windows.net',
  'servicebus.azure.net',
  'eventhubs.azure.net',
  'cosmos.azure.com',
  'cognitiveservices.azure.com',
  'ai.azure.com',
  'search.azure.com',
  'ml.azure.com',
  'monitor.azure.com',
  'api.loganalytics.io',
  'containerregistry.azure.net',
  'azconfig.io',
  'batch.core.windows.net',
  'digitaltwins.azure.net',
  'dev.azuresynapse.net',
  'kusto.kusto.windows.net',
  'purview.azure.net',
  'analysis.windows.net/powerbi/api',
  'outlook.office.com',
  'outlook.office365.com',
]

const federation = ['', 'USGov', 'China', 'France', 'Germany']

export const wellKnownResources: readonly string[] = [
  ...hosts.map((host) => `https://${host}`),
  ...federation.map((cloud) => `api://AzureADTokenExchange${cloud}`),
  '00000003-0000-0000-c000-000000000000', // Microsoft Graph
  '797f4846-ba00-4fd7-ba43-dac1f8f63013', // Azure Resource Manager
  '499b84ac-1321-427f-aa17-267ca6975798', // Azure DevOps
  '6dae42f8-4368-4678-94ff-3960e28e3630', // Azure Kubernetes Service
  '2ff814a6-3304-4ab8-85cb-cd0e6f879c1d', // Azure Databricks
]
