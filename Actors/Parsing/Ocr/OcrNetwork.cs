using System.Buffers;
using System.Diagnostics;
using Microsoft.ML.OnnxRuntime;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Parsing.Ocr;

/// <summary>A network of one input and one output, run on the processor. Safe for concurrent use.</summary>
internal sealed class OcrNetwork : IDisposable
{
    private readonly InferenceSession _session;
    private readonly string _input;
    private readonly string _output;
    private long _running;

    /// <summary>Loads a network.</summary>
    /// <param name="path">Its file.</param>
    /// <param name="threads">Threads of a run.</param>
    /// <exception cref="ModelException">It cannot be used.</exception>
    public OcrNetwork(string path, int threads)
    {
        // No arena: pictures differ in size, and what the largest one took would be kept.
        using var options = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            EnableCpuMemArena = false,
            EnableMemoryPattern = false,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        options.AddSessionConfigEntry("session.intra_op.allow_spinning", "0");
        try
        {
            _session = new InferenceSession(path, options);
        }
        catch (OnnxRuntimeException exception)
        {
            throw new ModelException($"{path} cannot be used to recognise text ({exception.Message.ReplaceLineEndings(" ")}); fetch it again or name another folder in sluice.parsing.ocr.models", exception);
        }

        if (_session.InputNames.Count != 1 || _session.OutputNames.Count != 1)
        {
            _session.Dispose();
            throw new ModelException($"{path} has {_session.InputNames.Count} inputs and {_session.OutputNames.Count} outputs where a network of PaddleOCR has one each; name another folder in sluice.parsing.ocr.models");
        }

        _input = _session.InputNames[0];
        _output = _session.OutputNames[0];
    }

    /// <summary>Time that the runtime took so far, over all runs.</summary>
    public TimeSpan Running => TimeSpan.FromTicks(Interlocked.Read(ref _running));

    /// <summary>Fills the input.</summary>
    /// <param name="input">Its values.</param>
    public delegate void Fill(Span<float> input);

    /// <summary>Takes the output.</summary>
    /// <param name="output">Its values; gone afterwards.</param>
    /// <param name="shape">Its shape.</param>
    /// <typeparam name="T">What is made of it.</typeparam>
    /// <returns>What was made of it.</returns>
    public delegate T Take<out T>(ReadOnlySpan<float> output, ReadOnlySpan<long> shape);

    /// <summary>Runs the network.</summary>
    /// <param name="shape">Shape of its input.</param>
    /// <param name="fill">Fills the input.</param>
    /// <param name="take">Takes the output.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    /// <typeparam name="T">What is made of it.</typeparam>
    /// <returns>What was made of the output.</returns>
    public T Run<T>(long[] shape, Fill fill, Take<T> take, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var length = checked((int)(shape[0] * shape[1] * shape[2] * shape[3]));
        var buffer = ArrayPool<float>.Shared.Rent(length);
        try
        {
            fill(buffer.AsSpan(0, length));
            using var run = new RunOptions();
            using var stop = cancellationToken.Register(static state => ((RunOptions)state!).Terminate = true, run);
            using var value = OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, buffer.AsMemory(0, length), shape);
            var started = Stopwatch.GetTimestamp();
            using var outputs = _session.Run(run, [_input], [value], [_output]);
            Interlocked.Add(ref _running, Stopwatch.GetElapsedTime(started).Ticks);
            return take(outputs[0].GetTensorDataAsSpan<float>(), outputs[0].GetTensorTypeAndShape().Shape);
        }
        catch (OnnxRuntimeException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new ModelException($"Text recognition failed: {exception.Message.ReplaceLineEndings(" ")}", exception);
        }
        finally
        {
            ArrayPool<float>.Shared.Return(buffer);
        }
    }

    public void Dispose() => _session.Dispose();
}
