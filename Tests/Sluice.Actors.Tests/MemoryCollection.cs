namespace Sluice.Actors.Tests;

/// <summary>Tests that measure the memory of their process run alone, after all others.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MemoryCollection
{
    public const string Name = "measures memory";
}
