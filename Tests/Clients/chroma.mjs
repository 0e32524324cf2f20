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
