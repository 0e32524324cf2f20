using Microsoft.ML.OnnxRuntime;

namespace Sluice.Actors.Embedding.Onnx;

/// <summary>Settings and errors of ONNX Runtime.</summary>
internal static class OnnxSessions
{
    private static readonly string[] OutOfMemoryWords =
        ["Failed to allocate memory", "bad_alloc", "bad allocation", "out of memory", "Available memory of", "ALLOC_FAILED", "array_new_length"];

    /// <summary>Settings of a session on the CPU.</summary>
    public static SessionOptions Options(EmbeddingOptions options)
    {
        var session = new SessionOptions
        {
            GraphOptimizationLevel = GraphOptimizationLevel.ORT_ENABLE_ALL,
            ExecutionMode = ExecutionMode.ORT_SEQUENTIAL,
            IntraOpNumThreads = options.EffectiveThreads,
            InterOpNumThreads = 1,
            EnableCpuMemArena = options.Arena,

            // Patterns are planned by shape and kept for each: with shapes that vary, memory would grow.
            EnableMemoryPattern = false,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL,
        };
        session.AddSessionConfigEntry("session.intra_op.allow_spinning", options.Spinning ? "1" : "0");
        session.AddSessionConfigEntry("session.inter_op.allow_spinning", "0");
        return session;
    }

    /// <summary>Whether an error says that memory ran out; the runtime has no code of its own for it.</summary>
    public static bool IsOutOfMemory(OnnxRuntimeException exception)
        => OutOfMemoryWords.Any(word => exception.Message.Contains(word, StringComparison.OrdinalIgnoreCase));
}
