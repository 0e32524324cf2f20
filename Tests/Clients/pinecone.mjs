// Pinecone's own client (@pinecone-database/pinecone).
import { Pinecone } from '@pinecone-database/pinecone'

let pinecone
let index

export function open({ url, apiKey }) {
  pinecone = new Pinecone({ apiKey, controllerHostUrl: url })
  index = namespace => (namespace ? pinecone.index({ host: url, namespace }) : pinecone.index({ host: url }))
}

export const create = settings => pinecone.createIndex(settings)
export const describe = ({ name }) => pinecone.describeIndex(name)
export const drop = ({ name }) => pinecone.deleteIndex(name)
export const upsert = ({ namespace, records }) => index(namespace).upsert({ records })
export const fetch = ({ namespace, ids }) => index(namespace).fetch({ ids })
export const query = ({ namespace, query }) => index(namespace).query(query)
export const removeMany = ({ namespace, ids }) => index(namespace).deleteMany({ ids })
export const removeByFilter = ({ namespace, filter }) => index(namespace).deleteMany({ filter })
export const statistics = () => index().describeIndexStats()
export const update = ({ namespace, id, metadata }) => index(namespace).update({ id, metadata })

// Ids of all pages.
export async function list({ namespace, limit }) {
  const ids = []
  let paginationToken
  do {
    const page = await index(namespace).listPaginated({ limit, paginationToken })
    ids.push(...page.vectors.map(one => one.id))
    paginationToken = page.pagination?.next
  } while (paginationToken)
  return ids
}

let loaded

// For measurements: reads records from a file, made ready for writing.
export async function ready({ file }) {
  const { readFile } = await import('node:fs/promises')
  loaded = JSON.parse(await readFile(file)).map(({ id, vector, ...metadata }) => ({ id, values: vector, metadata }))
}

// The client's own way of writing many; the seconds it took.
export async function bulk({ namespace, batch, parallel }) {
  let at = 0
  const worker = async () => {
    while (at < loaded.length) {
      const page = loaded.slice(at, (at += batch))
      await index(namespace).upsert({ records: page })
    }
  }

  const began = performance.now()
  await Promise.all(Array.from({ length: parallel }, worker))
  return (performance.now() - began) / 1000
}
