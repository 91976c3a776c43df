/** A command as a shell completes it. */
export interface Completed {
  readonly name: string;
  /** Its options, --site; and what may follow one, where something does. */
  readonly options: readonly { readonly flag: string; readonly values?: readonly string[] | 'files' }[];
  /** What may follow the command itself. */
  readonly values?: readonly string[];
}

/** A script that completes `program` in bash. Where nothing fits, bash offers files. */
function inBash(program: string, commands: readonly Completed[]): string {
  const followed = commands.flatMap(({ name, options, values }) => [
    ...(values ? [{ after: `${name} ${name}`, values }] : []),
    ...options.flatMap(({ flag, values: own }) => (own ? [{ after: `${name} ${flag}`, values: own }] : [])),
  ]);
  const words = ({ values }: (typeof followed)[number]) => (values === 'files' ? 'return' : `words='${values.join(' ')}'`);
  const named = `_${program.replaceAll('-', '_')}`;
  return `${named}() {
  COMPREPLY=()
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command=\${COMP_WORDS[1]} words= options= head=
  case $command in
${commands.map(({ name, options }) => `    ${name}) options='${options.map(({ flag }) => flag).join(' ')}' ;;`).join('\n')}
  esac
  case "$command $before" in
${followed.map((each) => `    '${each.after}') ${words(each)} ;;`).join('\n')}
    *) words=$options ;;
  esac
  case $word in
    -*) words=$options ;;
    # Several ids are apart by commas.
    *,*) head=\${word%,*}, word=\${word##*,} ;;
  esac
  [ "$COMP_CWORD" -gt 1 ] || words='${commands.map(({ name }) => name).join(' ')}'
  COMPREPLY=($(compgen -P "$head" -W "$words" -- "$word"))
}
complete -o default -F ${named} ${program}
`;
}

const ZSH = `(( $+functions[compdef] )) || { autoload -Uz compinit && compinit }
autoload -Uz bashcompinit && bashcompinit
`;

/** A script that completes `program`, to be read by the shell when it starts. */
export function completion(shell: 'bash' | 'zsh', program: string, commands: readonly Completed[]): string {
  const head = `# Completes ${program}. In ~/.${shell}rc: source <(${program} completion ${shell})\n`;
  return `${head}${shell === 'zsh' ? ZSH : ''}${inBash(program, commands)}`;
}
