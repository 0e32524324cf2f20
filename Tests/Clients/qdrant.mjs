// Qdrant's own client (@qdrant/js-client-rest).
import { QdrantClient } from '@qdrant/js-client-rest'

let client

export function open({ url, apiKey }) {
  client = new QdrantClient({ url, apiKey, checkCompatibility: true })
}

export const version = () => client.versionInfo()
export const exists = ({ name }) => client.collectionExists(name)
export const create = ({ name, settings }) => client.createCollection(name, settings)
export const update = ({ name, settings }) => client.updateCollection(name, settings)
export const describe = ({ name }) => client.getCollection(name)
export const collections = () => client.getCollections()
export const drop = ({ name }) => client.deleteCollection(name)
export const index = ({ name, field, schema }) => client.createPayloadIndex(name, { field_name: field, field_schema: schema, wait: true })
export const upsert = ({ name, points, wait = true }) => client.upsert(name, { wait, points })
export const upsertColumns = ({ name, batch }) => client.upsert(name, { wait: true, batch })
export const remove = ({ name, selection }) => client.delete(name, { wait: true, ...selection })
export const count = ({ name, filter }) => client.count(name, { exact: true, filter })
export const retrieve = ({ name, ids }) => client.retrieve(name, { ids, with_payload: true, with_vector: true })
export const query = ({ name, query }) => client.query(name, query)
export const facet = ({ name, request }) => client.facet(name, request)
export const setPayload = ({ name, payload, points }) => client.setPayload(name, { payload, points, wait: true })

// All pages.
export async function scroll({ name, limit, filter }) {
  const found = []
  let offset
  do {
    const page = await client.scroll(name, { limit, filter, offset, with_payload: true, with_vector: false })
    found.push(...page.points)
    offset = page.next_page_offset
  } while (offset !== null && offset !== undefined)
  return found
}

let loaded

// For measurements: reads records from a file, made ready for writing.
export async function ready({ file }) {
  const { readFile } = await import('node:fs/promises')
  loaded = JSON.parse(await readFile(file)).map(({ id, vector, ...payload }) => ({ id, vector, payload }))
}

// The client's own way of writing many; the seconds it took.
export async function bulk({ name, batch, parallel }) {
  let at = 0
  const worker = async () => {
    while (at < loaded.length) {
      const page = loaded.slice(at, (at += batch))
      await client.upsert(name, { wait: true, points: page })
    }
  }

  const began = performance.now()
  await Promise.all(Array.from({ length: parallel }, worker))
  return (performance.now() - began) / 1000
}
