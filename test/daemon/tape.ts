/**
 * A shell check that plays NAME.tape, one letter for each run: S passes, F fails. At the tape's end it hangs, so that
 * nothing happens any more and counts can be compared. NAME.runs has a line for each run.
 */
function tapeCheck(name: string): string {
  return [
    `echo >>${name}.runs`,
    `run=$(wc -l <${name}.runs)`,
    `letter=$(cut -c"$run" ${name}.tape)`,
    `echo "run $run: $letter"`,
    'case $letter in S) exit 0 ;; F) exit 1 ;; *) exec sleep 600 ;; esac',
  ].join('; ')
}

/** A monitor that plays a tape of its name (letters and digits only). `keys` are further lines of YAML. */
export function tapeMonitor(name: string, keys: readonly string[]): string {
  return [
    `  - name: ${name}`,
    `    command: ${JSON.stringify(tapeCheck(name))}`,
    '    timeout: 1h',
    ...keys.map((key) => `    ${key}`),
  ].join('\n')
}
