# fish completion for minitor

# Whether the word to complete is the command.
function __minitor_begins
    test (count (commandline -opc)) -eq 1
end

# Whether the command is one of $argv; without one, minitor runs.
function __minitor_in
    set -l words (commandline -opc) run
    string match -q -- '-*' $words[2]; and set words[2] run
    contains -- $words[2] $argv
end

# Names from the configuration, with what they are. Before `--`, one that begins with a dash would be taken for a flag.
function __minitor_names
    set -l words (commandline -opc)
    set -l program (string replace -r '^~/' "$HOME/" -- $words[1])
    type -q $program; or return
    set -l names ($program complete $argv -- $words[2..-1] 2>/dev/null)
    if contains -- -- $words
        string join \n -- $names
    else
        string match -v -- '-*' $names
    end
end

complete -c minitor -f
complete -c minitor -n __minitor_begins -l version -d 'print the version'
@commands@

@takes@
