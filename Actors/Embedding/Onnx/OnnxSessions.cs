using System.Globalization;
using Microsoft.ML.OnnxRuntime;
using Sluice.Streams.Failures;

namespace Sluice.Actors.Embedding.Onnx;

/// <summary>Settings and errors of ONNX Runtime.</summary>
internal static class OnnxSessions
{
    private static readonly string[] OutOfMemoryWords =
        ["Failed to allocate memory", "bad_alloc", "bad allocation", "out of memory", "Available memory of", "ALLOC_FAILED", "array_new_length"];

    /// <summary>Settings of a session.</summary>
    /// <param name="options">How it is run.</param>
    /// <param name="threads">Threads that compute a batch.</param>
    /// <param name="device">Where.</param>
    /// <param name="engines">Folder for engines that TensorRT builds; null for none.</param>
    /// <exception cref="ConfigurationException">The device cannot be used; the message has the runtime's reason.</exception>
    public static SessionOptions Options(EmbeddingOptions options, int threads, ExecutionDevice device, string? engines)
    {
        var session = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            IntraOpNumThreads = threads,
            InterOpNumThreads = 1,
            EnableCpuMemArena = options.Arena,

            // Patterns are planned by shape and kept for each: with shapes that vary, memory would grow.
            EnableMemoryPattern = false,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        session.AddSessionConfigEntry("session.intra_op.allow_spinning", options.Spinning ? "1" : "0");
        session.AddSessionConfigEntry("session.inter_op.allow_spinning", "0");
        try
        {
            Append(session, device, engines);
            return session;
        }
        catch (Exception e) when (e is OnnxRuntimeException or EntryPointNotFoundException)
        {
            session.Dispose();
            throw new ConfigurationException($"sluice.embedding.device: {device} cannot be used ({Reason(e)}). Check with nvidia-smi that the driver shows the device, install CUDA 13 and cuDNN 9{(device.Kind == DeviceKind.TensorRt ? " and TensorRT 10" : "")} where the loader finds them (LD_LIBRARY_PATH), or set the device to cpu.", e);
        }
    }

    /// <summary>Opens a network with pooling added to it. Its weights may lie beside it.</summary>
    /// <param name="network">Its file.</param>
    /// <param name="pooling">What is added.</param>
    /// <param name="options">Settings.</param>
    public static InferenceSession Open(string network, NetworkPooling pooling, SessionOptions options)
    {
        options.AddSessionConfigEntry("session.model_external_initializers_file_folder_path", Path.GetDirectoryName(network)!);
        return new InferenceSession(pooling.Extend(network), options);
    }

    /// <summary>Whether an error says that memory ran out; the runtime has no code of its own for it.</summary>
    public static bool IsOutOfMemory(OnnxRuntimeException exception)
        => OutOfMemoryWords.Any(word => exception.Message.Contains(word, StringComparison.OrdinalIgnoreCase));

    private static void Append(SessionOptions session, ExecutionDevice device, string? engines)
    {
        var index = device.Index.ToString(CultureInfo.InvariantCulture);
        if (device.Kind == DeviceKind.TensorRt)
        {
            using var tensorRt = new OrtTensorRTProviderOptions();
            var settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["device_id"] = index };
            if (engines is not null)
            {
                Directory.CreateDirectory(engines);
                settings["trt_engine_cache_enable"] = "1";
                settings["trt_engine_cache_path"] = engines;
                settings["trt_timing_cache_enable"] = "1";
                settings["trt_timing_cache_path"] = engines;
            }

            tensorRt.UpdateOptions(settings);
            session.AppendExecutionProvider_Tensorrt(tensorRt);
        }

        if (device.Kind != DeviceKind.Cpu)
        {
            // What is asked for is what is reserved: with shapes that vary, doubling would take the whole device. Products in full 32 bits, as on the processor.
            using var cuda = new OrtCUDAProviderOptions();
            cuda.UpdateOptions(new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["device_id"] = index,
                ["arena_extend_strategy"] = "kSameAsRequested",
                ["use_tf32"] = "0",
            });
            session.AppendExecutionProvider_CUDA(cuda);
        }
    }

    /// <summary>The loader's words, without the places in the runtime's source.</summary>
    private static string Reason(Exception exception)
    {
        var text = exception.Message.ReplaceLineEndings(" ");
        var at = text.IndexOf("Failed to load", StringComparison.Ordinal);
        return at >= 0 ? text[at..] : text;
    }
}
