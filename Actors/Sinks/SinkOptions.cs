using Sluice.Actors.Sinks.Chroma;
using Sluice.Actors.Sinks.Elastic;
using Sluice.Actors.Sinks.Http;
using Sluice.Actors.Sinks.Milvus;
using Sluice.Actors.Sinks.Pgvector;
using Sluice.Actors.Sinks.Pinecone;
using Sluice.Actors.Sinks.Qdrant;
using Sluice.Actors.Sinks.Weaviate;
using Sluice.Actors.Storage.Sqlite;

namespace Sluice.Actors.Sinks;

/// <summary>Settings of sinks, by database. Configured below <c>sluice.sinks</c>.</summary>
public sealed class SinkOptions
{
    /// <summary>Settings of SQLite files.</summary>
    public SqliteOptions Sqlite { get; set; } = new();

    /// <summary>Settings of PostgreSQL with pgvector.</summary>
    public PgvectorOptions Pgvector { get; set; } = new();

    /// <summary>Settings of Qdrant.</summary>
    public QdrantOptions Qdrant { get; set; } = new();

    /// <summary>Settings of Elasticsearch.</summary>
    public ElasticOptions Elasticsearch { get; set; } = new();

    /// <summary>Settings of OpenSearch.</summary>
    public ElasticOptions Opensearch { get; set; } = new();

    /// <summary>Settings of Chroma.</summary>
    public ChromaOptions Chroma { get; set; } = new();

    /// <summary>Settings of Pinecone.</summary>
    public PineconeOptions Pinecone { get; set; } = new();

    /// <summary>Settings of Milvus.</summary>
    public MilvusOptions Milvus { get; set; } = new();

    /// <summary>Settings of Weaviate.</summary>
    public WeaviateOptions Weaviate { get; set; } = new();

    /// <summary>How databases are reached over HTTP.</summary>
    public SinkHttpOptions Http { get; set; } = new();
}
