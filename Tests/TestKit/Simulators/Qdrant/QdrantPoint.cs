using System.Text.Json.Nodes;

namespace Sluice.TestKit.Simulators.Qdrant;

/// <summary>A stored point. Not changed once it is stored.</summary>
/// <param name="Id">Its id: a number, or a UUID in lower case with dashes.</param>
/// <param name="Sequence">Rises with each write.</param>
/// <param name="Vectors">Its vectors by name; the empty name for the one that has none.</param>
/// <param name="Payload">Its payload.</param>
internal sealed record QdrantPoint(QdrantId Id, long Sequence, IReadOnlyDictionary<string, QdrantVector> Vectors, JsonObject Payload);

/// <summary>A stored vector: dense, several rows of one, or sparse.</summary>
/// <param name="Values">Components, row after row; weights of a sparse one.</param>
/// <param name="Rows">Rows; 0 for a sparse one.</param>
/// <param name="Indices">Terms of a sparse one, rising; null otherwise.</param>
/// <param name="IsMany">Whether it was given as an array of arrays.</param>
internal sealed record QdrantVector(float[] Values, int Rows, uint[]? Indices, bool IsMany)
{
    public int Dimension => Rows == 0 ? 0 : Values.Length / Rows;

    public ReadOnlySpan<float> Row(int row) => Values.AsSpan(row * Dimension, Dimension);
}

/// <summary>An id: numbers come before UUIDs, each in their order.</summary>
/// <param name="Number">The number; null for a UUID.</param>
/// <param name="Uuid">The UUID.</param>
internal readonly record struct QdrantId(ulong? Number, Guid Uuid)
{
    public JsonNode ToJson() => Number is { } number ? JsonValue.Create(number) : JsonValue.Create(Uuid.ToString("D"))!;

    public static IComparer<QdrantId> Order { get; } = Comparer<QdrantId>.Create(static (one, other) => one.Compare(other));

    private int Compare(QdrantId other) => (Number, other.Number) switch
    {
        ({ } one, { } two) => one.CompareTo(two),
        (not null, null) => -1,
        (null, not null) => 1,
        _ => Uuid.CompareTo(other.Uuid),
    };

    public override string ToString() => Number?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? Uuid.ToString("D");
}
