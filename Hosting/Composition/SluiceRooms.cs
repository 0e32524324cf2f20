using Microsoft.Extensions.Logging;
using Sluice.Hosting.Configuration;
using Sluice.Streams.Chunks;
using Sluice.Streams.Documents;
using Sluice.Streams.Ledger;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Composition;

/// <summary>Joins the rooms: the one place that knows the classes behind the ports.</summary>
/// <param name="settings">The configuration.</param>
/// <param name="loggers">The log.</param>
/// <param name="timeProvider">The clock.</param>
internal sealed class SluiceRooms(SluiceSettings settings, ILoggerFactory loggers, TimeProvider timeProvider) : ISluiceRooms
{
    /// <inheritdoc/>
    public IDocumentParser CreateParser() => throw Missing("parsing");

    /// <inheritdoc/>
    public IDocumentSource OpenSource(string location, IReadOnlyList<string> ownFiles) => throw Missing("sources");

    /// <inheritdoc/>
    public Task<IModelHandle> OpenModelAsync(string model, Action<string> notify, CancellationToken cancellationToken) => throw Missing("embedding");

    /// <inheritdoc/>
    public IReadOnlyList<ModelEntry> ListModels() => throw Missing("embedding");

    /// <inheritdoc/>
    public IChunker CreateChunker(IModelHandle model) => throw Missing("chunking");

    /// <inheritdoc/>
    public ILedger OpenLedger(string uri) => throw Missing("ledgers");

    /// <inheritdoc/>
    public IVectorSink OpenSink(string uri) => throw Missing("sinks");

    /// <inheritdoc/>
    public Task<VerificationResult> VerifyAsync(IVectorSink sink, ILedger ledger, bool repair, CancellationToken cancellationToken) => throw Missing("sinks");

    /// <inheritdoc/>
    public IIngestion CreateIngestion(IngestionPlan plan) => throw Missing("core");

    private NotSupportedException Missing(string room)
    {
        _ = (settings, loggers, timeProvider);
        return new($"The room '{room}' is not joined to this program yet.");
    }
}
