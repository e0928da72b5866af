/** Every command by its ID. A module is evaluated when its command runs. */

export const commands = {
  autocomplete: () => import('./commands/autocomplete.ts'),
  'cache:clear': () => import('./commands/cache/clear.ts'),
  'cache:list': () => import('./commands/cache/list.ts'),
  'copy-profile': () => import('./commands/copy-profile.ts'),
  'create-profile': () => import('./commands/create-profile.ts'),
  'delete-profile': () => import('./commands/delete-profile.ts'),
  doctor: () => import('./commands/doctor.ts'),
  'edit-profile': () => import('./commands/edit-profile.ts'),
  explain: () => import('./commands/explain.ts'),
  'export-profile': () => import('./commands/export-profile.ts'),
  'federation:check': () => import('./commands/federation/check.ts'),
  'federation:plan': () => import('./commands/federation/plan.ts'),
  'get-token': () => import('./commands/get-token.ts'),
  'import-profile': () => import('./commands/import-profile.ts'),
  inspect: () => import('./commands/inspect.ts'),
  'list-profiles': () => import('./commands/list-profiles.ts'),
  refresh: () => import('./commands/refresh.ts'),
  'rename-profile': () => import('./commands/rename-profile.ts'),
  'show-profile': () => import('./commands/show-profile.ts'),
  'use-profile': () => import('./commands/use-profile.ts'),
}
