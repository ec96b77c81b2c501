/** Shorter values are found in ordinary text too often to be masked. */
const SHORTEST_SECRET = 6

/** Variables that everybody has: their values appear in many outputs and are no secrets. */
const HARMLESS =
  /^(?:CI|COLUMNS|EDITOR|HOME|HOSTNAME|LANG|LANGUAGE|LINES|LOGNAME|MAIL|OLDPWD|PAGER|PATH|PWD|SHELL|TERM|TMPDIR|TZ|USER|XDG_RUNTIME_DIR)$|^(?:LC|MINITOR)_/

/** Whether a value that came from outside the configuration is masked wherever text leaves Minitor. */
export function isSecret(value: string): boolean {
  return value.trim().length >= SHORTEST_SECRET
}

/** Whether a variable that a script names may hold a secret. */
export function isPrivateVariable(name: string): boolean {
  return !HARMLESS.test(name)
}
