namespace Sluice.TestKit.Clients;

/// <summary>An official client threw, with what it said.</summary>
public sealed class NodeClientException(string message) : Exception(message);
