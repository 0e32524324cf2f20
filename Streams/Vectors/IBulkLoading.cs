namespace Sluice.Streams.Vectors;

/// <summary>A sink that takes many records faster after its collection has been told so: no refresh, index built later.</summary>
/// <remarks>
/// A run that begins on an empty collection asks for it after <see cref="IVectorSink.EnsureCollectionAsync"/> and ends it however the run ends. What was changed is noted in
/// the database or follows from its settings, so that <see cref="IVectorSink.EnsureCollectionAsync"/> of the next run puts back what a crash left; a collection stays
/// searchable meanwhile, if late. Both calls are idempotent and may throw what every call of a sink may throw.
/// </remarks>
public interface IBulkLoading
{
    /// <summary>Prepares the collection for many writes.</summary>
    /// <param name="cancellationToken">Cancels.</param>
    /// <returns>When it is prepared.</returns>
    Task BeginBulkLoadAsync(CancellationToken cancellationToken);

    /// <summary>Puts everything back and lets the index be built.</summary>
    /// <param name="cancellationToken">Cancels; the next <see cref="IVectorSink.EnsureCollectionAsync"/> does it then.</param>
    /// <returns>When the settings are back; the index may still be growing.</returns>
    Task EndBulkLoadAsync(CancellationToken cancellationToken);
}
