import { Argument, type Command } from 'commander';

/** One case of the script: what may follow after the words of a command. */
const caseOf = (command: Command, path: string, common: readonly string[]): readonly string[] => {
  const verbs = command.commands.map((one) => one.name());
  const options = command.options.flatMap(({ long }) => (long === undefined || long === null ? [] : [long]));
  const words = verbs.length > 0 ? [...verbs, '--help'] : [...new Set([...options, ...common])];
  return [
    `    '${path}') words='${words.join(' ')}' ;;`,
    ...command.commands.flatMap((one) => caseOf(one, `${path} ${one.name()}`.trim(), common)),
  ];
};

/**
 * Completion of every noun, verb and option, files where a word is none of ours. Words of a command are those before the first
 * option that name one.
 */
const bashScript = (program: Command): string => {
  const cases = caseOf(program, '', ['--json', '--yes', '--help']);
  return `_siappakai() {
  local words path= word current="\${COMP_WORDS[COMP_CWORD]}"
  _siappakai_words() {
    case "$1" in
${cases.join('\n')}
    *) return 1 ;;
    esac
  }
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) break ;; esac
    _siappakai_words "\${path:+$path }$word" || break
    path="\${path:+$path }$word"
  done
  _siappakai_words "$path"
  COMPREPLY=($(compgen -W "$words" -- "$current"))
}
complete -o default -F _siappakai siappakai ./siappakai
`;
};

export const completionCommand = (program: Command): void => {
  program
    .command('completion')
    .description('shell completion; use: source <(siappakai completion bash)')
    .addArgument(new Argument('[shell]', 'only bash so far').choices(['bash']).default('bash'))
    .action(() => void process.stdout.write(bashScript(program)));
};
