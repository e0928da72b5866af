/** Kubernetes: the service account's token, as Azure's workload identity webhook mounts it; the kubelet renews it. */
import { AppError } from '../../errors.ts'
import type { FederatedSource } from '../source.ts'
import { readAssertionFile } from './file.ts'

export const kubernetes: FederatedSource = {
  isOffered: (env) => Boolean(env.AZURE_FEDERATED_TOKEN_FILE),
  isHere: (env) => Boolean(env.KUBERNETES_SERVICE_HOST),
  audienceHint: (audience) =>
    `let the pod have a token of that audience: projected: {sources: [{serviceAccountToken: {audience: '${audience}', path: token}}]}`,
  fetch: async (_, __, { env }) => {
    if (env.AZURE_FEDERATED_TOKEN_FILE) return readAssertionFile(env.AZURE_FEDERATED_TOKEN_FILE)
    throw new AppError('config', 'AZURE_FEDERATED_TOKEN_FILE is not set', {
      hint: `label the pod azure.workload.identity/use: "true" and start it anew, or name a mounted token: --federated file:/path`,
    })
  },
}
