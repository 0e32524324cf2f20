// Milvus's own client for the RESTful API.
import { HttpClient } from '@zilliz/milvus2-sdk-node'

let client

export function open({ endpoint, token, database }) {
  client = new HttpClient({ endpoint, token, database: database ?? 'default' })
}

export const has = body => client.hasCollection(body)
export const create = body => client.createCollection(body)
export const describe = body => client.describeCollection(body)
export const drop = body => client.dropCollection(body)
export const insert = body => client.insert(body)
export const upsert = body => client.upsert(body)
export const get = body => client.get(body)
export const query = body => client.query(body)
export const search = body => client.search(body)
export const remove = body => client.delete(body)
