/** The completion script for bash 3.2 and later, without the bash-completion package. */
import type { CommandGrammar, FlagGrammar, Value } from './grammar.ts'
import { posixQuote } from './quote.ts'

const code = (value: Value) => (typeof value === 'string' ? value : `words ${value.join(' ')}`)
const patterns = (words: readonly string[]) => words.map(posixQuote).join('|')

function commandCase({ paths, below, flags, args }: CommandGrammar): string {
  const words = below.map(({ word }) => word).join(' ')
  const offered = flags.flatMap((flag) => flag.offered).join(' ')
  const kinds = args.map((value) => posixQuote(code(value))).join(' ')
  return `    ${patterns(paths)}) below=${posixQuote(words)} flags=${posixQuote(offered)} args=(${kinds}) ;;`
}

const valued = ({ flags }: CommandGrammar) =>
  flags.filter((flag): flag is FlagGrammar & { value: Value } => flag.value !== undefined)

function valueCase(command: CommandGrammar): string {
  const cases = valued(command).map(
    ({ names, value }) => `      ${patterns(names)}) value=${posixQuote(code(value))} ;;`,
  )
  return `    ${patterns(command.paths)}) case $2 in\n${cases.join('\n')}\n      *) return 1 ;; esac ;;`
}

export const bashScript = (grammar: readonly CommandGrammar[]): string => `\
# Completion of entra-auth-cli for bash. Made by \`entra-auth-cli autocomplete bash\`; load it in ~/.bashrc with
#   source <(entra-auth-cli autocomplete bash)

# What may follow these words: sets below, flags and args; fails where they are no command.
_entra_auth_cli_command() {
  case $1 in
${grammar.map(commandCase).join('\n')}
    *) return 1 ;;
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
    *) return 1 ;;
  esac
}

# Offers those of the words that begin with $cur.
_entra_auth_cli_offer() {
  local word
  for word; do
    if [[ $word == "$cur"* ]]; then COMPREPLY+=("$prefix$word"); fi
  done
}

_entra_auth_cli_offer_value() {
  local word
  case $1 in
    words\\ *) _entra_auth_cli_offer \${1#words } ;;
    profiles)
      local nocase=
      shopt -q nocasematch || { nocase=1; shopt -s nocasematch; }
      while IFS= read -r word; do _entra_auth_cli_offer "$word"; done \\
        < <(command entra-auth-cli autocomplete --profiles 2>/dev/null </dev/null)
      if [[ $nocase ]]; then shopt -u nocasematch; fi ;;
    files)
      # Readline's own way knows quotes and ~; before bash 4 it cannot be asked for here.
      compopt -o default 2>/dev/null ||
        while IFS= read -r word; do COMPREPLY+=("$prefix$word"); done < <(compgen -f -- "$cur") ;;
  esac
}

_entra_auth_cli() {
  COMPREPLY=()
  # The words as they were typed: bash splits at the = of --flag=value too.
  local words=() line=\${COMP_LINE:0:COMP_POINT} rest i
  for ((i = 0; i <= COMP_CWORD; i++)); do
    rest=\${line#"\${line%%[![:space:]]*}"}
    if ((i == COMP_CWORD)); then local word=$rest; else local word=\${COMP_WORDS[i]}; fi
    if ((i == 0)) || [[ $rest != "$line" ]]; then words+=("$word"); else words[\${#words[@]} - 1]+=$word; fi
    line=\${rest#"$word"}
  done
  local cur=\${words[\${#words[@]} - 1]} at= flag= ended= position=0 prefix= below flags value IFS=$' \\t\\n'
  local -a args
  _entra_auth_cli_command ''
  for ((i = 1; i < \${#words[@]} - 1; i++)); do
    word=\${words[i]}
    if [[ $flag ]]; then flag=
    elif [[ ! $ended && $word == -- ]]; then ended=1
    elif [[ ! $ended && $word == -* ]]; then _entra_auth_cli_value "$at" "$word" && flag=$word
    elif ((position == 0)) && [[ $below ]] && _entra_auth_cli_command "\${at:+$at }$word"; then at="\${at:+$at }$word"
    elif [[ $below ]]; then return
    else position=$((position + 1))
    fi
  done
  # Within quotes readline replaces all of the word, else what stands behind the last = or :.
  local full=$cur breaks=\${COMP_WORDBREAKS//[^=:]/}
  if [[ $cur == [\\"\\']* ]]; then cur=\${cur:1} breaks=; fi
  if [[ $flag ]]; then _entra_auth_cli_value "$at" "$flag" && _entra_auth_cli_offer_value "$value"
  elif [[ ! $ended && $cur == --*=* ]]; then
    prefix=\${cur%%=*}= cur=\${cur#*=}
    _entra_auth_cli_value "$at" "\${prefix%=}" && _entra_auth_cli_offer_value "$value"
  elif [[ ! $ended && $cur == -[!-]?* ]] && _entra_auth_cli_value "$at" "\${cur:0:2}"; then
    prefix=\${cur:0:2} cur=\${cur:2}
    _entra_auth_cli_offer_value "$value"
  elif [[ ! $ended && $cur == -* ]]; then _entra_auth_cli_offer $flags
  elif [[ $below ]]; then _entra_auth_cli_offer $below
  elif ((position < \${#args[@]})); then _entra_auth_cli_offer_value "\${args[position]}"
  elif [[ ! $ended && ! $cur ]]; then _entra_auth_cli_offer $flags
  fi
  if [[ $breaks && $full == *[$breaks]* && \${#COMPREPLY[@]} -gt 0 ]]; then
    COMPREPLY=("\${COMPREPLY[@]#"\${full%"\${full##*[$breaks]}"}"}")
  fi
}

complete -F _entra_auth_cli entra-auth-cli
`
