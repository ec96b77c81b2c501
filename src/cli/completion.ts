import { Argument, type Command } from 'commander'
import bash from '../../packaging/completions/minitor.bash' with { type: 'text' }
import fish from '../../packaging/completions/minitor.fish' with { type: 'text' }
import zsh from '../../packaging/completions/minitor.zsh' with { type: 'text' }

const SCRIPTS = { bash, zsh, fish }

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .addArgument(new Argument('<shell>', 'where Tab is to complete').choices(Object.keys(SCRIPTS)))
    .description('Print the completions of commands, flags and names for a shell.')
    .addHelpText(
      'after',
      '\nPackages install them. Without one, put them where the shell looks for them:\n\n' +
        '  minitor completion bash >~/.local/share/bash-completion/completions/minitor\n' +
        '  minitor completion zsh >/usr/local/share/zsh/site-functions/_minitor\n' +
        '  minitor completion fish >~/.config/fish/completions/minitor.fish\n\n' +
        'or read them at its start, in ~/.bashrc or in ~/.zshrc behind compinit:\n\n' +
        '  source <(minitor completion bash)\n\n' +
        'Exit codes: 0 fine; 2 wrong usage.',
    )
    .action((shell: keyof typeof SCRIPTS) => {
      process.stdout.write(SCRIPTS[shell])
    })
}
