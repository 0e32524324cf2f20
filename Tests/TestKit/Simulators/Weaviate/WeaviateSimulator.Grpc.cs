using Google.Protobuf;
using Sluice.TestKit.Simulators.Weaviate.Protocol;

namespace Sluice.TestKit.Simulators.Weaviate;

public sealed partial class WeaviateSimulator
{
    /// <summary>Path of the call that writes objects, for fault scripts.</summary>
    public const string BatchObjects = "/weaviate.v1.Weaviate/BatchObjects";

    /// <summary>Path of the call that searches.</summary>
    public const string Search = "/weaviate.v1.Weaviate/Search";

    /// <summary>Path of the call that deletes.</summary>
    public const string BatchDelete = "/weaviate.v1.Weaviate/BatchDelete";

    private const int DefaultLimit = 10;
    private const int MaxResults = 10_000;

    private SimulatorAnswer HandleGrpc(SimulatorRequest request)
    {
        if (request.Path == "/grpc.health.v1.Health/Check")
        {
            return GrpcAnswer.Ok(new Google.Protobuf.WellKnownTypes.Int32Value { Value = 1 }); // SERVING stands in field 1, as the value does here.
        }

        if (ApiKey is not null && request.Header("authorization") != $"Bearer {ApiKey}")
        {
            return GrpcAnswer.Error(GrpcAnswer.Unauthenticated, "unauthenticated: invalid api key, please provide a valid api key");
        }

        if (request.Body.Length > MaxMessageBytes)
        {
            return GrpcAnswer.Error(GrpcAnswer.ResourceExhausted, $"grpc: received message larger than max ({request.Body.Length} vs. {MaxMessageBytes})");
        }

        var message = GrpcAnswer.Message(request);
        if (DiscardsWrites && request.Path == BatchObjects)
        {
            return GrpcAnswer.Ok(new BatchObjectsReply());
        }

        try
        {
            lock (_store.Lock)
            {
                return request.Path switch
                {
                    BatchObjects => GrpcAnswer.Ok(Put(BatchObjectsRequest.Parser.ParseFrom(message))),
                    BatchDelete => GrpcAnswer.Ok(Delete(BatchDeleteRequest.Parser.ParseFrom(message))),
                    Search => GrpcAnswer.Ok(Find(SearchRequest.Parser.ParseFrom(message))),
                    "/weaviate.v1.Weaviate/Aggregate" => GrpcAnswer.Ok(Count(AggregateRequest.Parser.ParseFrom(message))),
                    _ => GrpcAnswer.Error(GrpcAnswer.Unimplemented, $"unknown method {request.Path}"),
                };
            }
        }
        catch (WeaviateException exception)
        {
            return GrpcAnswer.Error(GrpcAnswer.Unknown, exception.Message);
        }
    }

    private BatchObjectsReply Put(BatchObjectsRequest request)
    {
        var reply = new BatchObjectsReply();
        for (var i = 0; i < request.Objects.Count; i++)
        {
            try
            {
                if (RefuseObject?.Invoke(request.Objects[i].Uuid) is { } reason)
                {
                    throw new WeaviateException(reason);
                }

                _store.Put(request.Objects[i]);
            }
            catch (WeaviateException exception)
            {
                reply.Errors.Add(new BatchObjectsReply.Types.BatchError { Index = i, Error = exception.Message });
            }
        }

        return reply;
    }

    private BatchDeleteReply Delete(BatchDeleteRequest request)
    {
        var collection = _store.Require(request.Collection);
        if (request.Filters is null)
        {
            throw new WeaviateException("batch delete: no filters are given");
        }

        var found = collection.Objects.Values.Where(WeaviateFilter.Compile(collection, request.Filters)).Take(MaxResults).ToList();
        if (!request.DryRun)
        {
            found.ForEach(item => collection.Objects.Remove(item.Id));
        }

        return new BatchDeleteReply { Matches = found.Count, Successful = found.Count };
    }

    private AggregateReply Count(AggregateRequest request)
    {
        var collection = _store.Require(request.Collection);
        return new AggregateReply
        {
            SingleResult = new AggregateReply.Types.Single { ObjectsCount = collection.Objects.Values.Count(WeaviateFilter.Compile(collection, request.Filters)) },
        };
    }

    private SearchReply Find(SearchRequest request)
    {
        if (!request.Uses127Api)
        {
            throw new WeaviateException("this server answers requests of the 1.27 API only");
        }

        var collection = _store.Require(request.Collection);
        var limit = request.Limit == 0 ? DefaultLimit : (int)request.Limit;
        if (limit + request.Offset > MaxResults)
        {
            throw new WeaviateException("query maximum results exceeded");
        }

        var passing = collection.Objects.Values.Where(WeaviateFilter.Compile(collection, request.Filters));
        IEnumerable<(StoredObject Item, double Score)> ranked;
        if (request.After.Length > 0)
        {
            if (request.Filters is not null || request.NearVector is not null || request.Bm25Search is not null || request.Offset > 0)
            {
                throw new WeaviateException("cursor api: invalid 'after' parameter: where cannot be set with after and limit parameters");
            }

            ranked = passing.Where(item => string.CompareOrdinal(item.Id, request.After) > 0).Select(static item => (item, 0.0));
        }
        else if (request.NearVector is { } near)
        {
            var (name, index, question) = Question(collection, near);
            ranked = WeaviateRanking.ByVector(passing, name, index, question);
        }
        else
        {
            ranked = request.Bm25Search is { } words
                ? WeaviateRanking.ByWords(collection, passing, words.Query, words.Properties)
                : (request.Filters is null ? passing : passing.OrderBy(static item => item.Number)).Select(static item => (item, 0.0));
        }

        var reply = new SearchReply();
        reply.Results.AddRange(ranked.Skip((int)request.Offset).Take(limit).Select(pair => Result(collection, request, pair.Item, pair.Score)));
        return reply;
    }

    private static (string Name, VectorIndex Index, float[][] Question) Question(StoredClass collection, NearVector near)
    {
        var name = near.Targets?.TargetVectors.FirstOrDefault() ?? near.TargetVectors.FirstOrDefault() ?? near.VectorForTargets.FirstOrDefault()?.Name ?? WeaviateStore.SoleVector(collection);
        var index = collection.Vectors.GetValueOrDefault(name) ?? throw new WeaviateException($"class {collection.Name} does not have named vector {name} configured. Available named vectors map[{string.Join(' ', collection.Vectors.Keys)}]");
        var given = near.Vectors.FirstOrDefault() ?? near.VectorForTargets.FirstOrDefault()?.Vectors.FirstOrDefault();
        var question = given is not null ? WeaviateStore.Rows(given.VectorBytes, given.Type == Protocol.Vectors.Types.VectorType.MultiFp32)
            : !near.VectorBytes.IsEmpty ? WeaviateStore.Rows(near.VectorBytes, several: false)
            : near.VectorForTargets.FirstOrDefault() is { } target ? WeaviateStore.Rows(target.VectorBytes, several: false)
            : [[.. near.Vector]];
        return index.IsMulti == (given?.Type == Protocol.Vectors.Types.VectorType.MultiFp32)
            ? (name, index, question)
            : throw new WeaviateException(index.IsMulti ? "multi vector index is searched with a single vector" : "single vector index is searched with a multi vector");
    }

    private static SearchResult Result(StoredClass collection, SearchRequest request, StoredObject item, double score)
    {
        var metadata = new MetadataResult();
        if (request.Metadata is { } asked)
        {
            if (asked.Uuid)
            {
                metadata.Id = item.Id;
                metadata.IdAsBytes = ByteString.CopyFrom(Guid.Parse(item.Id).ToByteArray(bigEndian: true));
            }

            if (asked.Distance && request.NearVector is not null)
            {
                (metadata.Distance, metadata.DistancePresent) = ((float)score, true);
            }

            if (asked.Score && request.Bm25Search is not null)
            {
                (metadata.Score, metadata.ScorePresent) = ((float)score, true);
            }

            foreach (var name in asked.Vectors.Count > 0 ? asked.Vectors.AsEnumerable() : asked.Vector ? item.Vectors.Keys : [])
            {
                if (item.Vectors.TryGetValue(name, out var rows))
                {
                    var several = collection.Vectors[name].IsMulti;
                    metadata.Vectors.Add(new Protocol.Vectors
                    {
                        Name = name,
                        VectorBytes = WeaviateStore.Bytes(rows, several),
                        Type = several ? Protocol.Vectors.Types.VectorType.MultiFp32 : Protocol.Vectors.Types.VectorType.SingleFp32,
                    });
                }
            }
        }

        var properties = new Properties();
        foreach (var (name, value) in item.Properties)
        {
            if (request.Properties is null || request.Properties.ReturnAllNonrefProperties || request.Properties.NonRefProperties.Contains(name))
            {
                properties.Fields[name] = Value(collection.Properties[name], value);
            }
        }

        return new SearchResult { Metadata = metadata, Properties = new PropertiesResult { TargetCollection = collection.Name, NonRefProps = properties } };
    }

    private static Value Value(StoredProperty property, object value) => value switch
    {
        string text => new Value { TextValue = text },
        double number when property.Type == "int" => new Value { IntValue = (long)number },
        double number => new Value { NumberValue = number },
        bool flag => new Value { BoolValue = flag },
        _ => new Value { ListValue = new ListValue { TextValues = new TextValues { Values = { (List<string>)value } } } },
    };
}
