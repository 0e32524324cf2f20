using Sluice.Hosting.Http.Contract;

namespace Sluice.Hosting.Monitoring;

/// <summary>What a run is about; does not change while it lasts.</summary>
/// <param name="Sources">Locations, without secrets.</param>
/// <param name="Sink">Name of the database.</param>
/// <param name="Model">The model; null while it is not known.</param>
internal sealed record RunNames(IReadOnlyList<string> Sources, string Sink, ModelView? Model)
{
    /// <summary>Kind of the database: the scheme of its name.</summary>
    public string Kind => Sink.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon ? Sink[..colon] : Sink;
}
