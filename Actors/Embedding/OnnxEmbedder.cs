using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using Sluice.Actors.Embedding.Onnx;
using Sluice.Actors.Embedding.Outputs;
using Sluice.Streams.Failures;
using Sluice.Streams.Vectors;

namespace Sluice.Actors.Embedding;

using Embedding = Sluice.Streams.Vectors.Embedding; // Here, because the namespace hides the type.

/// <summary>
/// Runs a model folder's network with ONNX Runtime. The network is loaded by the first batch, or by <see cref="LoadAsync"/>. Calls are taken one at a time; a second
/// one waits. Padding is on the side that the model wants and does not change results; an empty text gives a constant vector, or none of several.
/// </summary>
public sealed partial class OnnxEmbedder : IEmbedder
{
    private const int AcceleratorStep = 8;

    private readonly ModelFolder _folder;
    private readonly EmbeddingOptions _options;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly CancellationTokenSource _disposal = new();
    private readonly ExecutionDevice _device;
    private readonly NetworkPooling? _pooling;
    private readonly SharedSessions? _shared;
    private InferenceSession? _session;
    private HostMemory? _memory;
    private OnnxBatch? _batch;
    private OutputReader? _reader;
    private float[] _wide = [];
    private volatile bool _isDisposed;

    /// <summary>Creates an embedder that has not loaded anything yet.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="options">How to run it; of several devices the first is taken.</param>
    /// <exception cref="ConfigurationException">The device is none that this build can use.</exception>
    public OnnxEmbedder(ModelFolder folder, EmbeddingOptions options)
        : this(folder, options, 0, null)
    {
    }

    /// <summary>Creates an embedder on one of several devices.</summary>
    /// <param name="folder">The model.</param>
    /// <param name="options">How to run it.</param>
    /// <param name="number">Which of the devices, counted round.</param>
    /// <param name="shared">Where its network is shared with embedders that work at the same time; null for one of its own.</param>
    internal OnnxEmbedder(ModelFolder folder, EmbeddingOptions options, int number, SharedSessions? shared)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(options);
        _folder = folder;
        _options = options;
        _shared = shared;
        var devices = ExecutionDevice.Parse(options.Device);
        _device = devices[number % devices.Count];
        _pooling = options.PoolIn == PoolingPlace.Network || (options.PoolIn == PoolingPlace.Auto && _device.Kind != DeviceKind.Cpu) ? folder.NetworkPooling : null;
    }

    /// <inheritdoc/>
    public EmbeddingModelInfo Model => _folder.Info;

    /// <summary>Whether the network does the pooling.</summary>
    internal bool PoolsInNetwork => _pooling is not null;

    /// <summary>Loads the network unless it is loaded: that for images, where the model has one of its own.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>When it is loaded.</returns>
    /// <exception cref="ModelException">The network cannot be loaded.</exception>
    public Task LoadAsync(CancellationToken cancellationToken) => TakeTurnAsync<InferenceSession>(_folder.Visual is null ? Session : ImageSession, cancellationToken);

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">A text has more tokens than the model takes, or an id that the model does not have.</exception>
    /// <exception cref="ModelException">The network cannot be loaded or fails.</exception>
    public async ValueTask<IReadOnlyList<Embedding>> EmbedAsync(IReadOnlyList<ReadOnlyMemory<int>> batch, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(batch);
        return batch.Count == 0 ? [] : await TakeTurnAsync(() => Run(batch, _folder.Visual is not null, cancellationToken), cancellationToken).ConfigureAwait(false);
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
        _batch?.Dispose();
        _images?.Dispose();
        _memory?.Dispose();
        _imageMemory?.Dispose();
        if (!ReferenceEquals(_imageSession, _session))
        {
            Close(_imageSession, _folder.Visual?.NetworkFile);
        }

        Close(_session, _folder.NetworkFile);
        (_session, _imageSession) = (null, null);
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

    /// <summary>Loads what queries need, unless it is loaded.</summary>
    internal Task LoadQueriesAsync(CancellationToken cancellationToken) => TakeTurnAsync(Session, cancellationToken);

    private InferenceSession Session() => _session ??= Open(_folder.NetworkFile);

    private InferenceSession Open(string network) => _shared is null ? Load(network, _options.EffectiveThreads) : _shared.Take(SharedKey(network), () => Load(network, _options.SharedThreads));

    private void Close(InferenceSession? session, string? network)
    {
        if (session is not null && _shared is not null)
        {
            _shared.Return(SharedKey(network!));
        }
        else
        {
            session?.Dispose();
        }
    }

    private string SharedKey(string network) => $"{_device}|{network}";

    private InferenceSession Load(string network, int threads)
    {
        using var options = OnnxSessions.Options(_options, threads, _device, _folder.CacheFolderPath is { } cache ? Path.Combine(cache, "engines", _folder.Info.Fingerprint[..16]) : null);
        try
        {
            return _pooling is null || network != _folder.NetworkFile ? new InferenceSession(network, options) : OnnxSessions.Open(network, _pooling, options);
        }
        catch (OnnxRuntimeException e) when (OnnxSessions.IsOutOfMemory(e))
        {
            throw new ModelException($"{network}: there is not enough memory to load it ({e.Message}).", e);
        }
        catch (OnnxRuntimeException e)
        {
            throw new ModelException($"{network}: ONNX Runtime cannot load it ({e.Message}). Download it again or export it for opset 17.", e);
        }
    }

    /// <summary>Embeds queries, which a late-interaction model treats in its own way.</summary>
    internal async ValueTask<IReadOnlyList<Embedding>> EmbedQueriesAsync(IReadOnlyList<ReadOnlyMemory<int>> batch, CancellationToken cancellationToken)
        => batch.Count == 0 ? [] : await TakeTurnAsync(() => Run(batch, true, cancellationToken), cancellationToken).ConfigureAwait(false);

    private Embedding[] Run(IReadOnlyList<ReadOnlyMemory<int>> texts, bool areQueries, CancellationToken cancellationToken)
    {
        var session = Session();
        var reader = _reader ??= _folder.CreateReader(_pooling is not null);
        var batch = _batch ??= new OnnxBatch(_folder, _pooling, _device.Kind == DeviceKind.Cpu ? 1 : AcceleratorStep, _memory ??= HostMemory.For(session, _device));
        try
        {
            batch.Fill(texts, areQueries ? _folder.HiddenInQueries : null);
            return Run(
                options =>
                {
                    using var outputs = session.Run(options, batch.Names, batch.Values, batch.Outputs);
                    return Read(texts, batch, outputs[0], reader, areQueries);
                },
                _folder.NetworkFile,
                () => $"{texts.Count} texts x {batch.Length} tokens",
                cancellationToken);
        }
        finally
        {
            batch.Release();
        }
    }

    /// <summary>Runs a network so that it can be stopped, and says what its errors mean.</summary>
    private T Run<T>(Func<RunOptions, T> run, string network, Func<string> batch, CancellationToken cancellationToken)
    {
        try
        {
            using var options = new RunOptions();
            using var registration = cancellationToken.UnsafeRegister(static state => ((RunOptions)state!).Terminate = true, options);
            using var disposal = _disposal.Token.UnsafeRegister(static state => ((RunOptions)state!).Terminate = true, options);
            return run(options);
        }
        catch (OnnxRuntimeException e)
        {
            cancellationToken.ThrowIfCancellationRequested();
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            throw OnnxSessions.IsOutOfMemory(e)
                ? new EmbedderOutOfMemoryException($"A batch of {batch()} does not fit in memory ({e.Message}).", e)
                : new ModelException($"{network}: ONNX Runtime failed on a batch of {batch()} ({e.Message}).", e);
        }
        catch (OutOfMemoryException e)
        {
            throw new EmbedderOutOfMemoryException($"A batch of {batch()} does not fit in memory.", e);
        }
    }

    private Embedding[] Read(IReadOnlyList<ReadOnlyMemory<int>> texts, OnnxBatch batch, OrtValue output, OutputReader reader, bool areQueries)
    {
        var expected = (long)texts.Count * reader.Width * (reader.PerToken ? batch.Length : 1);
        var shape = output.GetTensorTypeAndShape();
        if (shape.ElementCount != expected || shape.Shape[^1] != reader.Width)
        {
            throw new ModelException($"{_folder.NetworkFile}: the output '{batch.Outputs.First()}' is {string.Join(" x ", shape.Shape)} for {texts.Count} texts x {batch.Length} tokens; {(reader.PerToken ? $"{texts.Count} x {batch.Length} x {reader.Width}" : $"{texts.Count} x {reader.Width}")} was expected. Check hidden_size in config.json and the pooling.");
        }

        var values = Floats(output, shape.ElementDataType);
        var embeddings = new Embedding[texts.Count];
        var stride = values.Length / texts.Count;
        for (var row = 0; row < embeddings.Length; row++)
        {
            var ids = texts[row].Span;
            var text = values.Slice(row * stride, stride);
            if (reader.PerToken)
            {
                text = text.Slice(batch.Start(ids.Length) * reader.Width, Math.Max(1, ids.Length) * reader.Width);
            }

            embeddings[row] = reader.Read(text, ids, areQueries);
        }

        return embeddings;
    }

    /// <summary>The output as 32-bit floats; those of half the length are made longer in a buffer that is kept.</summary>
    private ReadOnlySpan<float> Floats(OrtValue output, TensorElementType type)
    {
        if (type == TensorElementType.Float)
        {
            return output.GetTensorDataAsSpan<float>();
        }

        var halves = MemoryMarshal.Cast<Float16, Half>(output.GetTensorDataAsSpan<Float16>());
        if (_wide.Length < halves.Length)
        {
            _wide = GC.AllocateUninitializedArray<float>(Math.Max(halves.Length, 2 * _wide.Length));
        }

        TensorPrimitives.ConvertToSingle(halves, _wide);
        return _wide.AsSpan(0, halves.Length);
    }
}
