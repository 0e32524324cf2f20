using System.Globalization;

namespace Sluice.Actors.Parsing.Workers;

/// <summary>Says what an exit code and the last words of a worker mean.</summary>
internal static class WorkerExit
{
    private const int Signal = 128;
    private const int Terminate = 15;
    private const int Kill = 9;
    private const int ProcessorTime = 24;

    public static WorkerDeathException Explain(int code, string message)
    {
        if (message.Contains("Out of memory", StringComparison.OrdinalIgnoreCase) || message.Contains(nameof(OutOfMemoryException), StringComparison.Ordinal))
        {
            return new(WorkerEnd.OutOfMemory, "a want of memory");
        }

        return code switch
        {
            _ when message.Contains("Stack overflow", StringComparison.OrdinalIgnoreCase) => new(WorkerEnd.Crashed, "a stack overflow"),
            Signal + Kill or Signal + Terminate => new(WorkerEnd.Killed, string.Create(CultureInfo.InvariantCulture, $"signal {code - Signal}")),
            Signal + ProcessorTime => new(WorkerEnd.Silent, "its limit of processor time"),
            > Signal => new(WorkerEnd.Crashed, string.Create(CultureInfo.InvariantCulture, $"signal {code - Signal}")),
            _ => new(WorkerEnd.Crashed, string.Create(CultureInfo.InvariantCulture, $"exit code {code}")),
        };
    }
}
