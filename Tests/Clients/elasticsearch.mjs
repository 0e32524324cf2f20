// Elastic's own client (@elastic/elasticsearch).
import { Client } from '@elastic/elasticsearch'

let client

export function open({ url, apiKey }) {
  client = new Client({ node: url, auth: apiKey ? { apiKey } : undefined, maxRetries: 2 })
}

export const version = async () => (await client.info()).version.number
export const exists = ({ index }) => client.indices.exists({ index })
export const create = ({ index, mappings, settings }) => client.indices.create({ index, mappings, settings })
export const describe = async ({ index }) => (await client.indices.get({ index }))[index]
export const drop = ({ index }) => client.indices.delete({ index })
export const refresh = ({ index }) => client.indices.refresh({ index })
export const count = async ({ index }) => (await client.count({ index })).count
export const search = async ({ index, body }) => (await client.search({ index, ...body })).hits.hits
export const removeByQuery = ({ index, query }) => client.deleteByQuery({ index, query, refresh: true })

// The client's own bulk helper, with its own way of trying again.
export async function load({ index, documents, wait = 0 }) {
  const dropped = []
  const stats = await client.helpers.bulk({
    datasource: documents,
    onDocument: (document) => ({ index: { _index: index, _id: document.chunk } }),
    onDrop: (document) => dropped.push({ id: document.document.chunk, status: document.status }),
    wait,
    retries: 5,
    refreshOnCompletion: true,
  })
  return { total: stats.total, successful: stats.successful, failed: stats.failed, retry: stats.retry, dropped }
}

let loaded

// For measurements: reads records from a file, made ready for writing.
export async function ready({ file }) {
  const { readFile } = await import('node:fs/promises')
  loaded = JSON.parse(await readFile(file)).map(record => record)
}

// The client's own bulk helper, as it is set; the seconds it took.
export async function bulk({ index }) {
  const began = performance.now()
  const stats = await client.helpers.bulk({
    datasource: loaded,
    onDocument: document => ({ index: { _index: index, _id: document.id } }),
  })
  if (stats.failed > 0) {
    throw new Error(`${stats.failed} failed`)
  }

  return (performance.now() - began) / 1000
}
