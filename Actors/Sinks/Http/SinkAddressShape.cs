namespace Sluice.Actors.Sinks.Http;

/// <summary>What the address of one kind of database may say.</summary>
/// <param name="Database">The database's name as people write it, for messages.</param>
/// <param name="Scheme">Its scheme, lower-case.</param>
/// <param name="Example">An address, for messages.</param>
/// <param name="Port">The port where none is given.</param>
/// <param name="Parameters">Parameters of its own, beside those that all have (<see cref="SinkAddress.CommonParameters"/>).</param>
internal sealed record SinkAddressShape(string Database, string Scheme, string Example, int Port, IReadOnlyList<string> Parameters)
{
    /// <summary>The collection where none is named.</summary>
    public string Collection { get; init; } = "chunks";

    /// <summary>Whether the address may name user and password; an API key is never part of it.</summary>
    public bool TakesPassword { get; init; }

    /// <summary>Whether TLS is on where nothing is said; null (the default) for all hosts but this machine itself.</summary>
    public bool? Tls { get; init; }

    /// <summary>What is wrong with a collection's name, in words that go on after "the collection name 'x' is not legal; "; null when it is fine.</summary>
    public Func<string, string?> CheckCollection { get; init; } = static _ => null;
}
