/** The completion script for zsh: sourced, or put as `_entra-auth-cli` into a directory of `fpath`. */
import type { CommandGrammar, FlagGrammar, Value } from './grammar.ts'
import { posixQuote } from './quote.ts'

const code = (value: Value) => (typeof value === 'string' ? value : `words ${value.join(' ')}`)
const patterns = (words: readonly string[]) => words.map(posixQuote).join('|')
/** `_describe` splits at the first colon; no word of ours has one. */
const described = (word: string, summary: string) => posixQuote(`${word}:${summary}`)

function commandCase({ paths, below, flags, args }: CommandGrammar): string {
  const words = below.map(({ word, summary }) => described(word, summary)).join(' ')
  const offered = flags.flatMap((flag) => flag.offered.map((name) => described(name, flag.summary))).join(' ')
  const kinds = args.map((value) => posixQuote(code(value))).join(' ')
  return `    (${patterns(paths)}) below=(${words}) flags=(${offered}) args=(${kinds}) ;;`
}

const valued = ({ flags }: CommandGrammar) =>
  flags.filter((flag): flag is FlagGrammar & { value: Value } => flag.value !== undefined)

function valueCase(command: CommandGrammar): string {
  const cases = valued(command).map(
    ({ names, value }) => `      (${patterns(names)}) value=${posixQuote(code(value))} ;;`,
  )
  return `    (${patterns(command.paths)}) case $2 in\n${cases.join('\n')}\n      (*) return 1 ;; esac ;;`
}

export const zshScript = (grammar: readonly CommandGrammar[]): string => `\
#compdef entra-auth-cli
# Completion of entra-auth-cli for zsh. Made by \`entra-auth-cli autocomplete zsh\`; load it in ~/.zshrc with
#   source <(entra-auth-cli autocomplete zsh)

# What may follow these words: sets below, flags and args; fails where they are no command.
_entra_auth_cli_command() {
  case $1 in
${grammar.map(commandCase).join('\n')}
    (*) return 1 ;;
  esac
}

# What completes the value of a command's flag: sets value; fails where the flag has none.
_entra_auth_cli_value() {
  value=
  case $1 in
${grammar
  .filter((command) => valued(command).length > 0)
  .map(valueCase)
  .join('\n')}
    (*) return 1 ;;
  esac
}

_entra_auth_cli_offer_value() {
  local -a names expl
  case $1 in
    (words *) names=(\${=1#words }); _wanted values expl value compadd -a names ;;
    (profiles)
      names=(\${(f)"$(command entra-auth-cli autocomplete --profiles 2>/dev/null </dev/null)"})
      _wanted profiles expl profile compadd -M 'm:{a-zA-Z}={A-Za-z}' -a names ;;
    (files) _files ;;
    (*) _message value ;;
  esac
}

_entra-auth-cli() {
  local at flag ended word value
  local -a below flags args
  integer i position=0
  _entra_auth_cli_command ''
  for ((i = 2; i < CURRENT; i++)); do
    word=\${(Q)words[i]}
    if [[ -n $flag ]]; then flag=
    elif [[ -z $ended && $word == -- ]]; then ended=1
    elif [[ -z $ended && $word == -* ]]; then _entra_auth_cli_value "$at" "$word" && flag=$word
    elif (( $#below )) && _entra_auth_cli_command "\${at:+$at }$word"; then at="\${at:+$at }$word"
    elif (( $#below )); then return 1
    else position+=1
    fi
  done
  if [[ -n $flag ]]; then _entra_auth_cli_value "$at" "$flag" && _entra_auth_cli_offer_value "$value"
  elif [[ -z $ended && $PREFIX == --*=* ]]; then
    _entra_auth_cli_value "$at" "\${PREFIX%%=*}" && compset -P 1 '*=' && _entra_auth_cli_offer_value "$value"
  elif [[ -z $ended && $PREFIX == -[^-]?* ]] && _entra_auth_cli_value "$at" "\${PREFIX[1,2]}"; then
    compset -P '-?' && _entra_auth_cli_offer_value "$value"
  elif [[ -z $ended && $PREFIX == -* ]]; then _describe -o flag flags
  elif (( $#below )); then _describe -t commands command below
  elif (( position < $#args )); then _entra_auth_cli_offer_value "\${args[position + 1]}"
  elif [[ -z $ended ]]; then _describe -o flag flags
  fi
}

if [[ \${funcstack[1]} == _entra-auth-cli ]]; then
  _entra-auth-cli "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
  compdef _entra-auth-cli entra-auth-cli
fi
`
