import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { run } from '../../packaging/run.ts'

/** An npm registry on the loopback interface that has these tarballs and nothing else. */
export async function startRegistry(tarballs: readonly string[]) {
  const documents = new Map<string, object>()
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    routes: {
      '/-/:file': ({ params }) => new Response(Bun.file(tarballs.find((path) => basename(path) === params.file) ?? '')),
      '/:name': ({ params }) =>
        Response.json(documents.get(params.name) ?? {}, { status: documents.has(params.name) ? 200 : 404 }),
    },
  })
  for (const path of tarballs) {
    const manifest = JSON.parse(await run(['tar', '-xzOf', path, 'package/package.json']))
    const integrity = `sha512-${createHash('sha512').update(readFileSync(path)).digest('base64')}`
    const dist = { tarball: `${server.url}-/${basename(path)}`, integrity }
    documents.set(manifest.name, {
      name: manifest.name,
      'dist-tags': { latest: manifest.version },
      versions: { [manifest.version]: { ...manifest, dist } },
    })
  }
  return { url: String(server.url), [Symbol.asyncDispose]: () => server.stop(true) }
}
