/** The completion script for PowerShell 5.1 and later. */
import type { CommandGrammar, FlagGrammar, Value } from './grammar.ts'
import { powershellQuote } from './quote.ts'

const quoted = powershellQuote
const list = (words: readonly string[]) => `@(${words.map(quoted).join(', ')})`
const code = (value: Value | undefined) => (typeof value === 'string' ? [value] : ['words', ...(value ?? [])])

const flagRow = ({ names, offered, summary, value }: FlagGrammar) =>
  `      @{ Names = ${list(names)}; Offered = ${list(offered)}; Summary = ${quoted(summary)}; ` +
  `Value = ${value === undefined ? '$null' : list(code(value))} }`

const commandRow = ({ paths, below, flags, args }: CommandGrammar) => `\
    @{ Paths = ${list(paths)}
      Below = @(${below.map(({ word, summary }) => `@{ Word = ${quoted(word)}; Summary = ${quoted(summary)} }`).join(', ')})
      Arguments = @(${args.map((value) => `@{ Value = ${list(code(value))} }`).join(', ')})
      Flags = @(
${flags.map(flagRow).join('\n')}
      ) }`

export const powershellScript = (grammar: readonly CommandGrammar[]): string => `\
# Completion of entra-auth-cli for PowerShell. Made by \`entra-auth-cli autocomplete powershell\`; load it in $PROFILE with
#   entra-auth-cli autocomplete powershell | Out-String | Invoke-Expression

Register-ArgumentCompleter -Native -CommandName 'entra-auth-cli' -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)

  $commands = @(
${grammar.map(commandRow).join('\n')}
  )

  $findCommand = { param($path) $commands | Where-Object { $_.Paths -ccontains $path } | Select-Object -First 1 }
  $findFlag = { param($name) $command.Flags | Where-Object { $_.Names -ccontains $name } | Select-Object -First 1 }
  $offer = {
    param($word, $summary)
    if (-not $summary) { $summary = $word }
    [System.Management.Automation.CompletionResult]::new($word, $word, 'ParameterValue', $summary)
  }
  $offerValue = {
    param($value, $before, $begun)
    $words = switch ($value[0]) {
      'words' { $value | Select-Object -Skip 1 }
      'profiles' { entra-auth-cli autocomplete --profiles 2>$null }
      'files' { Get-ChildItem -Path "$begun*" -ErrorAction SilentlyContinue | Resolve-Path -Relative }
    }
    $words | Where-Object { $value[0] -eq 'files' -or $_.StartsWith($begun, 'OrdinalIgnoreCase') } |
      ForEach-Object { & $offer ($before + $(if ($_ -match '\\s') { "'" + $_.Replace("'", "''") + "'" } else { $_ })) }
  }
  $offerFlags = {
    foreach ($one in $command.Flags) {
      foreach ($name in $one.Offered) {
        if ($name.StartsWith($wordToComplete, 'Ordinal')) { & $offer $name $one.Summary }
      }
    }
  }

  $path = ''
  $command = & $findCommand ''
  $flag = $null
  $ended = $false
  $position = 0
  foreach ($element in @($commandAst.CommandElements | Select-Object -Skip 1)) {
    if ($element.Extent.EndOffset -ge $cursorPosition) { break }
    $word = $element.Extent.Text.Trim([char[]]@("'", '"'))
    if ($flag) { $flag = $null }
    elseif (-not $ended -and $word -ceq '--') { $ended = $true }
    elseif (-not $ended -and $word.StartsWith('-')) {
      $known = & $findFlag $word
      if ($known -and $known.Value) { $flag = $known }
    }
    elseif ($command.Below.Count -gt 0) {
      $path = "$path $word".Trim()
      $command = & $findCommand $path
      if (-not $command) { return }
    }
    else { $position++ }
  }

  if ($flag) { & $offerValue $flag.Value '' $wordToComplete; return }
  if (-not $ended -and $wordToComplete -match '^(--[^=]+)=(.*)$') {
    $before, $begun = ($Matches[1] + '='), $Matches[2]
    $known = & $findFlag $Matches[1]
    if ($known -and $known.Value) { & $offerValue $known.Value $before $begun }
    return
  }
  if (-not $ended -and $wordToComplete.StartsWith('-')) { & $offerFlags; return }
  if ($command.Below.Count -gt 0) {
    $command.Below | Where-Object { $_.Word.StartsWith($wordToComplete, 'OrdinalIgnoreCase') } |
      ForEach-Object { & $offer $_.Word $_.Summary }
  }
  elseif ($position -lt $command.Arguments.Count) {
    & $offerValue $command.Arguments[$position].Value '' $wordToComplete
  }
  elseif (-not $ended) { & $offerFlags }
}
`
