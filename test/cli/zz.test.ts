import { createWorld } from '../parts/world.ts'
import { openTerminal, closeTerminals } from '../parts/terminal.ts'
test('x', async () => {
  const world = await createWorld()
  for (const columns of [80, 20]) {
  const t = openTerminal({ command: 'entra-auth-cli create-profile', env: world.env, cwd: world.home.directory, columns })
  const w = process.stderr
  await t.waitFor(/Profile name/); t.type('bad name'); t.press('Enter'); await t.waitFor(/It must/); w.write(t.screen() + '\n-----\n')
  t.press('C-u'); t.type('p' + columns); t.press('Enter')
  await t.waitFor(/Tenant/); t.type('x'); t.press('Enter'); await t.waitFor(/It must be a tenant/); t.press('C-u'); t.type(world.tenant.id); t.press('Enter')
  await t.waitFor(/Application/); t.type(world.app.clientId); t.press('Enter')
  await t.waitFor(/How does/); w.write(t.screen() + '\n-----\n'); t.press('Enter')
  await t.waitFor(/Client secret/); t.press('Enter'); await t.waitFor(/empty/); t.type(world.secret); w.write(t.screen() + '\n-----\n'); t.press('Enter')
  await t.waitFor(/What are the/); w.write(t.screen() + '\n-----\n'); t.press('Enter')
  await t.waitFor(/Get a token/); w.write(t.screen() + '\n-----\n'); t.press('Enter')
  w.write(String(await t.status()) + '\n' + t.screen() + '\n=====\n')
  w.write(String(t.output().includes(world.secret)))
  }
  closeTerminals()
  await world.close()
})
