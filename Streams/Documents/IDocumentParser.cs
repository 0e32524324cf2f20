namespace Sluice.Streams.Documents;

/// <summary>Turns a document's bytes into sections. Safe for concurrent use on different documents.</summary>
public interface IDocumentParser
{
    /// <summary>Name and version of everything that decides its output; part of the configuration hash: when it changes, documents are parsed again.</summary>
    string Fingerprint { get; }

    /// <summary>
    /// Reads <paramref name="content"/> and yields its sections as it goes: only what is being yielded, and what the format forces to be held, is in memory.
    /// </summary>
    /// <param name="content">The document; the caller disposes it.</param>
    /// <param name="cancellationToken">Ends parsing.</param>
    /// <returns>The sections in reading order. A <see cref="SectionKind.Title"/>, if any, comes first.</returns>
    /// <exception cref="Failures.DocumentRejectedException">It is empty, of unknown type, encrypted, corrupt, a bomb: with the reason.</exception>
    IAsyncEnumerable<Section> ParseAsync(DocumentContent content, CancellationToken cancellationToken);
}
