using Sluice.Actors.Core;
using Sluice.Actors.Embedding;
using Sluice.Hosting.Configuration;
using Sluice.Streams.Stages;
using Sluice.Streams.Vectors;

namespace Sluice.Hosting.Composition;

/// <summary>
/// The models of a server, each opened by the first who needs it, with one session for all: texts that callers want embedded and questions of searches share its batches.
/// A few stay open; of more, the one that was not used longest is closed. Safe for concurrent use.
/// </summary>
/// <param name="batchTokens">Most padded tokens of a batch; 0 for as many as turn out to be best.</param>
/// <param name="maxWaitingTokens">Most tokens that wait for a model, from 1.</param>
internal sealed class ServedModels(int batchTokens, long maxWaitingTokens) : IAsyncDisposable
{
    private const int MostOpen = 4;
    private readonly SemaphoreSlim _opening = new(1, 1);
    private readonly Lock _lock = new();
    private readonly List<ServedModel> _open = []; // Last used last.

    /// <summary>Makes those of a server. Their batches do not find their size: while it tries larger ones, somebody waits.</summary>
    /// <param name="settings">The server's settings.</param>
    /// <returns>The models; none is open yet.</returns>
    public static ServedModels Of(SluiceSettings settings) =>
        new(Math.Max(BatchBudget.Least, settings.Get<PipelineOptions>().BatchTokens), settings.Get<HttpOptions>().MaxWaitingTokens);

    /// <summary>Uses the model that the user names.</summary>
    /// <param name="rooms">Open it.</param>
    /// <param name="model">Its name; empty for the default.</param>
    /// <param name="use">What is done with it; must not keep it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What it came to.</returns>
    /// <exception cref="Streams.Failures.ModelException">It cannot be used.</exception>
    public Task<T> UseAsync<T>(ISluiceRooms rooms, string model, Func<ServedModel, Task<T>> use, CancellationToken cancellationToken) =>
        UseAsync(opened => opened.Names.Contains(model), () => rooms.OpenModelAsync(model, static _ => { }, cancellationToken), model, use, cancellationToken);

    /// <summary>Uses the model that a collection's vectors are from.</summary>
    /// <param name="rooms">Open it.</param>
    /// <param name="collection">The collection.</param>
    /// <param name="use">What is done with it; must not keep it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>What it came to.</returns>
    /// <exception cref="Streams.Failures.ModelException">It is not here, or the settings name another one.</exception>
    public Task<T> UseAsync<T>(ISluiceRooms rooms, CollectionInfo collection, Func<ServedModel, Task<T>> use, CancellationToken cancellationToken) =>
        UseAsync(opened => opened.Handle.Info.Fingerprint == collection.ModelFingerprint, () => rooms.OpenModelAsync(collection, static _ => { }, cancellationToken), null, use, cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var model in _open)
        {
            await model.CloseAsync().ConfigureAwait(false);
        }

        _open.Clear();
        _opening.Dispose();
    }

    private async Task<T> UseAsync<T>(Func<ServedModel, bool> isIt, Func<Task<IModelHandle>> open, string? name, Func<ServedModel, Task<T>> use, CancellationToken cancellationToken)
    {
        var model = Enter(isIt) ?? await OpenAsync(isIt, open, name, cancellationToken).ConfigureAwait(false);
        try
        {
            return await use(model).ConfigureAwait(false);
        }
        finally
        {
            if (Leave(model))
            {
                await model.CloseAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task<ServedModel> OpenAsync(Func<ServedModel, bool> isIt, Func<Task<IModelHandle>> open, string? name, CancellationToken cancellationToken)
    {
        await _opening.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (Enter(isIt) is { } meanwhile)
            {
                return meanwhile;
            }

            var handle = await open().ConfigureAwait(false);
            var (model, closed) = Add(handle, name);
            if (model.Handle != handle)
            {
                await handle.DisposeAsync().ConfigureAwait(false); // It is open already, under another name.
            }

            if (closed is not null)
            {
                await closed.CloseAsync().ConfigureAwait(false);
            }

            return model;
        }
        finally
        {
            _opening.Release();
        }
    }

    private ServedModel? Enter(Func<ServedModel, bool> isIt)
    {
        lock (_lock)
        {
            return _open.Find(model => isIt(model)) is { } found ? Enter_NeedsLock(found) : null;
        }
    }

    private ServedModel Enter_NeedsLock(ServedModel model)
    {
        model.Users++;
        _open.Remove(model);
        _open.Add(model);
        return model;
    }

    /// <summary>Adds a model, and says which one is to be closed for it.</summary>
    private (ServedModel Model, ServedModel? Closed) Add(IModelHandle handle, string? name)
    {
        lock (_lock)
        {
            var model = _open.Find(model => model.Handle.Info.Fingerprint == handle.Info.Fingerprint) ?? new ServedModel(handle, handle.CreateService(batchTokens, maxWaitingTokens));
            if (name is not null)
            {
                model.Names.Add(name);
            }

            Enter_NeedsLock(model);
            if (_open.Count <= MostOpen)
            {
                return (model, null);
            }

            var oldest = _open[0];
            _open.RemoveAt(0);
            oldest.IsLeaving = true;
            return (model, oldest.Users == 0 ? oldest : null);
        }
    }

    /// <summary>Whether whoever leaves is to close the model.</summary>
    private bool Leave(ServedModel model)
    {
        lock (_lock)
        {
            return --model.Users == 0 && model.IsLeaving;
        }
    }
}

/// <summary>A model that a server has open.</summary>
/// <param name="handle">The model; owned.</param>
/// <param name="service">Its session; owned.</param>
internal sealed class ServedModel(IModelHandle handle, IEmbeddingService service)
{
    /// <summary>The model.</summary>
    public IModelHandle Handle => handle;

    /// <summary>Its session, shared by all.</summary>
    public IEmbeddingService Service => service;

    /// <summary>Names that stand for it.</summary>
    internal HashSet<string> Names { get; } = new(StringComparer.Ordinal);

    /// <summary>How many use it.</summary>
    internal int Users { get; set; }

    /// <summary>Whether the last user closes it.</summary>
    internal bool IsLeaving { get; set; }

    /// <summary>Closes it.</summary>
    internal async ValueTask CloseAsync()
    {
        await service.DisposeAsync().ConfigureAwait(false);
        await handle.DisposeAsync().ConfigureAwait(false);
    }
}
