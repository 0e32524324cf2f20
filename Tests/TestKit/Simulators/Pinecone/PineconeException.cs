namespace Sluice.TestKit.Simulators.Pinecone;

/// <summary>What Pinecone refuses: the status, and the code that goes with it (a number on the data plane, a word on the control plane).</summary>
internal sealed class PineconeException(int status, string code, string message) : Exception(message)
{
    public int Status { get; } = status;

    public string Code { get; } = code;

    /// <summary>The gRPC number of <see cref="Code"/>.</summary>
    public int Number => Code switch { "INVALID_ARGUMENT" => 3, "NOT_FOUND" => 5, "PERMISSION_DENIED" => 7, "RESOURCE_EXHAUSTED" => 8, "OUT_OF_RANGE" => 11, "UNAUTHENTICATED" => 16, _ => 2 };

    public static PineconeException Invalid(string message) => new(400, "INVALID_ARGUMENT", message);
}
