/** Asks real shells what they would offer at the end of a command line. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Home, run } from '../parts/cli.ts'
import { until } from '../parts/require-part.ts'
import { openTerminal } from '../parts/terminal.ts'

/** What is offered for each of the lines. */
export type AskShell = (lines: readonly string[], home: Home) => Promise<string[][]>

const mark = '--- next ---'

const blocks = (text: string) =>
  text
    .split(`${mark}\n`)
    .slice(0, -1)
    .map((block) => block.split('\n').filter(Boolean))

async function output(shell: string, args: string[], input: string, home: Home): Promise<string> {
  const { status, stdout, stderr } = await run(shell, args, { env: home.env, cwd: home.directory, input })
  expect({ shell, status, stderr }).toEqual({ shell, status: 0, stderr: '' })
  return stdout
}

/** The words of a line as bash splits them, at the = of --flag=value too. */
const bashWords = (line: string) => line.match(/[=:]|[^\s=:]+|(?<=\s)$/g) ?? []

const askBash: AskShell = async (lines, home) => {
  const quoted = (text: string) => `'${text.replaceAll("'", "'\\''")}'`
  const calls = lines.map((line) => {
    const words = bashWords(line)
    return [
      `COMP_LINE=${quoted(line)} COMP_POINT=${line.length} COMP_WORDS=(${words.map(quoted).join(' ')})`,
      `COMP_CWORD=${words.length - 1}; "$function"; printf '%s\\n' "\${COMPREPLY[@]}"; echo '${mark}'`,
    ].join(' ')
  })
  const script = [
    'source <(entra-auth-cli autocomplete bash)',
    // What `complete -p` says is what bash would call.
    'read -r _ _ function _ <<< "$(complete -p entra-auth-cli)"',
    ...calls,
  ]
  return blocks(await output('bash', ['--norc', '-s'], script.join('\n'), home))
}

const askFish: AskShell = async (lines, home) => {
  const script = `
    entra-auth-cli autocomplete fish | source
    while read -l line
      complete -C"$line" | string replace -r '\\t.*' ''
      echo '${mark}'
    end`
  return blocks(await output('fish', ['--no-config', '-c', script], `${lines.join('\n')}\n`, home))
}

/** In zsh a completion exists only in the line editor: a terminal types the lines, and what is added is written down. */
const askZsh: AskShell = async (lines, home) => {
  const notes = mkdtempSync(join(tmpdir(), 'entra-zsh-'))
  const file = join(notes, 'offered')
  writeFileSync(
    join(notes, '.zshrc'),
    `
      source <(entra-auth-cli autocomplete zsh)
      compadd() {
        if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
        local -a __hits
        builtin compadd -A __hits "$@"
        (( $#__hits )) && print -rl -- $__hits >> ${file}
        builtin compadd "$@"
      }
      asked() { _main_complete; print -r -- '${mark}' >> ${file} }
      zle -C asked list-choices asked
      bindkey '^T' asked
      PS1='ready> '
    `,
  )
  const terminal = openTerminal({
    command: 'exec zsh -i',
    env: { ...home.env, ZDOTDIR: notes },
    cwd: home.directory,
  })
  try {
    await terminal.waitFor(/ready>/)
    for (const [index, line] of lines.entries()) {
      terminal.press('C-u')
      terminal.type(line)
      terminal.press('C-t')
      await until(
        `what zsh offers for ${line}; the screen:\n${terminal.screen()}`,
        () => existsSync(file) && blocks(readFileSync(file, 'utf8')).length > index,
      )
    }
    return blocks(readFileSync(file, 'utf8'))
  } finally {
    terminal.close()
    rmSync(notes, { recursive: true })
  }
}

export const askShell = { bash: askBash, fish: askFish, zsh: askZsh } as const
