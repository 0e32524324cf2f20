namespace Sluice.Actors.Sinks.Elastic;

/// <summary>The Painless scripts that are sent. Their text is always the same, so that the server compiles each once; what changes is in their parameters.</summary>
internal static class ElasticScripts
{
    /// <summary>Replaces what may change while a chunk's text stays the same.</summary>
    public const string Relocate =
        "ctx._source.title = params.title; ctx._source.headings = params.headings; ctx._source.place = params.place; "
        + "ctx._source.metadata = params.metadata; ctx._source.metadata_long = params.metadata_long";
}
