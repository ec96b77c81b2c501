import { expect, test } from 'bun:test'
import { namedPrograms } from './named-programs.ts'

const shown = (command: readonly (string | null)[]) =>
  namedPrograms(command)
    .map(({ kind, name, isForOther, hasAlternative }) =>
      [kind === 'script' ? 'script ' : '', name, isForOther ? '@other' : '', hasAlternative ? '?' : ''].join(''),
    )
    .join(', ')

test.each([
  { command: ['curl', '-fsS', 'https://example.org/'], expected: 'curl' },
  { command: ['/usr/lib/nagios/plugins/check_http', '-H', 'x'], expected: '/usr/lib/nagios/plugins/check_http' },
  { command: [null, 'x'], expected: '' },
  { command: ['env', '-u', 'HOME', 'LANG=C', 'df', '-P'], expected: 'env, df' },
  { command: ['env', 'PATH=/opt/bin', 'mine'], expected: 'env' },
  { command: ['sudo', '-n', '-u', 'postgres', 'psql', '-c', 'x'], expected: 'sudo, psql@other' },
  { command: ['sudo', 'timeout', '5', 'smartctl', '-H'], expected: 'sudo, timeout@other, smartctl@other' },
  { command: ['timeout', '-k', '1', '5s', 'nc', '-z'], expected: 'timeout, nc' },
  { command: ['nice', '-n', '10', 'ionice', '-c', '3', 'du'], expected: 'nice, ionice, du' },
  { command: ['flock', '-w', '1', '/tmp/lock', 'job'], expected: 'flock, job' },
  { command: ['flock', '/tmp/lock', '-c', 'job one'], expected: 'flock' },
  { command: ['timeout', null, 'job'], expected: 'timeout' },
  { command: ['bash', '-euo', 'pipefail', '-c', 'dig x | grep y'], expected: 'bash, dig, grep' },
  { command: ['sudo', 'sh', '-c', 'lsof -i'], expected: 'sudo, sh@other, lsof@other' },
  { command: ['bash', '/opt/check.sh', 'x'], expected: 'bash, script /opt/check.sh' },
  { command: ['python3', '/opt/check.py'], expected: 'python3, script /opt/check.py' },
  { command: ['python3', '-m', 'http.client'], expected: 'python3' },
  { command: ['test', '-f', '/x'], expected: 'test' },
])('$command names $expected', ({ command, expected }) => {
  expect(shown(command)).toBe(expected)
})

test.each([
  { script: 'curl -s x | jq -e .ok >/dev/null', expected: 'curl, jq' },
  { script: 'LANG=C df -P / | awk \'NR == 2 { print $5 "used" }\'', expected: 'df, awk' },
  { script: 'test $(date +%s -d "$(openssl x509 -enddate)") -gt 5', expected: 'date, openssl' },
  { script: 'if ! pgrep -x nginx; then systemctl restart nginx; fi', expected: 'pgrep, systemctl' },
  { script: 'for f in a b; do stat "$f" || exit 1; done', expected: 'stat?' },
  { script: 'case $1 in a|b) uptime;; *) echo no;; esac', expected: 'uptime' },
  { script: 'ask() { wget -q x; }\nask', expected: 'wget' },
  { script: 'function ask { wget -q x; }; ask', expected: 'wget' },
  { script: 'command -v podman >/dev/null && podman ps', expected: '' },
  { script: '[ -x /opt/x ] || exit 0; /opt/x; which jq && jq', expected: 'which' },
  { script: 'docker ps || podman ps', expected: 'docker?, podman' },
  { script: 'PATH=$PATH:/opt/bin; mine; /opt/other', expected: '/opt/other' },
  { script: 'cd /srv && ./check', expected: '' },
  { script: './check', expected: './check' },
  { script: '"$CHECK" x; $OPTIONS; ~/bin/x', expected: '' },
  { script: 'sudo -n smartctl -H /dev/sda', expected: 'sudo, smartctl@other' },
  { script: 'cat <<E | sendmail -i root\ncurl not\nE', expected: 'cat, sendmail' },
  { script: '[[ $(uptime) == x ]] && (( 1 + 2 ))', expected: 'uptime' },
  { script: "echo 'curl x'; # wget y", expected: '' },
  { script: 'exec nc -z localhost 22', expected: 'nc' },
  { script: 'true', expected: '' },
  { script: 'docker ps || exit 1; docker ps', expected: 'docker' },
])('$script names $expected', ({ script, expected }) => {
  expect(shown(['sh', '-c', script])).toBe(expected === '' ? 'sh' : `sh, ${expected}`)
})
