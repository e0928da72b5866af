/** The completion script for fish. */
import type { CommandGrammar, Value } from './grammar.ts'
import { fishQuote } from './quote.ts'

const code = (value: Value) => (typeof value === 'string' ? value : `words ${value.join(' ')}`)
const patterns = (words: readonly string[]) => words.map(fishQuote).join(' ')

type Row = readonly [word: string, summary: string]

const rows = (list: readonly Row[]) =>
  `printf '%s\\t%s\\n' ${list.map((row) => row.map(fishQuote).join(' ')).join(' ')}`

/** A function that prints what a table of the grammar has for the words of a command. */
function table(
  name: string,
  grammar: readonly CommandGrammar[],
  line: (command: CommandGrammar) => string | undefined,
): string {
  const cases = grammar.flatMap((command) => {
    const printed = line(command)
    return printed === undefined ? [] : [`        case ${patterns(command.paths)}\n            ${printed}`]
  })
  return `\
function __entra_auth_cli_${name} --argument-names at flag
    switch "$at"
${cases.join('\n')}
    end
end
`
}

const belowLine = ({ below }: CommandGrammar) =>
  below.length ? rows(below.map(({ word, summary }) => [word, summary])) : undefined

const flagsLine = ({ flags }: CommandGrammar) =>
  rows(flags.flatMap(({ offered, summary }) => offered.map((name): Row => [name, summary])))

const argsLine = ({ args }: CommandGrammar) =>
  args.length ? `printf '%s\\n' ${args.map((value) => fishQuote(code(value))).join(' ')}` : undefined

function valueLine({ flags }: CommandGrammar): string | undefined {
  const cases = flags.flatMap(({ names, value }) =>
    value === undefined
      ? []
      : [`                case ${patterns(names)}\n                    echo ${fishQuote(code(value))}`],
  )
  return cases.length ? `switch "$flag"\n${cases.join('\n')}\n            end` : undefined
}

export const fishScript = (grammar: readonly CommandGrammar[]): string => `\
# Completion of entra-auth-cli for fish. Made by \`entra-auth-cli autocomplete fish\`; install it with
#   entra-auth-cli autocomplete fish > ~/.config/fish/completions/entra-auth-cli.fish

# The words that may follow the words of a topic.
${table('below', grammar, belowLine)}
# The flags of a command.
${table('flags', grammar, flagsLine)}
# What completes each argument of a command.
${table('args', grammar, argsLine)}
# What completes the value of a command's flag; nothing where the flag has none.
${table('value', grammar, valueLine)}
function __entra_auth_cli_knows --argument-names at
    contains -- "$at" ${patterns(grammar.flatMap(({ paths }) => paths))}
end

function __entra_auth_cli_offer_value --argument-names value cur
    switch "$value"
        case 'words *'
            string split ' ' -- (string replace 'words ' '' -- $value)
        case profiles
            command entra-auth-cli autocomplete --profiles 2>/dev/null </dev/null
        case files
            __fish_complete_path "$cur"
    end
end

function __entra_auth_cli_complete
    set -l words (commandline -opc)
    set -l cur (commandline -ct)
    set -l at ''
    set -l flag ''
    set -l ended ''
    set -l position 1
    for word in $words[2..]
        if test -n "$flag"
            set flag ''
        else if test -z "$ended" -a "x$word" = x--
            set ended 1
        else if test -z "$ended"; and string match -q -- '-*' $word
            test -n "$(__entra_auth_cli_value "$at" "$word")"; and set flag $word
        else if test -n "$(__entra_auth_cli_below "$at")"
            set at (string trim -- "$at $word")
            __entra_auth_cli_knows "$at"; or return
        else
            set position (math $position + 1)
        end
    end
    if test -n "$flag"
        __entra_auth_cli_offer_value "$(__entra_auth_cli_value "$at" "$flag")" "$cur"
        return
    end
    if test -z "$ended"; and string match -qr -- '^--[^=]+=' "$cur"
        set -l parts (string split -m 1 = -- "$cur")
        set -l value (__entra_auth_cli_value "$at" "$parts[1]")
        for word in (__entra_auth_cli_offer_value "$value" "$parts[2]")
            printf '%s\\n' "$parts[1]=$word"
        end
        return
    end
    if test -z "$ended"; and string match -qr -- '^-[^-].' "$cur"
        set -l value (__entra_auth_cli_value "$at" (string sub -l 2 -- "$cur"))
        for word in (__entra_auth_cli_offer_value "$value" (string sub -s 3 -- "$cur"))
            printf '%s\\n' (string sub -l 2 -- "$cur")"$word"
        end
        test -n "$value"; and return
    end
    if test -z "$ended"; and string match -q -- '-*' "$cur"
        __entra_auth_cli_flags "$at"
        return
    end
    set -l below (__entra_auth_cli_below "$at")
    set -l args (__entra_auth_cli_args "$at")
    if test (count $below) -gt 0
        printf '%s\\n' $below
    else if test $position -le (count $args)
        __entra_auth_cli_offer_value "$args[$position]" "$cur"
    else if test -z "$ended"
        __entra_auth_cli_flags "$at"
    end
end

complete -c entra-auth-cli -f -a '(__entra_auth_cli_complete)'
`
