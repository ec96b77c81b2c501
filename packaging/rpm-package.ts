/** The .rpm, by rpmbuild: the same files as in the .deb, and scripts for what systemd and users need. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import manifest from '../package.json' with { type: 'json' }
import { licenses } from './contents.ts'
import {
  ABOUT,
  AGENT_CONFIGURATION,
  CONFIGURATION,
  DOCUMENTATION,
  EXECUTABLE,
  install,
  installedFiles,
  packageVersion,
} from './installed-files.ts'
import { run, sourceTime } from './run.ts'
import { type DistributionTarget, ROOT } from './targets.ts'

/** Where distributions with rpm look for what Debian keeps elsewhere. */
const MOVED: Readonly<Record<string, string>> = {
  '/usr/share/zsh/vendor-completions/_minitor': '/usr/share/zsh/site-functions/_minitor',
}

/** Directories that are removed with the package. */
const OWN = [DOCUMENTATION, '/usr/share/minitor']

/** Makes the package in `output`, staged in `directory`, and returns its path. */
export async function makeRpmPackage(
  target: DistributionTarget,
  executable: string,
  directory: string,
  output: string,
): Promise<string> {
  const root = join(directory, 'root')
  const files = [
    ...(await installedFiles()),
    { path: `${DOCUMENTATION}/LICENSES`, content: await licenses() },
    { path: `${DOCUMENTATION}/LICENSE`, content: await Bun.file(join(ROOT, 'LICENSE')).bytes() },
  ].map((file) => ({ ...file, path: MOVED[file.path] ?? file.path }))
  install(root, executable, files)

  const spec = join(directory, 'minitor.spec')
  writeFileSync(spec, specification(files.map(({ path }) => path)))
  const epoch = await sourceTime()
  const name = `minitor-${VERSION}-1.${target.rpm}.rpm`
  // biome-ignore format: one definition a line says less
  await run(['rpmbuild', '-bb', `--target=${target.rpm}-linux`, `--buildroot=${join(directory, 'build')}`,
    '--define', `_topdir ${join(directory, 'rpmbuild')}`, '--define', `_rpmdir ${output}`, '--define', `_rpmfilename ${name}`,
    '--define', `staged ${root}`, '--define', 'use_source_date_epoch_as_buildtime 1', '--define', '_buildhost minitor',
    '--define', '_binary_payload w6T.xzdio', spec], { env: { SOURCE_DATE_EPOCH: String(epoch) } })
  return join(output, name)
}

const VERSION = packageVersion(manifest.version)

function specification(paths: readonly string[]): string {
  return `Name: minitor
Version: ${VERSION}
Release: 1
Summary: ${manifest.description.replace(/\.$/, '')}
License: ${manifest.license}
Requires: glibc >= 2.17
Requires(pre): /usr/sbin/useradd
Recommends: ca-certificates, curl
AutoReqProv: no
%global debug_package %{nil}
%global __os_install_post %{nil}

%description
${ABOUT}

%install
cp -a %{staged}/. %{buildroot}/

%pre
getent passwd minitor >/dev/null || useradd --system --user-group --home-dir /var/lib/minitor --shell /sbin/nologin minitor

%post
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  # A first installation; after an upgrade, %postun restarts it.
  [ "$1" -gt 1 ] || systemctl preset minitor.service
fi || :

%preun
[ "$1" -gt 0 ] || [ ! -d /run/systemd/system ] || systemctl disable --now minitor.service minitor-agent.service || :

%postun
if [ -d /run/systemd/system ]; then
  systemctl daemon-reload
  [ "$1" -eq 0 ] || systemctl try-restart minitor.service minitor-agent.service
fi || :

%files
${EXECUTABLE}
%dir /etc/minitor
%config(noreplace) %attr(0640, root, minitor) ${CONFIGURATION}
%config(noreplace) %attr(0600, root, root) ${AGENT_CONFIGURATION}
${OWN.join('\n')}
${paths.filter((path) => !path.startsWith('/etc/minitor/') && !OWN.some((own) => path.startsWith(`${own}/`))).join('\n')}
`
}
