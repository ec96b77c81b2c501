import { describe, expect, test } from 'bun:test'
import { join } from 'node:path'
import { requireDebianPackage } from './support/debian.ts'

const PAGES = join(import.meta.dir, '../packaging/man')
const hasMan = requireDebianPackage('man-db', 'man') && requireDebianPackage('groff', 'groff')
const hasMandoc = requireDebianPackage('mandoc', 'mandoc')

function said(...command: string[]): string {
  const { stdout, stderr } = Bun.spawnSync(command, {
    cwd: PAGES,
    env: { ...process.env, MANWIDTH: '80', LANG: 'C.UTF-8' },
  })
  return `${stdout}${stderr}`
}

describe.each(['minitor.1', 'minitor.yml.5'])('%s', (page) => {
  test.skipIf(!hasMan)('groff has no warning', () => {
    const { stderr } = Bun.spawnSync(['man', '--warnings', '-E', 'UTF-8', '-l', '-Tutf8', '-Z', page], { cwd: PAGES })
    expect(stderr.toString()).toBe('')
  })

  test.skipIf(!hasMandoc)('mandoc finds no error', () => {
    const lines = said('mandoc', '-T', 'lint', '-W', 'warning', page).split('\n')
    // What is made has no date: it would change from build to build.
    expect(lines.filter((line) => line !== '' && !line.includes('missing date'))).toEqual([])
  })

  test.skipIf(!hasMan)('whatis and apropos find its name', () => {
    expect(said('lexgrog', page)).toContain(`"${page.replace(/\.\d$/, '')} - `)
  })
})

test.skipIf(!hasMan)('what is to be copied is written as it is typed', () => {
  const text = said('man', '-l', '-Tutf8', 'minitor.1').replace(/.\x08/g, '')
  expect(text).toContain('minitor alert mail --monitor "My blog"\n')
  expect(text).toContain('minitor backup "/backup/minitor-$(date +%F).db"\n')
  expect(text).toMatch(/^ +-c, --config path$/m)
  const reference = said('man', '-l', '-Tutf8', 'minitor.yml.5').replace(/.\x08/g, '')
  expect(reference).toContain('  - {name: Nightly job, command: [/usr/local/bin/docker_check.sh, nightly, "20"]}\n')
  expect(reference).toContain('input: {text: "{alert_message}\\n{summary}"}\n')
})
