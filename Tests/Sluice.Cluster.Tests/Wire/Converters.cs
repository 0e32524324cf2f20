using System.Text.Json;
using System.Text.Json.Serialization;
using Akka.Actor;
using Sluice.Streams.Vectors;

namespace Sluice.Cluster.Tests.Wire;

using Embedding = Sluice.Streams.Vectors.Embedding;

/// <summary>Memory as a list of numbers, whatever holds it.</summary>
internal sealed class MemoryConverter : JsonConverterFactory
{
    public override bool CanConvert(Type typeToConvert) => typeToConvert.IsGenericType && typeToConvert.GetGenericTypeDefinition() == typeof(ReadOnlyMemory<>);

    public override JsonConverter CreateConverter(Type typeToConvert, JsonSerializerOptions options) =>
        (JsonConverter)Activator.CreateInstance(typeof(Of<>).MakeGenericType(typeToConvert.GetGenericArguments()))!;

    private sealed class Of<T> : JsonConverter<ReadOnlyMemory<T>>
    {
        public override ReadOnlyMemory<T> Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, ReadOnlyMemory<T> value, JsonSerializerOptions options) => JsonSerializer.Serialize(writer, value.ToArray(), options);
    }
}

/// <summary>An actor by its path.</summary>
internal sealed class ActorConverter : JsonConverter<IActorRef>
{
    public override bool CanConvert(Type typeToConvert) => typeof(IActorRef).IsAssignableFrom(typeToConvert);

    public override IActorRef Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

    public override void Write(Utf8JsonWriter writer, IActorRef value, JsonSerializerOptions options) => writer.WriteStringValue(value.IsNobody() ? "" : value.Path.ToStringWithoutAddress() + value.Path.Uid);
}

/// <summary>An embedding by its kind and all its values.</summary>
internal sealed class EmbeddingConverter : JsonConverter<Embedding>
{
    public override Embedding Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => throw new NotSupportedException();

    public override void Write(Utf8JsonWriter writer, Embedding value, JsonSerializerOptions options) => JsonSerializer.Serialize<object>(
        writer,
        value switch
        {
            DenseEmbedding dense => new { Dense = dense.Values.ToArray() },
            MultiVectorEmbedding multi => new { Multi = multi.Values.ToArray(), multi.Rows, multi.Dimension },
            SparseEmbedding sparse => new { Sparse = sparse.Indices.ToArray(), Values = sparse.Values.ToArray() },
            _ => throw new NotSupportedException(),
        },
        options);
}
