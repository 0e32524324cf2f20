namespace Sluice.TestKit.Simulators.Milvus;

/// <summary>An error as the server words it: a code in the body of a 200.</summary>
internal sealed class MilvusException(int code, string message) : Exception(message)
{
    public const int CollectionNotFound = 100;
    public const int CollectionNotLoaded = 101;
    public const int InvalidParameter = 1100;
    public const int MissingParameter = 1802;
    public const int BadInsertData = 1804;

    public int Code => code;
}
