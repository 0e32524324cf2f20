namespace Sluice.TestKit.Simulators.Qdrant;

/// <summary>What Qdrant refuses, with the status it answers.</summary>
internal sealed class QdrantException(int status, string message) : Exception(message)
{
    public int Status { get; } = status;

    public static QdrantException Wrong(string message) => new(400, $"Wrong input: {message}");

    public static QdrantException Format(string message) => new(400, $"Format error in JSON body: {message}");

    public static QdrantException NoCollection(string name) => new(404, $"Not found: Collection `{name}` doesn't exist!");
}
