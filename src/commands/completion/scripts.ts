/**
 * One script a shell. Each asks `vpccni __complete WORD…` with the word under the cursor last; the answer has a candidate a
 * line, description behind a tab, and ends with `:N`, the sum of 2 (no space behind) and 4 (no file names).
 */
import type { Shell } from './shells.ts';

const BASH = `# bash completion of vpccni: source <(vpccni completion bash)
_vpccni() {
  local line="\${COMP_LINE:0:COMP_POINT}" words out directive current kept
  read -r -a words <<< "$line"
  [[ "$line" == *[[:space:]] ]] && words+=('')
  current="\${words[\${#words[@]}-1]}"
  out="$(vpccni __complete "\${words[@]:1}" 2>/dev/null)" || return
  directive="\${out##*:}"
  out="\${out%:*}"
  # bash breaks words at = and : and replaces only what stands behind them
  kept="\${current%"\${current##*[=:]}"}"
  COMPREPLY=()
  local candidate
  while IFS=$'\\t' read -r candidate _; do
    [[ -n "$candidate" ]] && COMPREPLY+=("\${candidate#"$kept"}")
  done <<< "$out"
  (( directive & 2 )) && compopt -o nospace
  (( directive & 4 )) || COMPREPLY+=($(compgen -f -- "\${current##*=}"))
}
complete -F _vpccni vpccni
`;

const ZSH = `#compdef vpccni
# zsh completion of vpccni: vpccni completion zsh > "\${fpath[1]}/_vpccni", or source it after compinit
_vpccni() {
  local out directive line
  local -a lines candidates nospace
  out="$(vpccni __complete "\${(@Q)words[2,CURRENT]}" 2>/dev/null)" || return
  lines=("\${(@f)out}")
  directive="\${lines[-1]#:}"
  local value about
  for line in "\${(@)lines[1,-2]}"; do
    value="\${line%%$'\\t'*}" about="\${line#*$'\\t'}"
    [[ "$line" == *$'\\t'* ]] || about=''
    [[ -n "$value" ]] && candidates+=("\${value//:/\\\\:}\${about:+:$about}")
  done
  (( directive & 2 )) && nospace=(-S '')
  (( \${#candidates} )) && _describe -t vpccni vpccni candidates "\${nospace[@]}"
  (( directive & 4 )) || _files
}
if [[ "\${funcstack[1]}" == _vpccni ]]; then _vpccni "$@"; else compdef _vpccni vpccni; fi
`;

const FISH = `# fish completion of vpccni: vpccni completion fish > ~/.config/fish/completions/vpccni.fish
function __vpccni_complete
  set -l words (commandline -opc) (commandline -ct)
  set -l out (vpccni __complete $words[2..-1] 2>/dev/null)
  string match -v -r '^:\\d+$' -- $out
  if test "$out[-1]" = ':0'
    __fish_complete_path (commandline -ct)
  end
end
complete -c vpccni -f -a '(__vpccni_complete)'
`;

/** Words are handed on, never evaluated: a completion must not run what stands on the line. An empty one is lost without quotes. */
const POWERSHELL = `# PowerShell completion of vpccni: vpccni completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName vpccni -ScriptBlock {
  param($wordToComplete, $commandAst, $cursorPosition)
  $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object {
    if ($_ -is [System.Management.Automation.Language.StringConstantExpressionAst]) { $_.Value } else { $_.ToString() }
  })
  if ($wordToComplete -eq '') { $words += '""' }
  $out = @(& vpccni __complete @words 2>$null)
  $out | Where-Object { $_ -notmatch '^:\\d+$' } | ForEach-Object {
    $name, $about = $_ -split "\`t", 2
    if (-not $about) { $about = $name }
    [System.Management.Automation.CompletionResult]::new($name, $name, 'ParameterValue', $about)
  }
}
`;

export const SCRIPTS: Readonly<Record<Shell, string>> = { bash: BASH, zsh: ZSH, fish: FISH, powershell: POWERSHELL };
