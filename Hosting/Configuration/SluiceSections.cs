using Sluice.Actors.Parsing;

namespace Sluice.Hosting.Configuration;

/// <summary>The options classes and where they stand in the configuration: the one place to add a room's options.</summary>
internal static class SluiceSections
{
    /// <summary>All of them.</summary>
    public static IReadOnlyList<OptionsSection> All { get; } =
    [
        new("sluice", typeof(SluiceOptions)),
        new("sluice.parsing", typeof(ParsingOptions)),
        new("sluice.search", typeof(SearchOptions)),
        new("sluice.display", typeof(DisplayOptions)),
    ];
}
