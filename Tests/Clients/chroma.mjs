// Chroma's own client (chromadb).
import { ChromaClient } from 'chromadb'

let client

export function open({ host, port }) {
  client = new ChromaClient({ host, port, ssl: false })
}

const collection = (name) => client.getCollection({ name, embeddingFunction: null })

export const version = () => client.version()
export const create = ({ name, configuration, metadata }) => client.createCollection({ name, configuration, metadata, embeddingFunction: null })
export const drop = ({ name }) => client.deleteCollection({ name })
export const count = async ({ name }) => (await collection(name)).count()
export const describe = async ({ name }) => {
  const found = await collection(name)
  return { name: found.name, metadata: found.metadata, configuration: found.configuration }
}
export const upsert = async ({ name, records }) => (await collection(name)).upsert(records)
export const get = async ({ name, ...query }) => (await collection(name)).get(query)
export const query = async ({ name, ...query }) => (await collection(name)).query(query)
export const remove = async ({ name, ...selection }) => (await collection(name)).delete(selection)

// As many records as a load test asks for, in requests of the size it says.
export async function load({ name, ids, embeddings, documents, metadatas, batch }) {
  const target = await collection(name)
  for (let at = 0; at < ids.length; at += batch) {
    const end = at + batch
    await target.upsert({
      ids: ids.slice(at, end), embeddings: embeddings.slice(at, end), documents: documents.slice(at, end), metadatas: metadatas.slice(at, end),
    })
  }
}

let loaded

// For measurements: reads records from a file, made ready for writing.
export async function ready({ file }) {
  const { readFile } = await import('node:fs/promises')
  loaded = JSON.parse(await readFile(file)).map(({ id, vector, text, ...metadata }) => ({ id, vector, text, metadata }))
}

// The client's own way of writing many; the seconds it took.
export async function bulk({ name, batch, parallel }) {
  const target = await collection(name)
  let at = 0
  const worker = async () => {
    while (at < loaded.length) {
      const page = loaded.slice(at, (at += batch))
      await target.upsert({
        ids: page.map(record => record.id), embeddings: page.map(record => record.vector), documents: page.map(record => record.text), metadatas: page.map(record => record.metadata),
      })
    }
  }

  const began = performance.now()
  await Promise.all(Array.from({ length: parallel }, worker))
  return (performance.now() - began) / 1000
}
