// OpenSearch's own client (@opensearch-project/opensearch).
import { Client } from '@opensearch-project/opensearch'

let client

export function open({ url }) {
  client = new Client({ node: url })
}

export const version = async () => (await client.info()).body.version.number
export const exists = async ({ index }) => (await client.indices.exists({ index })).body
export const create = async ({ index, mappings, settings }) => (await client.indices.create({ index, body: { mappings, settings } })).body
export const describe = async ({ index }) => (await client.indices.get({ index })).body[index]
export const refresh = async ({ index }) => (await client.indices.refresh({ index })).body
export const count = async ({ index }) => (await client.count({ index })).body.count
export const search = async ({ index, body }) => (await client.search({ index, body })).body.hits.hits
export const removeByQuery = async ({ index, query }) => (await client.deleteByQuery({ index, body: { query }, refresh: true })).body

// The client's own bulk helper, with its own way of trying again.
export async function load({ index, documents, wait = 0 }) {
  const dropped = []
  const stats = await client.helpers.bulk({
    datasource: documents,
    onDocument: (document) => ({ index: { _index: index, _id: document.chunk } }),
    onDrop: (document) => dropped.push({ id: document.document.chunk, status: document.status }),
    wait,
    retries: 5,
    refreshOnCompletion: index,
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
