// Weaviate's own client (REST and gRPC).
import weaviate, { configure, dataType, tokenization, vectors } from 'weaviate-client'

let client
const vectorOf = found => found.vectors?.default ?? Object.values(found.vectors ?? {})[0]

export async function open({ port, grpcPort, key }) {
  client = await weaviate.connectToCustom({
    httpHost: '127.0.0.1',
    httpPort: port,
    httpSecure: false,
    grpcHost: '127.0.0.1',
    grpcPort,
    grpcSecure: false,
    ...(key ? { authCredentials: new weaviate.ApiKey(key) } : {}),
  })
}

export const ready = () => client.isReady()

export const version = async () => (await client.getMeta()).version

export async function create({ name }) {
  await client.collections.create({
    name,
    vectorizers: vectors.selfProvided({ vectorIndexConfig: configure.vectorIndex.hnsw({ distanceMetric: 'cosine' }) }),
    properties: [
      { name: 'document', dataType: dataType.TEXT, tokenization: tokenization.FIELD },
      { name: 'text', dataType: dataType.TEXT },
      { name: 'number', dataType: dataType.INT },
    ],
  })
}

export async function describe({ name }) {
  const config = await client.collections.use(name).config.get()
  return {
    name: config.name,
    description: config.description,
    distance: Object.values(config.vectorizers)[0].indexConfig.distance,
    properties: Object.fromEntries(config.properties.map(property => [property.name, property.tokenization ?? property.dataType])),
  }
}

export const names = async () => (await client.collections.listAll()).map(found => found.name)

export async function insert({ name, objects }) {
  const reply = await client.collections.use(name).data.insertMany(objects)
  return { inserted: Object.keys(reply.uuids).length, errors: Object.values(reply.errors).map(error => error.message) }
}

export const count = async ({ name }) => (await client.collections.use(name).aggregate.overAll()).totalCount

export async function read({ name, id }) {
  const found = await client.collections.use(name).query.fetchObjectById(id, { includeVector: true })
  return found && { properties: found.properties, vector: vectorOf(found) }
}

export async function near({ name, vector, limit }) {
  const found = await client.collections.use(name).query.nearVector(vector, { limit, returnMetadata: ['distance'] })
  return found.objects.map(item => ({ id: item.uuid, distance: item.metadata.distance }))
}

export async function words({ name, text, property, limit }) {
  const found = await client.collections.use(name).query.bm25(text, { limit, queryProperties: [property], returnMetadata: ['score'] })
  return found.objects.map(item => ({ id: item.uuid, score: item.metadata.score }))
}

export async function list({ name }) {
  const ids = []
  for await (const item of client.collections.use(name).iterator()) {
    ids.push(item.uuid)
  }

  return ids
}

export async function remove({ name, property, value }) {
  const collection = client.collections.use(name)
  return (await collection.data.deleteMany(collection.filter.byProperty(property).equal(value))).matches
}

export async function removeById({ name, ids }) {
  const collection = client.collections.use(name)
  return (await collection.data.deleteMany(collection.filter.byId().containsAny(ids))).matches
}


let loaded

// For measurements: reads records from a file, made ready for writing.
export async function load({ file }) {
  const { readFile } = await import('node:fs/promises')
  loaded = JSON.parse(await readFile(file)).map(({ id, vector, ...properties }) => ({ id, vectors: vector, properties: { ...properties, words: properties.text, start: 0, end: properties.text.length } }))
}

// The client's own way of writing many; the seconds it took.
export async function bulk({ name, batch, parallel }) {
  const { data } = client.collections.use(name)
  let at = 0
  const worker = async () => {
    while (at < loaded.length) {
      const page = loaded.slice(at, (at += batch))
      const reply = await data.insertMany(page)
      if (reply.hasErrors) {
        throw new Error(Object.values(reply.errors)[0].message)
      }
    }
  }

  const began = performance.now()
  await Promise.all(Array.from({ length: parallel }, worker))
  return (performance.now() - began) / 1000
}
