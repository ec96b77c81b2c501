import type { HonoRequest } from 'hono'

/** The fields of a form; one that is not there is empty. Never fails, as `takeBody` came before. */
export async function readForm(request: HonoRequest): Promise<(field: string) => string> {
  const fields = new URLSearchParams(await request.text())
  return (field) => fields.get(field) ?? ''
}
