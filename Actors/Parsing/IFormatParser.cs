using Sluice.Streams.Documents;

namespace Sluice.Actors.Parsing;

/// <summary>Parses one format, or one family of formats. Stateless; safe for concurrent use.</summary>
internal interface IFormatParser
{
    /// <summary>Short name, for the fingerprint and for people: <c>pdf</c>.</summary>
    string Name { get; }

    /// <summary>Raised whenever the output changes, so that documents are parsed again.</summary>
    int Version { get; }

    /// <summary>Yields the sections of <paramref name="input"/> as it reads them.</summary>
    /// <param name="input">The document.</param>
    /// <param name="cancellationToken">Ends parsing.</param>
    /// <returns>The sections in reading order.</returns>
    IAsyncEnumerable<Section> ParseAsync(ParseInput input, CancellationToken cancellationToken);
}
