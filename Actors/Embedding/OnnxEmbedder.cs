using System.Numerics.Tensors;
using Microsoft.ML.OnnxRuntime;
using Sluice.Actors.Embedding.Onnx;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Embedding;

using Embedding = Sluice.Streams.Vectors.Embedding; // Here, because the namespace hides the type.

/// <summary>
/// Runs a model folder's network with ONNX Runtime on the CPU. The network is loaded by the first batch, or by <see cref="LoadAsync"/>. Calls are taken one at a
/// time; a second one waits. Padding is on the right and does not change results; an empty text gives a constant vector.
/// </summary>
public sealed class OnnxEmbedder : IEmbedder
{
    private readonly ModelFolder _folder;
    private readonly EmbeddingOptions _options;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _disposal = new();
    private readonly OnnxBatch _batch;
    private InferenceSession? _session;
    private volatile bool _isDisposed;

    /// <summary>Creates an embedder that has not loaded anything yet.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="options">How to run it.</param>
    public OnnxEmbedder(ModelFolder folder, EmbeddingOptions options)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(options);
        _folder = folder;
        _options = options;
        _batch = new OnnxBatch(folder);
    }

    /// <inheritdoc/>
    public EmbeddingModelInfo Model => _folder.Info;

    /// <summary>Loads the network unless it is loaded.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>When it is loaded.</returns>
    /// <exception cref="ModelException">The network cannot be loaded.</exception>
    public Task LoadAsync(CancellationToken cancellationToken) => TakeTurnAsync(Session, cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A text has more tokens than the model takes, or an id that the model does not have.</exception>
    /// <exception cref="ModelException">The network cannot be loaded or fails.</exception>
    public async ValueTask<IReadOnlyList<Embedding>> EmbedAsync(IReadOnlyList<ReadOnlyMemory<int>> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return batch.Count == 0 ? [] : await TakeTurnAsync(() => Run(batch, cancellationToken), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Abandons the batch under way, waits for it to end, and unloads the network. May be called more than once.</summary>
    /// <returns>When nothing is left.</returns>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, true))
        {
            return;
        }

        await _disposal.CancelAsync().ConfigureAwait(false);
        await _turn.WaitAsync().ConfigureAwait(false);
        _session?.Dispose();
        _session = null;
        _turn.Release();
        _disposal.Dispose();
    }

    /// <summary>The runtime blocks its caller for as long as a batch takes, so it gets a thread of the pool.</summary>
    private async Task<T> TakeTurnAsync<T>(Func<T> work, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return await Task.Run(work, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            _turn.Release();
        }
    }

    private InferenceSession Session()
    {
        if (_session is not null)
        {
            return _session;
        }

        using var options = OnnxSessions.Options(_options);
        try
        {
            return _session = new InferenceSession(_folder.NetworkFile, options);
        }
        catch (OnnxRuntimeException e) when (OnnxSessions.IsOutOfMemory(e))
        {
            throw new ModelException($"{_folder.NetworkFile}: there is not enough memory to load it ({e.Message}).", e);
        }
        catch (OnnxRuntimeException e)
        {
            throw new ModelException($"{_folder.NetworkFile}: ONNX Runtime cannot load it ({e.Message}). Download it again or export it for opset 17.", e);
        }
    }

    private Embedding[] Run(IReadOnlyList<ReadOnlyMemory<int>> texts, CancellationToken cancellationToken)
    {
        var session = Session();
        _batch.Fill(texts);
        using var runOptions = new RunOptions();
        using var registration = cancellationToken.UnsafeRegister(static state => ((RunOptions)state!).Terminate = true, runOptions);
        using var disposal = _disposal.Token.UnsafeRegister(static state => ((RunOptions)state!).Terminate = true, runOptions);
        try
        {
            using var outputs = session.Run(runOptions, _batch.Names, _batch.Values, _batch.Outputs);
            return Read(texts, outputs[0]);
        }
        catch (OnnxRuntimeException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            throw OnnxSessions.IsOutOfMemory(e)
                ? new EmbedderOutOfMemoryException($"A batch of {texts.Count} texts x {_batch.Length} tokens does not fit in memory ({e.Message}).", e)
                : new ModelException($"{_folder.NetworkFile}: ONNX Runtime failed on a batch of {texts.Count} texts x {_batch.Length} tokens ({e.Message}).", e);
        }
        catch (OutOfMemoryException e)
        {
            throw new EmbedderOutOfMemoryException($"A batch of {texts.Count} texts x {_batch.Length} tokens does not fit in memory.", e);
        }
        finally
        {
            _batch.Release();
        }
    }

    private Embedding[] Read(IReadOnlyList<ReadOnlyMemory<int>> texts, OrtValue output)
    {
        var dimension = Model.Dimension;
        var values = output.GetTensorDataAsSpan<float>();
        var expected = (long)texts.Count * dimension * (_folder.Pooling == PoolingMode.None ? 1 : _batch.Length);
        if (values.Length != expected)
        {
            throw new ModelException($"{_folder.NetworkFile}: the output '{_folder.Output}' has {values.Length} values instead of {expected}. Check hidden_size in config.json and the pooling.");
        }

        var embeddings = new Embedding[texts.Count];
        var stride = values.Length / texts.Count;
        for (var row = 0; row < embeddings.Length; row++)
        {
            var vector = new float[dimension];
            Pooler.Pool(values.Slice(row * stride, stride), Math.Max(1, texts[row].Length), _folder.Pooling, vector);
            if (_folder.Normalizes)
            {
                var norm = TensorPrimitives.Norm<float>(vector);
                TensorPrimitives.Divide(vector, Math.Max(norm, 1e-12f), vector);
            }

            embeddings[row] = new DenseEmbedding(vector);
        }

        return embeddings;
    }
}
